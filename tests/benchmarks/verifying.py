"""One pass of verify against Django's migrate, whole processes on SQLite: python tests/benchmarks/verifying.py"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from big_project import write_project, write_specs
from measure import ENVIRONMENT, HEADER, alternate, process, row

MIGSPEC = [sys.executable, "-m", "migspec.compiler.cli"]

TESTS = """
tests:
  - name: codes get names
    given:
      Model00: [{id: 1, code: 1}, {id: 2, code: 3}, {id: 3, code: 2}]
    expect:
      Model00: [{id: 1, status0000: new}, {id: 2, status0000: shipped}, {id: 3, status0000: paid}]
"""


def main() -> None:
    ENVIRONMENT["DJANGO_SETTINGS_MODULE"] = "settings"
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for models, migrations in ((10, 3), (50, 100)):
            rows.append(one_pass(Path(name) / str(models), models, migrations))
    print(HEADER)
    print("\n".join(rows))


def one_pass(folder: Path, models: int, migrations: int) -> str:
    """Forward and compared, against migrating an empty database with the very files that were compiled."""
    apps = write_project(folder, models=models, migrations=migrations)
    last = max(path.stem for path in (folder / apps[0] / "migrations").glob("0*.py"))
    [spec] = write_specs(folder, apps, 1, last)
    spec.write_text(spec.read_text() + TESTS)
    subprocess.run([*MIGSPEC, "compile"], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    database = folder / "db.sqlite3"
    seconds = alternate(
        {
            "verify": process([*MIGSPEC, "verify", "--quick"], folder),
            "migrate": process(
                [sys.executable, "manage.py", "migrate"], folder, lambda: database.unlink(missing_ok=True)
            ),
        }
    )
    return row(
        f"verify --quick one spec, {models} models, {migrations} migrations",
        seconds["verify"],
        "manage.py migrate",
        seconds["migrate"],
        "2.00",
    )


if __name__ == "__main__":
    main()
