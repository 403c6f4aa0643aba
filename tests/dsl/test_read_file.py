"""Files of both formats: what is read from disk, and what holds for every text."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from migspec.dsl.diagnostics import SpecError
from migspec.dsl.read import Format, read, read_text
from migspec.dsl.source import SourceFile, WrittenFloat

FORMATS: tuple[Format, ...] = ("yaml", "toml")
ONE = {"yaml": "key: 'ü'", "toml": "key = 'ü'"}


def complaint(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        read(path, "shown")
    return str(caught.value)


# --- files ---


@pytest.mark.parametrize("name", ["spec.yaml", "spec.yml", "spec.toml"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "byte order mark"])
def test_the_ending_tells_the_format(tmp_path: Path, name: str, mark: str) -> None:
    format: Format = "toml" if name.endswith("toml") else "yaml"
    path = tmp_path / name
    path.write_text(mark + ONE[format], encoding="utf-8")
    source = read(path, "app/migspecs/spec")
    assert (source.path, source.format, source.data) == ("app/migspecs/spec", format, {"key": "ü"})
    assert source.text == ONE[format]
    assert source.place(("key",), key=True).column == 1


def test_E101_another_ending(tmp_path: Path) -> None:
    assert complaint(tmp_path / "spec.json") == (
        "shown:1:1 E101 the ending '.json' is not that of a spec\n  hint: give it one of the endings .yaml, .yml, .toml"
    )


def test_E101_missing(tmp_path: Path) -> None:
    assert complaint(tmp_path / "spec.yaml") == "shown:1:1 E101 the file cannot be read: No such file or directory"


def test_E101_a_folder(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").mkdir()
    assert complaint(tmp_path / "spec.yaml") == "shown:1:1 E101 the file cannot be read: Is a directory"


def test_E101_a_name_that_no_file_can_have() -> None:
    assert complaint(Path("a\0.toml")) == "shown:1:1 E101 the file cannot be read: embedded null byte"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "byte order mark"])
def test_E102_says_line_and_column_of_the_first_wrong_byte(tmp_path: Path, end: str, mark: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(f"{mark}a: 1{end}ü: ".encode() + b"x\xe9y" + end.encode() + b"b: \xff")
    assert complaint(path) == (
        "shown:2:5 E102 the byte 0xE9 is not UTF-8\n"
        "  2 | ü: x\N{REPLACEMENT CHARACTER}y\n"
        "    |     ^\n"
        "  hint: save the file as UTF-8"
    )


def test_E102_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_bytes("a = 1".encode("utf-16"))
    assert complaint(path).startswith("shown:1:1 E102 the byte 0xFF is not UTF-8")


@pytest.mark.parametrize("format", FORMATS)
def test_E102_half_a_character(format: Format) -> None:
    with pytest.raises(SpecError, match=r"shown:2:2 E102 the byte 0xED is not UTF-8"):
        read_text("# ü\n#\ud800", "shown", format)


@pytest.mark.parametrize("format", FORMATS)
def test_E107_size(tmp_path: Path, format: Format) -> None:
    path = tmp_path / f"spec.{format}"
    path.write_bytes(ONE[format].encode() + b"\n" + b" " * (4 * 1024 * 1024 - len(ONE[format]) - 2))
    assert read(path, "shown").data == {"key": "ü"}
    with path.open("ab") as file:
        file.write(b" ")
    said = complaint(path)
    assert said.startswith("shown:1:1 E107 the file is larger than 4 MiB")
    with pytest.raises(SpecError, match="E107 the file is larger than 4 MiB"):
        read_text(path.read_text(encoding="utf-8"), "shown", format)


# --- every value that a spec can hold ---

# What YAML or TOML cannot write raw, and what YAML 1.1, in which PyYAML writes, reads in another way.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff"))
SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=8
)
DOCUMENTS = st.dictionaries(TEXT, VALUES, min_size=1, max_size=5)


def with_nulls(value: Any) -> Any:
    """Put null in place of False, which only YAML can hold."""
    if isinstance(value, dict):
        return {key: with_nulls(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_nulls(inner) for inner in value]
    return None if value is False else value


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_text(key)} = {as_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return as_text(value) if isinstance(value, str) else json.dumps(value)


def as_text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Give every path of a document with its value."""
    yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield from paths(inner, (*path, key))


def check_places(source: SourceFile) -> None:
    """Assert that what stands at the place of each key and scalar reads as that key and scalar."""
    for path, value in paths(source.data):
        place = source.place(path)
        token = place.text[place.column - 1 : place.column - 1 + place.width]
        assert place.text == source.lines[place.line - 1]
        if path and isinstance(path[-1], str):
            key = source.place(path, key=True)
            written = key.text[key.column - 1 : key.column - 1 + key.width]
            # PyYAML breaks a long key into lines.
            assert written[0] in ('"', "'") or path[-1].startswith(written)
        if isinstance(value, str):
            assert value.startswith(token[:1]) or token[:1] in ('"', "'")
        elif isinstance(value, bool):
            assert token in ("true", "false")
        elif isinstance(value, WrittenFloat):
            assert token == value.written
        elif isinstance(value, int):
            assert int(token) == value


def plain(value: Any) -> Any:
    """Give data with ordinary floats, for comparison with what was written."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return float(value.written) if isinstance(value, WrittenFloat) else value


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types: 1 is not True and not 1.0."""
    return bool(repr(plain(one)) == repr(other))


class Dumper(yaml.SafeDumper):
    """PyYAML writes YAML 1.1: it gives repeated values an alias, and leaves some numbers of 1.2 without quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.Node:
        style = "'" if re.match("[-+.0-9]", text) else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, Dumper.represent_text)


@given(DOCUMENTS, st.sampled_from([True, False, None]), st.sampled_from([20, 80, math.inf]))
def test_yaml_reads_back_what_was_written(data: dict[str, Any], flow: bool | None, width: float) -> None:
    data = with_nulls(data)
    text = yaml.dump(data, Dumper=Dumper, allow_unicode=True, default_flow_style=flow, sort_keys=False, width=width)
    source = read_text(text, "spec.yaml", "yaml")
    assert same(source.data, data)
    check_places(source)


@given(DOCUMENTS)
def test_json_is_yaml(data: dict[str, Any]) -> None:
    data = with_nulls(data)
    source = read_text(json.dumps(data, ensure_ascii=False, indent=1), "spec.yaml", "yaml")
    assert same(source.data, data)
    check_places(source)


@given(DOCUMENTS)
def test_toml_reads_back_what_was_written(data: dict[str, Any]) -> None:
    text = "".join(f"{as_text(key)} = {as_toml(inner)}\n" for key, inner in data.items())
    source = read_text(text, "spec.toml", "toml")
    assert same(source.data, data)
    check_places(source)


@given(
    st.dictionaries(
        TEXT, st.lists(st.dictionaries(TEXT, VALUES, max_size=3), min_size=1, max_size=2), min_size=1, max_size=2
    )
)
def test_toml_with_headers_reads_back_what_was_written(data: dict[str, list[dict[str, Any]]]) -> None:
    lines = []
    for name, items in data.items():
        for item in items:
            lines.append(f"[[ {as_text(name)} ]] # comment")
            tables = {key: inner for key, inner in item.items() if isinstance(inner, dict)}
            lines += [f"  {as_text(key)}\t= {as_toml(inner)}" for key, inner in item.items() if key not in tables]
            for key, table in tables.items():
                lines += ["", f"[{as_text(name)} . {as_text(key)}]"]
                lines += [f"{as_text(inner)}={as_toml(value)}" for inner, value in table.items()]
    source = read_text("\n".join(lines), "spec.toml", "toml")
    assert source.data == data
    check_places(source)


@given(DOCUMENTS)
def test_both_formats_read_alike(data: dict[str, Any]) -> None:
    toml = read_text("".join(f"{as_text(k)} = {as_toml(v)}\n" for k, v in data.items()), "spec", "toml")
    assert toml.data == read_text(json.dumps(data, ensure_ascii=False), "spec", "yaml").data


# --- every text ---

PIECES = st.sampled_from(
    [
        *(
            "a",
            "b",
            "us",
            "null",
            "true",
            "1",
            "010",
            "1_0",
            "0x1",
            "1.5",
            ".5",
            "inf",
            "-",
            "1e999",
            "2024-01-02",
            "10:00",
        ),
        *(":", ": ", "=", " = ", ",", ".", "[", "]", "[[", "]]", "{", "}", "'", '"', "'''", '"""', "\\", "\\u", "\\n"),
        *(
            "- ",
            "? ",
            "#",
            " #",
            "&",
            "&a ",
            "*a",
            "!",
            "!!str ",
            "<<",
            "|",
            ">",
            "|-\n",
            "%",
            "@",
            "`",
            "---",
            "...",
            "%YAML 1.2",
        ),
        *("\n", "\n", "\n  ", "\n    ", "\r\n", "\r", "\t", " ", "\x00", "\x85", "\u2028", "\ufeff", "é", "😀"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(), st.sampled_from(FORMATS))
def test_any_text_is_read_or_refused(text: str, format: Format) -> None:
    try:
        source = read_text(text, "spec", format)
    except SpecError as error:
        check_complaints(error)
    else:
        check_places(source)


def check_complaints(error: SpecError) -> None:
    assert error.diagnostics
    assert str(error)
    for diagnostic in error.diagnostics:
        assert diagnostic.code.startswith("E1")
        assert 1 <= diagnostic.place.column <= len(diagnostic.place.text) + 1


@given(st.binary(), st.sampled_from(FORMATS))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, format: Format) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{format}"
    path.write_bytes(data)
    try:
        read(path, "spec")
    except SpecError as error:
        check_complaints(error)
