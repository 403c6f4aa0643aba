"""TOML as the language has it: parsed by tomllib, without its dates and its odd numbers."""

from __future__ import annotations

import tomllib
from typing import Any

from migspec.dsl.source import SourceFile, WrittenFloat
from migspec.dsl.strictness import Findings
from migspec.dsl.toml_errors import explain
from migspec.dsl.toml_marks import toml_marks


def read_toml(text: str, shown: str) -> SourceFile:
    """Read a spec in TOML; `shown` is the file's name for messages. Raises SpecError with all that is wrong."""
    text = text.replace("\r\n", "\n")
    findings = Findings(shown, text)
    # The walk comes first, since it bounds the nesting, at which tomllib recurses.
    marks = toml_marks(findings)
    data: dict[str, Any] = {}
    try:
        data = tomllib.loads(text, parse_float=WrittenFloat)
    except tomllib.TOMLDecodeError as error:
        explain(error, findings)
    except ValueError:
        pass  # an integer of too many digits, which the walk has refused
    findings.check()
    if not data:
        findings.stop("E110", "the file holds no spec", marks.mark, "begin with 'migspec = 1'")
    return SourceFile(shown, "toml", text, data, marks)
