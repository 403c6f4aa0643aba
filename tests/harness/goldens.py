"""Golden files: one text, or several migration files one after another, each headed by its path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

HEADING = re.compile(r"^# --- (\S+)\n", re.MULTILINE)


def compare(path: Path, actual: str, *, update: bool) -> None:
    """Assert that `path` holds `actual`; with `update` write it there."""
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
        return
    assert path.exists(), f"{path.name} is not there; run pytest --update and read what it wrote"
    expected = path.read_text(encoding="utf-8")
    assert actual == expected, f"{path.name} has another text; if the new one is right: pytest --update"


def join(files: Mapping[str, str]) -> str:
    """Write several files, path to text, as one text."""
    return "\n".join(f"# --- {path}\n{text}" for path, text in files.items())


def split(text: str) -> dict[str, str]:
    """Read what `join` wrote."""
    _, *parts = HEADING.split(text)
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    last = next(reversed(texts), None)
    return {path: text if path == last else text.removesuffix("\n") for path, text in texts.items()}


def by_app(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Give texts by app label and migration name from texts by path, as in library/migrations/0002_x.py."""
    found: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        app_label, _, name = path.removesuffix(".py").split("/")
        found.setdefault(app_label, {})[name] = text
    return found
