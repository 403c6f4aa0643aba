"""Settings of the test project; for commands in a subprocess MIGSPEC_TEST_DATABASE holds an entry of DATABASES."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec

SECRET_KEY = "only for tests"
USE_TZ = True
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *(["django.contrib.postgres"] if find_spec("psycopg") else []),
    "people",
    "library",
    "shop",
]

# Tests run migrations on a connection of their own: an empty default makes code that forgets its alias fail.
DATABASES = {
    "default": json.loads(
        os.environ.get("MIGSPEC_TEST_DATABASE", '{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}')
    )
}
