"""Compiled data steps against the SQL that a hand would write, on three databases.

    python tests/benchmarks/rows.py [--rows N] [--only TEXT] [--database VENDOR] [--runs N] [--size N|off] [--loops]

Each story of row_stories.py is a spec that is compiled into a project; beside its data file stands a migration with the
hand-written statement of the database. Both are run by Django's executor, in turns, each in a process of its own,
after the database was put back to the same pages (MariaDB: the same rows), and left the same rows. The table gives

- the throughput of the compiled file, and as a share of the statement's: the median over the pairs of one turn each,
  and in brackets the same of processor time, which other work on the machine disturbs less,
- peak: the peak memory of the process, and how it compares with that for a tenth of the rows,
- ranges: how many, and the longest as a multiple of the median one (without the first, before which checks stand).

With --loops, the loops with save() and with bulk_update() too. They run on a fiftieth of the rows, and their
throughput is compared as if it stayed the same for all of them. bdmodels' CopyDataToPartial runs where it can.
The embedded PostgreSQL runs without fsync and SQLite with synchronous=OFF, for both sides alike.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from measure import ENVIRONMENT

from row_stories import FILL, INITIAL, STORIES, Story

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

import databases  # noqa: E402

SETTINGS = """\
SECRET_KEY = "benchmark"
INSTALLED_APPS = ["store"]
DATABASES = {{"default": {database!r}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
OTHER = """\
import uuid

from django.db import migrations
{imports}

class Migration(migrations.Migration):
    dependencies = [("store", "{after}")]
    operations = [
        {operation},
    ]
"""
LOOP = """
def forwards(apps, schema_editor):
    Item = apps.get_model("store", "Item")
    Detail = apps.get_model("store", "Detail")
{body}

"""
DIRECTIONS = ("forward", "backward")
COMPILED, BY_HAND, BDMODELS = "compiled", "by_hand", "bdmodels"
LOOP_SHARE = 50


@dataclass(frozen=True, slots=True)
class Run:
    """What one migration took."""

    seconds: float
    processor: float  # seconds of work, of the process and of the database for it
    peak: int  # kB
    ranges: Sequence[float]  # seconds of each but the first


@dataclass(frozen=True, slots=True)
class Place:
    """A project and its database."""

    folder: Path
    database: databases.Database
    story: Story

    # --- the project ---

    def write(self, size: str) -> None:
        """Write the project and compile the story; then, beside its data file, write what does the same."""
        home = self.folder / "store"
        (home / "migrations").mkdir(parents=True)
        (home / "migspecs").mkdir()
        for package in (home, home / "migrations"):
            (package / "__init__.py").touch()
        (home / "migrations" / "0001_initial.py").write_text(INITIAL)
        (self.folder / "settings.py").write_text(SETTINGS.format(database=self.database.settings))
        vendors = f"databases = {json.dumps(databases.VENDORS)}\n"
        (self.folder / "pyproject.toml").write_text(f'[tool.migspec]\nsettings = "settings"\n{vendors}')
        batch = {"": "", "off": "    batch: off\n"}.get(size, f"    batch: {{size: {size}}}\n")
        steps = "".join(
            line + (batch if line.startswith(("  - update_rows", "  - copy_rows", "  - delete_rows")) else "")
            for line in self.story.steps.splitlines(keepends=True)
        )
        spec = home / "migspecs" / "story.yaml"
        spec.write_text(f"migspec: 1\napp: store\nafter: 0001_initial\n\nsteps:\n{steps}")
        self.process("-m", "migspec.compiler.cli", "compile")
        statements = [self.story.statements(direction, self.database.vendor) for direction in DIRECTIONS]
        if statements[0]:
            self._write_other(BY_HAND, f"migrations.RunSQL({statements[0]!r}, {statements[1]!r})")
        for name, body in self.story.loops.items():
            code = LOOP.format(body=indent(dedent(body).strip("\n"), "    "))
            self._write_other(name, "migrations.RunPython(forwards, migrations.RunPython.noop)", code)
        if self.story.bdmodels:
            imports = "from bdmodels.migration_ops import CopyDataToPartial\n"
            self._write_other(BDMODELS, self.story.bdmodels, imports)

    def _write_other(self, name: str, operation: str, imports: str = "") -> None:
        text = OTHER.format(imports=imports, after=self.before, operation=operation)
        (self.folder / "store" / "migrations" / f"0099_{name}.py").write_text(text)

    @property
    def files(self) -> list[str]:
        """The compiled files and the first, in their order."""
        return sorted(path.stem for path in (self.folder / "store" / "migrations").glob("00[0-8]*.py"))

    @property
    def data(self) -> str:
        return next(name for name in self.files if name.endswith("_data"))

    @property
    def before(self) -> str:
        return self.files[self.files.index(self.data) - 1]

    def name(self, side: str) -> str:
        return self.data if side == COMPILED else f"0099_{side}"

    def sides(self) -> list[str]:
        others = sorted(path.stem for path in (self.folder / "store" / "migrations").glob("0099_*.py"))
        return [COMPILED, *(name.partition("_")[2] for name in others)]

    # --- its database ---

    def process(self, *arguments: str) -> str:
        environment = ENVIRONMENT | {"DJANGO_SETTINGS_MODULE": "settings"}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} exited {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def migrate(self, name: str) -> Run:
        return Run(**json.loads(self.process(str(HERE / "one_migration.py"), "store", name)))

    def execute(self, *statements: str) -> None:
        with self.connected() as cursor:
            for statement in statements:
                cursor.execute(statement)

    @contextmanager
    def connected(self) -> Iterator[Any]:
        connections.settings["place"] = connections.configure_settings(
            {"default": {}, "place": self.database.settings}
        )["place"]
        connection = connections["place"]
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()
            del connections["place"]

    def fill(self, rows: int) -> None:
        statements = [*(statement.format(rows=rows) for statement in FILL), *self.story.fill]
        if self.database.vendor == "mysql":
            statements.insert(0, f"SET max_recursive_iterations = {rows + 1}")
        if self.database.vendor == "postgresql":  # the rows came with their keys
            statements += [
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
                for table in ("store_item", "store_detail", "store_archive")
            ]
        self.execute(*statements)

    def applied(self, *names: str) -> None:
        """Record which of the migrations that do the same is applied."""
        listed = ", ".join(f"'{self.name(side)}'" for side in self.sides())
        self.execute(
            f"DELETE FROM django_migrations WHERE app = 'store' AND name IN ({listed})",
            *(
                f"INSERT INTO django_migrations (app, name, applied) VALUES ('store', '{name}', CURRENT_TIMESTAMP)"
                for name in names
            ),
        )

    def keep(self) -> None:
        """Keep the rows as they are now."""
        name = self.database.settings["NAME"]
        match self.database.vendor:
            case "sqlite":
                self.execute("VACUUM", "ANALYZE")
                shutil.copy(name, f"{name}.kept")
            case "postgresql":
                self.execute("VACUUM ANALYZE", "CHECKPOINT")
                self._on_server(
                    f"DROP DATABASE IF EXISTS {name}_kept",
                    f"CREATE DATABASE {name}_kept TEMPLATE {name} STRATEGY = FILE_COPY",
                )
            case "mysql":
                for table in self.tables():
                    self.execute(
                        f"DROP TABLE IF EXISTS kept_{table}", f"CREATE TABLE kept_{table} AS SELECT * FROM {table}"
                    )

    def put_back(self) -> None:
        """Put the rows back to what was kept."""
        name = self.database.settings["NAME"]
        match self.database.vendor:
            case "sqlite":
                shutil.copy(f"{name}.kept", name)
            case "postgresql":
                self._on_server(
                    f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE {name}_kept STRATEGY = FILE_COPY"
                )
            case "mysql":
                tables = self.tables()
                with self.connected() as cursor:
                    cursor.execute("SET foreign_key_checks = 0")
                    for table in tables:
                        cursor.execute(f"TRUNCATE TABLE {table}")
                        cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
                        cursor.execute(f"ANALYZE TABLE {table}")
                        cursor.fetchall()

    def drop_kept(self) -> None:
        if self.database.vendor == "postgresql":
            self._on_server(f"DROP DATABASE IF EXISTS {self.database.settings['NAME']}_kept")

    def _on_server(self, *statements: str) -> None:
        Place(
            self.folder, databases.Database("postgresql", self.database.settings | {"NAME": "postgres"}), self.story
        ).execute(*statements)

    def tables(self) -> list[str]:
        """The tables that the step writes and that are there."""
        with self.connected() as cursor:
            there = connections["place"].introspection.table_names(cursor)
        return [f"store_{name}" for name in self.story.writes if f"store_{name}" in there]

    def rows(self) -> int:
        """Give a number for the rows, whatever their order and automatic keys."""
        total = 0
        with self.connected() as cursor:
            there = connections["place"].introspection.table_names(cursor)
            for table in [f"store_{name}" for name in self.story.writes if f"store_{name}" in there]:
                cursor.execute(f"SELECT * FROM {table}")
                columns = [column[0] for column in cursor.description]
                chosen = [index for index, column in enumerate(columns) if column != "id"]
                while some := cursor.fetchmany(10_000):
                    total += sum(hash((table, *(row[index] for index in chosen))) for row in some)
        return total


def measure(
    story: Story, vendor: str, rows: int, *, runs: int, size: str, only: Sequence[str] = ()
) -> dict[tuple[str, str], list[Run]]:
    """Give the runs of each direction and side; the first turn only warms up and compares the rows."""
    found: dict[tuple[str, str], list[Run]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="migspec-rows-")))
        folder.chmod(0o755)
        place = Place(folder / "project", stack.enter_context(databases.fresh(vendor, folder)), story)
        place.write(size)
        sides = [side for side in place.sides() if not only or side in only]
        place.migrate(place.before)
        place.fill(rows)
        stack.callback(place.drop_kept)
        for direction in DIRECTIONS:
            if direction == "backward":
                place.put_back()
                place.applied()
                place.migrate(place.files[-1])
                if place.files[-1] != place.data:
                    place.migrate(place.data)
                sides = [side for side in sides if side in (COMPILED, BY_HAND, BDMODELS)]
            place.keep()
            left: dict[str, int] = {}
            for turn in range(runs + 1):
                for side in sides:
                    place.put_back()
                    place.applied(*([place.name(side)] if direction == "backward" else []))
                    try:
                        run = place.migrate(place.name(side) if direction == "forward" else place.before)
                    except RuntimeError as error:
                        if side != BDMODELS:
                            raise
                        print(f"{vendor}, {direction}: {str(error).splitlines()[-1]}", file=sys.stderr)
                        sides = [one for one in sides if one != side]
                        continue
                    if turn == 0:
                        left[side] = place.rows()
                    if turn > 0 or runs == 0:
                        found.setdefault((direction, side), []).append(run)
            different = [side for side in left if side not in (COMPILED, BDMODELS) and left[side] != left[COMPILED]]
            if different and not story.is_random:
                raise RuntimeError(
                    f"{vendor}, {direction}: {', '.join(different)} left other rows than the compiled file"
                )
    return found


# --- the table ---

HEADER = """\
| story | direction | database | rows/s | by hand | share | {others}peak | against a tenth | ranges | longest |
|---|---|---|---|---|---|{lines}---|---|---|---|"""


def lines(title: str, story: Story, vendor: str, options: argparse.Namespace) -> Iterator[str]:
    rows = options.rows
    found = measure(story, vendor, rows, runs=options.runs, size=options.size, only=[COMPILED, BY_HAND, BDMODELS])
    tenth = measure(story, vendor, rows // 10, runs=0, size=options.size, only=[COMPILED])
    loops = {}
    if options.loops and story.loops:
        names = tuple(story.loops)
        loops = measure(story, vendor, rows // LOOP_SHARE, runs=1, size=options.size, only=[COMPILED, *names])
    for direction in DIRECTIONS:
        if story.forward and not story.statements(direction, vendor):
            continue  # it does nothing
        ours = found[direction, COMPILED]
        speed = rows / statistics.median(run.seconds for run in ours)
        theirs = share(ours, found.get((direction, BDMODELS)))
        factors = [
            f"{speed / (rows // LOOP_SHARE / runs[0].seconds):.0f} times {name}"
            for name in story.loops
            if (runs := loops.get((direction, name)))
        ]
        peak = statistics.median(run.peak for run in ours)
        growth = peak / tenth[direction, COMPILED][0].peak
        spans = [run.ranges for run in ours if len(run.ranges) > 1]
        longest = f"{statistics.median(max(one) / statistics.median(one) for one in spans):.1f}" if spans else ""
        count = str(len(spans[0]) + 1) if spans else "1"
        others = "; ".join([*([f"{theirs} of bdmodels"] if theirs else []), *factors])
        hand = found.get((direction, BY_HAND))
        by_hand = f"{rows / statistics.median(run.seconds for run in hand):,.0f}" if hand else ""
        cells = [title, direction, vendor, f"{speed:,.0f}", by_hand, share(ours, hand), others]
        cells += [f"{peak / 1024:.0f} MB", f"{growth:.2f}", count, longest]
        yield f"| {' | '.join(cells)} |"


def share(ours: Sequence[Run], theirs: Sequence[Run] | None) -> str:
    """Give our throughput as a share of theirs: the median of the turns."""
    if not theirs:
        return ""
    pairs = list(zip(ours, theirs, strict=False))
    time = statistics.median(b.seconds / a.seconds for a, b in pairs)
    work = statistics.median(b.processor / a.processor for a, b in pairs)
    return f"{time:.2f} ({work:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="part of a story's name")
    parser.add_argument("--database", choices=databases.VENDORS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", default="", help="of the ranges, or off; the default without it")
    parser.add_argument("--loops", action="store_true", help="also the loops that are mostly written today")
    options = parser.parse_args()
    settings.configure()
    django.setup()
    databases.set_up()
    try:
        print(HEADER.format(others="against others | ", lines="---|"), flush=True)
        for title, story in STORIES.items():
            for vendor in [options.database] if options.database else databases.VENDORS:
                if options.only in title:
                    for line in lines(title, story, vendor, options):
                        print(line, flush=True)
    finally:
        databases.clean_up()
    print(
        f"\n{options.rows:,} rows, {options.runs} turns, load {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors"
    )


if __name__ == "__main__":
    main()
