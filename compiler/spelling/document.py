"""A new spec as text: its head, and its steps where there are any yet."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from migspec.compiler.config import SCHEMA, Config


def document_text(
    path: Path, config: Config, *, app: str, after: Sequence[str], steps: Sequence[dict[str, Any]] = ()
) -> str:
    """Give the text of a spec that is to stand at `path`; its suffix says in which format."""
    toml = path.suffix == ".toml"
    lines = schema_line(path, config)
    lines += ["migspec = 1", f"app = {json.dumps(app)}"] if toml else ["migspec: 1", f"app: {app}"]
    if after:
        names = [json.dumps(name) if toml else name for name in after]
        place = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        lines.append(f"after{' = ' if toml else ': '}{place}")
    return "\n".join([*lines, "", *step_section(steps, toml=toml), ""])


def step_section(steps: Sequence[dict[str, Any]], *, toml: bool) -> list[str]:
    if not steps:
        return ["steps = []" if toml else "steps: []"]
    from migspec.compiler.lint.writing import separated, step_lines

    if toml:
        return step_lines(steps, "toml")
    items = [[f"  {line}" if line else "" for line in step_lines([step], "yaml")] for step in steps]
    return ["steps:", *separated(items)]


def schema_line(path: Path, config: Config) -> list[str]:
    """Give the comment by which editors find the JSON Schema: the one that is configured, or the one that is there."""
    named = config.schema
    if named is None:
        if not (config.root / SCHEMA).is_file():
            return []
        named = SCHEMA
    if not re.match(r"[a-z][a-z0-9+.-]*://", named):
        named = Path(os.path.relpath(config.root / named, path.parent)).as_posix()
    # YAML's is read by yaml-language-server, TOML's by taplo.
    return [f"#:schema {named}" if path.suffix == ".toml" else f"# yaml-language-server: $schema={named}"]
