"""The user's Django project: settings imported, apps loaded, no database connected."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from migspec.compiler.config import Config
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError

ENGINES = {
    "django.db.backends.mysql": "mysql",
    "django.db.backends.oracle": "oracle",
    "django.db.backends.postgresql": "postgresql",
    "django.db.backends.sqlite3": "sqlite",
    "django.contrib.gis.db.backends.mysql": "mysql",
    "django.contrib.gis.db.backends.oracle": "oracle",
    "django.contrib.gis.db.backends.postgis": "postgresql",
    "django.contrib.gis.db.backends.spatialite": "sqlite",
}


def load_project(config: Config, settings: str | None = None) -> None:
    """Import the settings and load the apps, once in a process; E701 with the line that failed.

    `settings` (the command line) wins over DJANGO_SETTINGS_MODULE, which wins over [tool.migspec].
    """
    from django.apps import apps
    from django.conf import settings as django_settings

    if apps.ready:
        return
    root = str(config.root)
    if root not in sys.path:
        sys.path.insert(0, root)
    name = settings or os.environ.get("DJANGO_SETTINGS_MODULE") or config.settings
    if not name and not django_settings.configured:
        raise SpecError(
            Diagnostic(
                "E701",
                "no Django settings are named",
                Place("pyproject.toml"),
                'write settings = "project.settings" under [tool.migspec], or use --settings or DJANGO_SETTINGS_MODULE',
            )
        )
    if name:
        os.environ["DJANGO_SETTINGS_MODULE"] = name
    import django

    try:
        django.setup()
    except (Exception, SystemExit) as error:  # settings may end the process themselves
        raise SpecError(_not_importable(error, config.root, name)) from None


def _not_importable(error: BaseException, root: Path, name: str | None) -> Diagnostic:
    place = blame(error, root)
    if isinstance(error, ModuleNotFoundError) and name and error.name and name.startswith(error.name):
        message = f"the settings module '{name}' is not found below {root.name}/"
        return Diagnostic("E701", message, Place("pyproject.toml"), "name it by --settings or [tool.migspec] settings")
    if isinstance(error, KeyError) and "environ" in place.text:
        message = f"the settings need the environment variable {error.args[0]}"
        return Diagnostic(
            "E701", message, place, f"set {error.args[0]}; 'migspec validate --offline' does without the project"
        )
    hint = "run 'python manage.py check' for the whole traceback; 'migspec validate --offline' does without the project"
    return Diagnostic("E701", f"the project does not load: {type(error).__name__}: {one_line(error)}", place, hint)


def one_line(error: BaseException) -> str:
    """Give the error's own words on one line."""
    return " ".join(str(error).split())


def blame(error: BaseException, root: Path, fallback: str = "pyproject.toml") -> Place:
    """Give the innermost line of the project's own code that the error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        path = Path(error.filename)
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        text = (error.text or "").rstrip("\n")
        return Place(name, error.lineno or 1, error.offset or 1, 1, text)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            line = frame.lineno or 1
            return Place(path.relative_to(root).as_posix(), line, 1, len(frame.line or " "), frame.line or "")
    return Place(fallback)


def vendors(config: Config) -> frozenset[str]:
    """Give the vendors of the declared databases; nothing is connected."""
    from django.conf import settings

    if config.databases is not None:
        return frozenset(config.databases)
    found = set()
    for alias, database in settings.DATABASES.items():
        engine = database.get("ENGINE", "")
        if engine in ENGINES:
            found.add(ENGINES[engine])
        elif engine and engine != "django.db.backends.dummy":
            found.add(_vendor_of_backend(alias))
    return frozenset(found)


def _vendor_of_backend(alias: str) -> str:
    from django.db import connections

    return connections[alias].vendor
