"""The database of a census: an alias or a URL, connected so that it can be read and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error as DatabaseError

from migspec.compiler.project import one_line
from migspec.compiler.verify.scratch import instead_of_all
from migspec.compiler.verify.servers import of_url, without_password
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest

# How the session itself is made to refuse writes.
READ_ONLY = {
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
# What a statement may begin with; Django puts a query in parentheses where it combines several.
SELECT = re.compile(r"[\s(]*SELECT\b", re.IGNORECASE)


class NotASelect(Exception):
    """A statement that a census must not run."""


@dataclass(frozen=True, slots=True)
class Named:
    """A database as the user named it."""

    name: str  # without a password
    settings: dict[str, Any]
    alias: str


def named(text: str) -> Named:
    """Give the database that --database means: an alias of the settings or a URL; E705."""
    aliases = {alias: given for alias, given in settings.DATABASES.items() if given.get("ENGINE")}
    if text in aliases:
        return Named(text, dict(connections.settings[text]), text)
    if "://" in text:
        path = urlsplit(text).path
        # An absolute file has two slashes more than a host: sqlite:////folder/file
        name = unquote(path.removeprefix("/"))
        if not name:
            hint = "end the URL with its name: postgresql://user@host/name"
            raise SpecError(Diagnostic("E705", "the URL names no database", Place("--database"), hint))
        return Named(without_password(text), {**of_url(text), "NAME": name}, DEFAULT_DB_ALIAS)
    hint = nearest(text, aliases) or f"write a URL or an alias of DATABASES ({', '.join(sorted(aliases))})"
    raise SpecError(Diagnostic("E705", f"'{text}' is not a database", Place("--database"), hint))


@contextmanager
def reading(database: Named) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection on which SELECT runs and nothing else, in the place of its alias; E705.

    No other database of the project is reached meanwhile.
    """
    _must_be_there(database)
    with instead_of_all(database.alias, database.settings) as connection:
        try:
            connection.ensure_connection()
            if connection.vendor in READ_ONLY:
                with connection.cursor() as cursor:
                    cursor.execute(READ_ONLY[connection.vendor])
            _ = getattr(connection, "sql_mode", None)  # which Django asks for once, by SELECT
        except (DatabaseError, ImproperlyConfigured) as error:
            message = f"{database.name} cannot be read: {one_line(error)}"
            hint = "is the server running, and may its user connect to this database?"
            raise SpecError(Diagnostic("E705", message, Place("--database"), hint)) from None
        with connection.execute_wrapper(only_select):
            yield connection


def _must_be_there(database: Named) -> None:
    """E705 for a file that is not there: SQLite would make it."""
    file = str(database.settings["NAME"])
    of_sqlite = str(database.settings["ENGINE"]).endswith((".sqlite3", ".spatialite"))
    if of_sqlite and not file.startswith("file:") and file != ":memory:" and not Path(file).exists():
        hint = "a whole path has four slashes: sqlite:////folder/file" if "://" in database.name else ""
        raise SpecError(Diagnostic("E705", f"there is no file {file}", Place("--database"), hint))


def only_select(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Refuse whatever is not one SELECT; Django's wrapper around every statement. NotASelect."""
    if many or not SELECT.match(sql):
        raise NotASelect(f"a census runs SELECT alone, and this is: {one_line(Exception(sql))[:80]}")
    return run(sql, params, many, context)
