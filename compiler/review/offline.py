"""Databases that are never connected, with all that Django's schema editors ask of one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper

from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.sql.database import databases
from migspec.compiler.emit.vendors import NAMES
from migspec.compiler.project import ENGINES
from migspec.compiler.review.review import Database

Known = tuple[Database, BaseDatabaseWrapper | None]

# Versions in long support: much that Django leaves out for the oldest ones it knows (a CHECK on MySQL 8.0.11) it writes
# for every server that is in use.
SERVERS = {
    "mysql": [Database("mysql", "MySQL", "8.4"), Database("mariadb", "MariaDB", "10.11")],
    "postgresql": [Database("postgresql", "PostgreSQL", "17")],
    "sqlite": [Database("sqlite", "SQLite")],
}


class NeedsServer(CannotEmit):
    """Django wants to ask the server."""


def offline(vendors: Collection[str]) -> tuple[list[Known], dict[str, str]]:
    """Give the servers of the declared vendors, and why Django cannot write SQL for some, by name."""
    found: list[Known] = []
    missing: dict[str, str] = {}
    for vendor in sorted(vendors):
        servers = SERVERS.get(vendor, [Database(vendor, NAMES.get(vendor, vendor))])
        try:
            wrappers = databases(vendor)
        except CannotEmit as error:
            found += [(server, None) for server in servers]
            missing |= {server.name: f"no SQL: {error.message}" for server in servers}
            continue
        for server, wrapper in zip(servers, wrappers, strict=True):
            _prepare(wrapper, server)
            found.append((server, wrapper))
    return found, missing


def alias_of(vendor: str, app_label: str) -> str:
    """Give the alias under which routers know a database of a vendor: the first that takes the app's migrations."""
    engines = {alias: entry.get("ENGINE", "") for alias, entry in settings.DATABASES.items()}
    aliases: list[str] = [alias for alias, engine in engines.items() if ENGINES.get(engine) == vendor]
    allowed = (alias for alias in aliases if router.allow_migrate(alias, app_label))
    return next(allowed, aliases[0] if aliases else "default")


def _prepare(wrapper: BaseDatabaseWrapper, server: Database) -> None:
    connection: Any = wrapper
    connection.cursor = Nobody
    connection.ensure_connection = _refuse("to know how it writes values")
    connection.introspection.get_constraints = _refuse("which constraints the table has")
    connection.introspection.get_sequences = _refuse("which sequence the column has")
    connection.introspection.table_names = _refuse("which tables there are")
    if wrapper.vendor == "postgresql":
        connection.pg_version = int(server.version) * 10_000
        # Django lets the server's library put values in, over a connection. Quoting needs none.
        quote = schema_editor(wrapper).quote_value
        connection.ops.compose_sql = lambda sql, parameters: sql % quoted(parameters, quote)
    if wrapper.vendor == "mysql":
        version = f"{server.version}.0" + ("-MariaDB" if server.name == "mariadb" else "")
        connection.mysql_server_data = connection.mysql_server_data | {"version": version}
        del connection.features.has_native_uuid_field  # what Django itself says of that version
        connection.introspection.get_storage_engine = lambda cursor, table: "InnoDB"


def _refuse(what: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NeedsServer(f"Django asks the server {what}")

    return refuse


class Nobody:
    """A cursor that can be had, and answers nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __enter__(self) -> Nobody:
        return self

    def __exit__(self, *args: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return _refuse("what is there")


# --- values ---


def schema_editor(wrapper: BaseDatabaseWrapper) -> Any:
    """Give a schema editor that writes statements down. It is not entered: that would begin a transaction."""
    connection: Any = wrapper
    editor = connection.SchemaEditorClass(wrapper, collect_sql=True, atomic=False)
    editor.deferred_sql = []
    if wrapper.vendor == "mysql":
        editor.quote_value = quoted_by_mysql
    execute = editor.execute

    def with_names(sql: Any, params: Any = ()) -> None:
        """Take parameters by name too, which sqlmigrate does not."""
        if isinstance(params, Mapping):
            sql, params = str(sql) % quoted(params, editor.quote_value), None
        execute(sql, params)

    editor.execute = with_names
    return editor


def quoted(parameters: Any, quote: Callable[[Any], str]) -> Any:
    """Give the parameters of a statement, by place or by name, as text."""
    if isinstance(parameters, Mapping):
        return {name: quote(value) for name, value in parameters.items()}
    return tuple(map(quote, parameters))


def quoted_by_mysql(value: Any) -> str:
    """Give a value as MySQL reads it; its driver quotes only with a connection.

    https://dev.mysql.com/doc/refman/8.0/en/string-literals.html
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value))
        case int() | float() | Decimal():
            return str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return f"'{value}'"
        case bytes() | bytearray() | memoryview():
            return f"x'{bytes(value).hex()}'"
    text = str(value)
    for character, written in ESCAPES.items():
        text = text.replace(character, written)
    return f"'{text}'"


ESCAPES = {"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z"}
