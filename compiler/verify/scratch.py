"""A scratch database: made, filled once as a base, put back to the base before each test, and dropped."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.utils import Error as DatabaseError

from migspec.compiler.project import one_line
from migspec.compiler.verify.servers import Server
from migspec.compiler.verify.signals import undisturbed
from migspec.compiler.verify.stepping import disconnect
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError

# Another database than the scratch one is not reached: this engine raises ImproperlyConfigured whatever it is asked.
NOWHERE = {"ENGINE": "django.db.backends.dummy"}

INSUFFICIENT_PRIVILEGE = "42501"  # of PostgreSQL's error codes
DENIED = (1044, 1142, 1227)  # MySQL's and MariaDB's errors for access denied


class Scratch(ABC):
    """A database that belongs to this run alone, and Django's connection to it."""

    def __init__(self, connection: BaseDatabaseWrapper, name: str) -> None:
        self.connection = connection
        self.name = name

    @abstractmethod
    def create(self) -> None:
        """Make the database, empty."""

    @abstractmethod
    def keep(self) -> None:
        """Remember what the database holds now as the base."""

    @abstractmethod
    def restore(self) -> None:
        """Make the database what it was when it was last kept."""

    @abstractmethod
    def drop(self) -> None:
        """Remove the database and whatever was kept."""


class InMemory(Scratch):
    """SQLite in memory. A second connection keeps the database alive while Django's is closed."""

    def create(self) -> None:
        self.anchor = sqlite3.connect(f"file:{self.name}?mode=memory&cache=shared", uri=True, check_same_thread=False)
        self.kept = sqlite3.connect(":memory:")

    def keep(self) -> None:
        disconnect(self.connection)
        self.anchor.backup(self.kept)

    def restore(self) -> None:
        disconnect(self.connection)
        self.kept.backup(self.anchor)

    def drop(self) -> None:
        disconnect(self.connection)
        self.anchor.close()
        self.kept.close()


class OnServer(Scratch):
    """A database on a server, and a second one that holds the base."""

    @property
    def base(self) -> str:
        return f"{self.name}_base"

    def run(self, *statements: str) -> None:
        """Run statements outside the scratch database."""
        disconnect(self.connection)
        with undisturbed(), self.connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def quoted(self, name: str) -> str:
        return self.connection.ops.quote_name(name)

    def suffix(self) -> str:
        """Give what TEST in the settings says of character sets, collations and templates."""
        return self.connection.creation.sql_table_creation_suffix()

    def create(self) -> None:
        self.run(f"CREATE DATABASE {self.quoted(self.name)} {self.suffix()}")


class OnPostgreSQL(OnServer):
    """The base is copied by PostgreSQL, as a template."""

    @cached_property
    def strategy(self) -> str:
        """Copying files is the quick way where a checkpoint costs nothing; PostgreSQL 14 knows no other."""
        with self.connection._nodb_cursor() as cursor:
            cursor.execute("SELECT current_setting('fsync'), current_setting('server_version_num')")
            fsync, version = cursor.fetchone()
        return "STRATEGY = FILE_COPY" if fsync == "off" and int(version) >= 150000 else ""

    def create(self) -> None:
        self.run(f"CREATE DATABASE {self.quoted(self.name)} {self.suffix()} {self.strategy}")

    def keep(self) -> None:
        self._copy(self.name, self.base)

    def restore(self) -> None:
        self._copy(self.base, self.name)

    def drop(self) -> None:
        self.run(*(f"DROP DATABASE IF EXISTS {self.quoted(name)} WITH (FORCE)" for name in (self.name, self.base)))

    def _copy(self, source: str, target: str) -> None:
        self.run(
            f"DROP DATABASE IF EXISTS {self.quoted(target)} WITH (FORCE)",
            f"CREATE DATABASE {self.quoted(target)} TEMPLATE {self.quoted(source)} {self.strategy}",
        )


class OnMySQL(OnServer):
    """The base is copied table by table: MySQL and MariaDB have no templates."""

    altered = True  # whether tables may have been, since they were last made anew

    def keep(self) -> None:
        self.altered = True
        base = self.quoted(self.base)
        self.run(f"DROP DATABASE IF EXISTS {base}", f"CREATE DATABASE {base} {self.suffix()}")
        self._copy(self.name, self.base)

    def restore(self) -> None:
        self._copy(self.base, self.name)

    def drop(self) -> None:
        # A connection that was left open in a transaction would else hold the drop up for ever.
        self.run(
            "SET lock_wait_timeout = 20",
            *(f"DROP DATABASE IF EXISTS {self.quoted(name)}" for name in (self.name, self.base)),
        )

    def _copy(self, source: str, target: str) -> None:
        """Make one database what the other is. A table that is defined alike only gets the rows: DDL is slow here."""
        disconnect(self.connection)
        with undisturbed(), self.connection._nodb_cursor() as cursor:
            cursor.execute("SET SESSION foreign_key_checks = 0")
            cursor.execute(f"USE {self.quoted(target)}")
            wanted, there = self._tables(cursor, source), self._tables(cursor, target)
            for name in there.keys() - wanted.keys():
                cursor.execute(f"DROP TABLE {self.quoted(name)}")
            for name, definition in wanted.items():
                table = self.quoted(name)
                if name in there and there[name] != definition:
                    cursor.execute(f"DROP TABLE {table}")
                if there.get(name) != definition:
                    cursor.execute(definition)
                else:
                    # InnoDB counts columns that were added and dropped among those of a row, and after some dozens
                    # there is no room for more: TRUNCATE forgets them.
                    cursor.execute(f"{'TRUNCATE TABLE' if self.altered else 'DELETE FROM'} {table}")
                cursor.execute(f"INSERT INTO {table} SELECT * FROM {self.quoted(source)}.{table}")
        if target == self.name:
            self.altered = False
            if self._watch not in self.connection.execute_wrappers:
                self.connection.execute_wrappers.append(self._watch)

    def _watch(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.altered |= sql.lstrip().upper().startswith("ALTER")
        return execute(sql, params, many, context)

    def _tables(self, cursor: CursorWrapper, database: str) -> dict[str, str]:
        """Give the tables of a database with their definitions, but for the keys that they will give next."""
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE'",
            [database],
        )
        found: dict[str, str] = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SHOW CREATE TABLE {self.quoted(database)}.{self.quoted(name)}")
            found[name] = re.sub(r" AUTO_INCREMENT=\d+", "", cursor.fetchone()[1])
        return found


KINDS: Mapping[str, type[Scratch]] = {"sqlite": InMemory, "postgresql": OnPostgreSQL, "mysql": OnMySQL}


@contextmanager
def scratch_on(server: Server) -> Iterator[Scratch]:
    """Give a new database on a server and drop it afterwards, whatever happens; E705 where either fails.

    It stands in the place of the alias that `server` names; no other database of the project is reached meanwhile.
    """
    name = new_name()
    with connected(server, name) as connection:
        kind = KINDS.get(connection.vendor)
        if kind is None:
            raise SpecError(unusable(server, f"verify does not know how to copy a database of {connection.vendor}"))
        scratch, made = kind(connection, name), True
        try:
            try:
                scratch.create()
            except DatabaseError as error:
                made = False
                raise SpecError(unusable(server, one_line(error), _remedy(connection, error))) from None
            yield scratch
        finally:
            if made:
                with undisturbed():
                    _drop(scratch, server)


def new_name() -> str:
    return f"migspec_{os.getpid()}_{os.urandom(4).hex()}"


def _drop(scratch: Scratch, server: Server) -> None:
    for seconds in (1, 5, None):  # a busy server takes its time to end the sessions of a process that was killed
        try:
            scratch.drop()
            break
        except DatabaseError as error:
            if seconds is None:
                raise SpecError(unusable(server, f"{scratch.name} is left there: {one_line(error)}")) from None
            time.sleep(seconds)


def unusable(server: Server, reason: str, hint: str = "") -> Diagnostic:
    message = f"no scratch database on {server.name}: {reason}"
    return Diagnostic("E705", message, Place("--database"), hint or server.hint)


def _remedy(connection: BaseDatabaseWrapper, error: DatabaseError) -> str:
    """Say what a user needs who may not create databases; nothing where that is not the trouble."""
    cause, user = error.__cause__, connection.settings_dict["USER"]
    if connection.vendor == "postgresql" and getattr(cause, "sqlstate", "") == INSUFFICIENT_PRIVILEGE:
        return f"let an administrator say: ALTER ROLE {connection.ops.quote_name(user)} CREATEDB"
    if connection.vendor == "mysql" and error.args[:1] in [(number,) for number in DENIED]:
        # All names of scratch databases begin so, and nothing else is to be reached.
        return f"let an administrator say: GRANT ALL ON `migspec\\_%`.* TO '{user}'@'%'"
    return ""


@contextmanager
def connected(server: Server, name: str) -> Iterator[BaseDatabaseWrapper]:
    """Let the alias that `server` names mean its database of that name; no other is reached meanwhile."""
    place = f"file:{name}?mode=memory&cache=shared" if server.is_sqlite else name
    with instead_of_all(server.alias, {**server.settings, "NAME": place}) as connection:
        yield connection


@contextmanager
def instead_of_all(alias: str, settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """Let `alias` mean a database with these settings, and every other alias none."""
    complete = connections.configure_settings({"default": {}, alias: settings})
    before = dict(connections.settings)
    opened = {connection.alias: connection for connection in connections.all(initialized_only=True)}
    names = dict.fromkeys([*before, alias])
    for name in names:
        connections.settings[name] = complete[alias] if name == alias else {**before[name], **NOWHERE}
        if name in opened:
            del connections[name]
    try:
        yield connections[alias]
    finally:
        for connection in connections.all(initialized_only=True):
            disconnect(connection)
            del connections[connection.alias]
        connections.settings.clear()
        connections.settings.update(before)
        for name, connection in opened.items():
            connections[name] = connection
