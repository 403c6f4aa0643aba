"""Settings of the example project with bdmodels: SQLite unless the environment names another database."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for the examples"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "central",
]

DATABASES = {
    "default": {
        "ENGINE": os.environ.get("EXAMPLE_ENGINE", "django.db.backends.sqlite3"),
        "NAME": os.environ.get("EXAMPLE_NAME", BASE_DIR / "db.sqlite3"),
        "USER": os.environ.get("EXAMPLE_USER", ""),
        "PASSWORD": os.environ.get("EXAMPLE_PASSWORD", ""),
        "HOST": os.environ.get("EXAMPLE_HOST", ""),
        "PORT": os.environ.get("EXAMPLE_PORT", ""),
    }
}
