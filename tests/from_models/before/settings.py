"""The settings of the project."""

from __future__ import annotations

import json
import os

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "crm", "shop", "ring", "rung"]
MEMORY = '{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}'
DATABASES = {"default": json.loads(os.environ.get("MIGSPEC_TEST_DATABASE", MEMORY))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["models.W046", "fields.W163", "fields.W162"]
USE_TZ = True
