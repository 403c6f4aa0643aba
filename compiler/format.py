"""Formatting with black, in this process, as the project has configured it."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import black


@functools.cache
def mode_of(root: Path) -> black.Mode:
    """Give black's mode for the project at `root`: [tool.black] of its pyproject.toml, black's defaults otherwise."""
    import black  # where nothing is to be formatted, as in --check, loading black is what takes longest

    path = root / "pyproject.toml"
    config: dict[str, Any] = black.parse_pyproject_toml(os.fspath(path)) if path.exists() else {}
    versions = config.get("target_version") or []
    return black.Mode(
        target_versions={black.TargetVersion[str(v).upper()] for v in versions},
        line_length=int(config.get("line_length", black.DEFAULT_LINE_LENGTH)),
        string_normalization=not config.get("skip_string_normalization", False),
        magic_trailing_comma=not config.get("skip_magic_trailing_comma", False),
        preview=bool(config.get("preview", False)),
        unstable=bool(config.get("unstable", False)),
    )


def format_code(text: str, root: Path) -> str:
    """Format a Python file with black's own safety check (the code means the same, a second pass changes nothing)."""
    import black

    try:
        return black.format_file_contents(text, fast=False, mode=mode_of(root))
    except black.NothingChanged:
        return text
