"""What a document tells as it is written, without the models that check it: the spec's name and its hash."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from migspec.dsl.diagnostics import Diagnostic, Place, SpecError
from migspec.dsl.source import WrittenFloat

SPEC_NAME = re.compile(r"[a-z_][a-z0-9_]*")
# Keys that are never emitted.
DOCUMENT_ONLY = {"tests", "description"}
STEP_ONLY = {"allow"}


def spec_name(path: str | PurePath) -> str:
    """Give the name of the spec in a file, which is the file's stem; SpecError (E211) if it cannot be one."""
    stem = PurePath(path).stem
    if SPEC_NAME.fullmatch(stem):
        return stem
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", stem)
    proposed = re.sub(r"\W+", "_", words, flags=re.ASCII).lower().lstrip("0123456789_")
    message = f"a spec's name is a lower-case identifier; '{stem}' is not"
    hint = f"rename the file to {proposed or 'add_address'}{PurePath(path).suffix}"
    raise SpecError(Diagnostic("E211", message, Place(str(path)), hint))


def document_hash(data: Mapping[str, Any]) -> str:
    """Give 12 hexadecimal digits that change with everything in a document that may be emitted.

    The order of a document's or a step's own keys does not count, that of all other mappings and of lists does.
    """
    counts = {key: data[key] for key in sorted(data) if key not in DOCUMENT_ONLY}
    if isinstance(counts.get("steps"), list):
        counts["steps"] = [_step(step) for step in counts["steps"]]
    return sha256(_canonical(counts).encode()).hexdigest()[:12]


def _step(step: Any) -> Any:
    if not isinstance(step, dict):
        return step
    counts = {key: step[key] for key in sorted(step) if key not in STEP_ONLY}
    if isinstance(counts.get("reverse"), list):
        counts["reverse"] = [_step(inner) for inner in counts["reverse"]]
    return counts


def _canonical(data: Any) -> str:
    """Write data as JSON that is the same for the same data, numbers by the digits that the author wrote."""
    match data:
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{_canonical(value)}" for key, value in data.items()) + "}"
        case list():
            return "[" + ",".join(map(_canonical, data)) + "]"
        case WrittenFloat():
            return data.written
    return json.dumps(data)
