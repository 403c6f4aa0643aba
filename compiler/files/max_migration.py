"""django-linear-migrations' max_migration.txt, kept right where an app has one."""

from __future__ import annotations

from pathlib import Path

from migspec.compiler.compile import Outcome
from migspec.compiler.history import History


def max_migration_files(outcome: Outcome) -> dict[Path, str]:
    """Give the new text of each max_migration.txt beside a file that is written or removed: the last migration."""
    found: dict[Path, str] = {}
    places = [(file.path.parent, file.key[0]) for file in outcome.files]
    places += [(file.path.parent, file.key[0]) for file in outcome.remove]
    for folder, app_label in dict.fromkeys(places):
        path = folder / "max_migration.txt"
        if (text := max_migration_after(path, app_label, outcome.history)) is not None:
            found[path] = text
    return found


def max_migration_after(path: Path, app_label: str, history: History) -> str | None:
    """Give the new text of one; None where there is none, or no one last migration."""
    leaves = history.leaves(app_label)
    return f"{leaves[0][1]}\n" if path.exists() and len(leaves) == 1 else None
