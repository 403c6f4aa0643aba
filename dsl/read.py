"""Reading a spec file: bytes to text, and text to data by the format that the file's name tells."""

from __future__ import annotations

import pathlib
from typing import Final, Literal, NoReturn

from migspec.dsl.read_toml import read_toml
from migspec.dsl.read_yaml import read_yaml
from migspec.dsl.source import Mark, SourceFile
from migspec.dsl.strictness import BYTES, Findings, named

Format = Literal["yaml", "toml"]

FORMATS: Final[dict[str, Format]] = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}

_TOP: Final[Mark] = (1, 1, 1)


def read(path: pathlib.Path, shown: str) -> SourceFile:
    """Read a spec file; `shown` is its name for messages. Raises SpecError with all that is wrong with it."""
    by_name = FORMATS.get(path.suffix)
    if by_name is None:
        hint = f"give it one of the endings {', '.join(FORMATS)}"
        Findings(shown, "").stop("E101", f"the ending {named(path.suffix)} is not that of a spec", _TOP, hint)
    data = _bytes(path, shown)
    if len(data) > BYTES:
        _refuse_size(shown)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        _refuse_bytes(data, error.start, shown)
    return read_text(text, shown, by_name)


def read_text(text: str, shown: str, format: Format) -> SourceFile:
    """Read a spec from text. Raises SpecError with all that is wrong with it."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        _refuse_bytes(text.encode(errors="surrogatepass"), len(text[: error.start].encode()), shown)
    if size > BYTES:
        _refuse_size(shown)
    text = text.removeprefix("\ufeff")  # some editors on Windows begin UTF-8 with it
    return read_yaml(text, shown) if format == "yaml" else read_toml(text, shown)


def _bytes(path: pathlib.Path, shown: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        Findings(shown, "").stop("E101", f"the file cannot be read: {reason}", _TOP)


def _refuse_size(shown: str) -> NoReturn:
    hint = "split the spec, or load the rows from a file in run_python"
    Findings(shown, "").stop("E107", f"the file is larger than {BYTES // 1024 // 1024} MiB", _TOP, hint)


def _refuse_bytes(data: bytes, start: int, shown: str) -> NoReturn:
    """Refuse what is not UTF-8, at the first byte that is not."""
    before = _lines(data[:start])
    mark = (len(before), len(before[-1]) + 1, 1)
    findings = Findings(shown, "\n".join(_lines(data)))
    findings.stop("E102", f"the byte 0x{data[start]:02X} is not UTF-8", mark, "save the file as UTF-8")


def _lines(data: bytes) -> list[str]:
    text = data.decode(errors="replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
