"""Databases that are never connected: what Django needs to write SQL for a vendor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.vendors import NAMES

ENGINES = {
    "mysql": "django.db.backends.mysql",
    "postgresql": "django.db.backends.postgresql",
    "sqlite": "django.db.backends.sqlite3",
}
DRIVERS = {"mysql": "mysqlclient", "postgresql": "psycopg"}

# The oldest servers that Django 5.2 supports: what is written for them runs on all later ones.
POSTGRESQL = 140_000
MYSQL = ("8.0.11", "10.5.2-MariaDB")


def databases(vendor: str) -> list[BaseDatabaseWrapper]:
    """Give a database of a vendor; of MySQL two, as MariaDB goes by that name too and both must take the same SQL.

    CannotEmit where Django cannot load it.
    """
    if vendor not in ENGINES:
        raise CannotEmit(f"no SQL is written for {NAMES.get(vendor, vendor)}", "emit: python")
    versions = MYSQL if vendor == "mysql" else (None,)
    return [_database(vendor, version) for version in versions]


def _database(vendor: str, version: str | None) -> BaseDatabaseWrapper:
    entry = {"ENGINE": ENGINES[vendor], "NAME": "none", "TIME_ZONE": _time_zone(vendor)}
    try:
        found: Any = ConnectionHandler({DEFAULT_DB_ALIAS: entry})[DEFAULT_DB_ALIAS]
    except (ImproperlyConfigured, ImportError):
        name = NAMES[vendor]
        message = f"Django writes SQL for {name} only where the driver for {name} is installed"
        raise CannotEmit(message, f"pip install {DRIVERS.get(vendor, 'the driver')}, or write emit: python") from None
    found.connect = _refuse
    if vendor == "postgresql":
        found.pg_version = POSTGRESQL
    if version:
        found.mysql_server_data = {
            "version": version,
            "sql_mode": "STRICT_TRANS_TABLES",
            "default_storage_engine": "InnoDB",
            "sql_auto_is_null": False,
            "lower_case_table_names": False,
            "has_zoneinfo_database": True,
        }
        # Also MariaDB, which has had a type of its own since 10.7, reads a UUID from the text that MySQL keeps.
        found.features.has_native_uuid_field = False
    database: BaseDatabaseWrapper = found
    return database


def _refuse() -> None:
    raise CannotEmit("what SQL to write would have to be asked from a server", "emit: python")


def _time_zone(vendor: str) -> str | None:
    """Give the time zone in which the project keeps its times in databases of a vendor, where that is not UTC."""
    for alias, entry in settings.DATABASES.items():
        zone: str | None = entry.get("TIME_ZONE")
        if zone and connections[alias].vendor == vendor:
            return zone
    return None
