"""What django-migration-linter says of the compiled examples: each rule that fires is what the spec asks for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("django_migration_linter", reason="django-migration-linter is in the extra 'examples'")

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

# On SQLite every change of a column remakes the table, which the linter takes for NOT NULL on existing columns.
REMADE = "NOT NULL constraint on columns"
ASKED_FOR = {
    # The column with NOT NULL and a default, and its removal in the reverse, are the author's own SQL.
    "articles.0002_special_operations_schema": {REMADE, "DROPPING columns"},
    "central.0002_break_down_schema": {REMADE},
    # The spec removes the columns that it has copied.
    "central.0005_break_down_cleanup": {"DROPPING columns"},
    "homes.0003_home_address_schema": {REMADE},
    # The spec deletes the model whose rows it has moved.
    "homes.0005_home_address_cleanup": {"DROPPING table"},
    "orders.0002_token_and_status_schema": {REMADE},
    # The spec tightens status to NOT NULL and removes the code.
    "orders.0004_token_and_status_cleanup": {REMADE, "DROPPING columns"},
}


def test_only_what_the_specs_ask_for(tmp_path: Path) -> None:
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3", "with_bdmodels"))
    settings = copy / "config" / "settings.py"
    settings.write_text(settings.read_text() + '\nINSTALLED_APPS += ["django_migration_linter"]\n')
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "lintmigrations", "--no-cache"]
    said = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert "*** Summary ***" in said.stdout, said.stderr
    assert found(said.stdout) == ASKED_FOR


def found(output: str) -> dict[str, set[str]]:
    """Give the rules that fired by migration."""
    rules: dict[str, set[str]] = {}
    migration = ""
    for line in output.splitlines():
        if match := re.match(r"\((\w+), (\w+)\)\.\.\.", line):
            migration = f"{match[1]}.{match[2]}"
        elif line.startswith("\t"):
            rules.setdefault(migration, set()).add(line.strip().partition(" (")[0])
    return rules
