"""django-linear-migrations' max_migration.txt, kept right where an app has one."""

from __future__ import annotations

from pathlib import Path

from migspec.compiler.compile import Outcome


def max_migration_files(outcome: Outcome) -> dict[Path, str]:
    """Give the new text of each max_migration.txt beside a file that is to be written: the app's last migration."""
    found: dict[Path, str] = {}
    for file in outcome.files:
        path = file.path.parent / "max_migration.txt"
        leaves = outcome.history.leaves(file.key[0])
        if path.exists() and len(leaves) == 1:
            found[path] = f"{leaves[0][1]}\n"
    return found
