"""Formatting with black, in this process, as the project has configured it."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from black.mode import Mode


@functools.cache
def mode_of(root: Path) -> Mode:
    """Give black's mode for the project at `root`: [tool.black] of its pyproject.toml, black's defaults otherwise."""
    # Here, because where nothing is to be formatted, as in --check, loading black is what would take longest.
    from black.const import DEFAULT_LINE_LENGTH
    from black.files import parse_pyproject_toml
    from black.mode import Mode, TargetVersion

    path = root / "pyproject.toml"
    config: dict[str, Any] = parse_pyproject_toml(os.fspath(path)) if path.exists() else {}
    versions = config.get("target_version") or []
    return Mode(
        target_versions={TargetVersion[str(v).upper()] for v in versions},
        line_length=int(config.get("line_length", DEFAULT_LINE_LENGTH)),
        string_normalization=not config.get("skip_string_normalization", False),
        magic_trailing_comma=not config.get("skip_magic_trailing_comma", False),
        preview=bool(config.get("preview", False)),
        unstable=bool(config.get("unstable", False)),
    )


def format_code(text: str, root: Path) -> str:
    """Format a Python file; black itself checks that the code still means the same.

    That a second pass changes nothing, which takes as long again, is held by the golden cases.
    """
    from black import assert_equivalent, format_str

    formatted = format_str(text, mode=mode_of(root))
    assert_equivalent(text, formatted)
    return formatted
