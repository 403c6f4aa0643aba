"""One migration in a process of its own, whose peak memory is then the migration's own: started by rows.py.

python one_migration.py APP NAME migrates the project in the working directory and prints what that took as JSON.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from itertools import pairwise
from pathlib import Path

import django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Times(logging.Handler):
    """The moments at which ranges were done, as the generated code logs them."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.moments.append(time.perf_counter())


def main(app_label: str, name: str) -> None:
    sys.path.insert(0, str(Path.cwd()))
    django.setup()
    done = Times()
    logging.getLogger().addHandler(done)
    logging.getLogger().setLevel(logging.INFO)
    executor = MigrationExecutor(connection)
    server = server_thread()
    busy, start = processor(server), time.perf_counter()
    executor.migrate([(app_label, name)])
    seconds, busy = time.perf_counter() - start, processor(server) - busy
    # The first range is left out: before it stand the checks.
    ranges = [after - before for before, after in pairwise(done.moments)]
    print(json.dumps({"seconds": seconds, "processor": busy, "peak": peak(), "ranges": ranges}))


def server_thread() -> Path | None:
    """Give where the kernel counts what the database does for this connection, where its server is on this machine."""
    connection.ensure_connection()
    match connection.vendor:
        case "postgresql":
            return Path(f"/proc/{connection.connection.info.backend_pid}")
        case "mysql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT tid FROM information_schema.processlist WHERE id = CONNECTION_ID()")
                (thread,) = cursor.fetchone()
            return next(Path("/proc").glob(f"[0-9]*/task/{thread}"), None)
    return None


def processor(server: Path | None) -> float:
    """Give the seconds that a processor has worked for this process and its connection."""
    total = time.process_time()
    if server is not None:
        fields = (server / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def peak() -> int:
    """Give the most memory that the process had, in kB; getrusage() would give its parent's where that had more."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
