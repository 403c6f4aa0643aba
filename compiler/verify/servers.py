"""What `--database` means: SQLite in memory, the embedded PostgreSQL, an alias of the settings, or a URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest

ENGINES = {
    "mariadb": "django.db.backends.mysql",
    "mysql": "django.db.backends.mysql",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "sqlite": "django.db.backends.sqlite3",
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where a scratch database is made, and the alias that it stands for meanwhile."""

    name: str  # as the user wrote it, without a password
    settings: dict[str, Any]  # an entry of DATABASES; NAME counts for nothing
    alias: str = DEFAULT_DB_ALIAS
    hint: str = "is the server running, and may its user create databases?"

    @property
    def is_sqlite(self) -> bool:
        return str(self.settings["ENGINE"]).endswith((".sqlite3", ".spatialite"))


@contextmanager
def servers_named(names: Sequence[str]) -> Iterator[list[Server]]:
    """Give the servers that the values of --database mean, embedded ones running; E705 for one that is none."""
    with ExitStack() as stack:
        yield [_server(name, stack) for name in dict.fromkeys(names)]


def _server(text: str, stack: ExitStack) -> Server:
    aliases = {alias: given for alias, given in settings.DATABASES.items() if given.get("ENGINE")}
    if text == "sqlite":
        return Server(text, {"ENGINE": ENGINES["sqlite"]})
    if text in aliases:
        # As Django completes it, with the defaults of what the settings leave out.
        return Server(text, dict(connections.settings[text]), text)
    if text == "postgresql":
        from migspec.compiler.verify.embedded import embedded_postgresql

        return Server(text, of_url(stack.enter_context(embedded_postgresql())))
    if "://" in text:
        return Server(without_password(text), of_url(text))
    hint = nearest(text, [*aliases, "sqlite", "postgresql"]) or (
        f"write sqlite, postgresql, a URL or an alias of DATABASES ({', '.join(sorted(aliases))})"
    )
    raise SpecError(Diagnostic("E705", f"'{text}' is not a database", Place("--database"), hint))


def of_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ENGINES:
        hint = f"write one of {', '.join(f'{scheme}://' for scheme in ENGINES)}"
        raise SpecError(Diagnostic("E705", f"'{parts.scheme}://' is not known", Place("--database"), hint))
    # A socket's folder stands in the query: postgresql://user:@/database?host=/folder
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    return {
        "ENGINE": ENGINES[parts.scheme],
        "HOST": host,
        "PORT": str(parts.port or ""),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
    }


def without_password(url: str) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}{'@' if user else ''}{host}{parts.path}".rstrip("/")
