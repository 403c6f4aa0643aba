"""Blocks of Markdown that show a file, or a part of it, after <!-- file: PATH from: BEGINNING to: BEGINNING -->."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BLOCK = re.compile(
    r"(<!-- file: (?P<path>\S+)(?: from: (?P<start>.+?))?(?: to: (?P<end>.+?))? -->\n```(?P<language>\w+)[^\n]*\n)"
    r"(?P<body>.*?)(```\n)",
    re.DOTALL,
)


def with_files(text: str, *roots: Path) -> str:
    """Give a page whose blocks hold what their files hold; a path is looked for in each of `roots`, last in ours."""
    return BLOCK.sub(lambda match: shown(match, *roots), text)


def shown(match: re.Match[str], *roots: Path) -> str:
    """Give a block with the text of its file, from a line that begins with `from` to before one that begins `to`."""
    path = next(root / match["path"] for root in (*roots, ROOT) if (root / match["path"]).is_file())
    lines = path.read_text(encoding="utf-8").splitlines()
    first = _begins(lines, match["start"], 0) if match["start"] else 0
    last = _begins(lines, match["end"], first + 1) if match["end"] else len(lines)
    body = "\n".join(lines[first:last]).strip("\n")
    return f"{match[1]}{body}\n```\n"


def _begins(lines: list[str], start: str, after: int) -> int:
    found = [number for number, line in enumerate(lines) if number >= after and line.startswith(start)]
    assert found, f"no line begins with {start!r}"
    return found[0]
