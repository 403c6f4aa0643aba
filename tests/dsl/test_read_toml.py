"""TOML as the language has it: what is read, where it stands, and what is refused."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest

from migspec.dsl.diagnostics import SpecError
from migspec.dsl.read_toml import read_toml
from migspec.dsl.source import WrittenFloat
from migspec.dsl.strictness import Findings
from migspec.dsl.toml_errors import explain


def value(text: str) -> Any:
    return read_toml(f"key = {text}", "spec.toml").data["key"]


def complaints(text: str) -> list[str]:
    """Give each complaint as `line:column CODE message`."""
    with pytest.raises(SpecError) as caught:
        read_toml(text, "spec.toml")
    return [str(diagnostic).removeprefix("spec.toml:") for diagnostic in caught.value.diagnostics]


def hints(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read_toml(text, "spec.toml")
    return [diagnostic.hint for diagnostic in caught.value.diagnostics]


# --- values ---


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("true", True),
        ("false", False),
        ("12", 12),
        ("-7", -7),
        ("+3", 3),
        ('"us"', "us"),
        ("'C:\\dir'", "C:\\dir"),
        (r'"\u00e9\t\"x\""', 'é\t"x"'),
        ('""', ""),
        ("''", ""),
        ('"""a\nb"""', "a\nb"),
        ('"""\na""b"c"""""', 'a""b"c""'),
        ("'''\na''b'''''", "a''b''"),
        ('"""a\\\n   b"""', "ab"),
        ('"# no comment"', "# no comment"),
        ("[1, [2, 'x'], {a = 1}] # comment", [1, [2, "x"], {"a": 1}]),
        ("[ # one\n  1, # two\n  2, # three\n]", [1, 2]),
        ("{}", {}),
        ("[]", []),
        ("{a = {b.c = 1}, 'd e' = [2]}", {"a": {"b": {"c": 1}}, "d e": [2]}),
    ],
)
def test_values(text: str, read: Any) -> None:
    assert value(text) == read
    assert type(value(text)) is type(read)


@pytest.mark.parametrize("text", ["3.10", "-0.5", "1e3", "1.5E-7", "+2.50", "0.0", "1e-999"])
def test_fractions_remember_their_digits(text: str) -> None:
    read = value(text)
    assert type(read) is WrittenFloat
    assert Decimal(read.written) == Decimal(text)


def test_keys_are_text() -> None:
    source = read_toml("1 = 1\ntrue = 2\nnull = 3\n2024-01-02 = 4\n'' = 5\n\"a\\u0062\" = 6\n010.on = 7", "spec.toml")
    read = {"1": 1, "true": 2, "null": 3, "2024-01-02": 4, "": 5, "ab": 6, "010": {"on": 7}}
    assert source.data == read
    assert source.place(("ab",), key=True).width == 9


# --- places ---

SPEC = '''\
# a comment
app = "höme"  # and another
"länge" = 'ß'
a . "b".c = 5
code = """
x = 1
"""

[[steps]]
add_field = "Home.address"
field = {type = "CharField", blank = true}

[[steps]]
rows = [
  {code = "us", at = [1, 2]},  # comment
  {code = "fr"},
]

[steps.set]
title.value = "x"

[steps.set.deep]
y = 1

[tests.given.'x.y']
z = "\ttab"
[tests]
q = 2
'''


@pytest.mark.parametrize(
    ("path", "line", "column", "width"),
    [
        ((), 2, 1, 3),
        (("app",), 2, 7, 6),
        (("länge",), 3, 11, 3),
        (("a",), 4, 1, 1),
        (("a", "b"), 4, 5, 3),
        (("a", "b", "c"), 4, 13, 1),
        (("code",), 5, 8, 3),
        (("steps",), 9, 1, 9),
        (("steps", 0), 9, 1, 9),
        (("steps", 0, "add_field"), 10, 13, 14),
        (("steps", 0, "field"), 11, 9, 34),
        (("steps", 0, "field", "blank"), 11, 38, 4),
        (("steps", 1), 13, 1, 9),
        (("steps", 1, "rows"), 14, 8, 1),
        (("steps", 1, "rows", 0), 15, 3, 26),
        (("steps", 1, "rows", 0, "at", 1), 15, 26, 1),
        (("steps", 1, "rows", 1, "code"), 16, 11, 4),
        (("steps", 1, "set"), 19, 1, 11),
        (("steps", 1, "set", "title"), 20, 1, 5),
        (("steps", 1, "set", "title", "value"), 20, 15, 3),
        (("steps", 1, "set", "deep", "y"), 23, 5, 1),
        (("tests", "given"), 25, 8, 5),
        (("tests", "given", "x.y"), 25, 1, 19),
        (("tests", "given", "x.y", "z"), 26, 5, 6),
        (("tests", "q"), 28, 5, 1),
        (("nowhere",), 2, 1, 3),
    ],
)
def test_place_of_a_value(path: tuple[str | int, ...], line: int, column: int, width: int) -> None:
    place = read_toml(SPEC, "spec.toml").place(path)
    assert (place.line, place.column, place.width) == (line, column, width)
    assert place.text == SPEC.split("\n")[line - 1]


@pytest.mark.parametrize(
    ("path", "line", "column", "width"),
    [
        (("a", "b", "c"), 4, 9, 1),
        (("a", "b"), 4, 5, 3),
        (("steps",), 9, 3, 5),
        (("steps", 1, "rows", 0, "at"), 15, 17, 2),
        (("steps", 1, "set"), 19, 8, 3),
        (("tests", "given", "x.y"), 25, 14, 5),
        (("steps", 0, "unknown"), 9, 1, 9),
    ],
)
def test_place_of_a_key(path: tuple[str | int, ...], line: int, column: int, width: int) -> None:
    place = read_toml(SPEC, "spec.toml").place(path, key=True)
    assert (place.line, place.column, place.width) == (line, column, width)


def test_line_ends() -> None:
    source = read_toml(SPEC.replace("\n", "\r\n"), "spec.toml")
    assert source.data == read_toml(SPEC, "spec.toml").data
    assert source.marks == read_toml(SPEC, "spec.toml").marks
    assert source.place(("app",)).text == 'app = "höme"  # and another'


# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("1_000", "E108", 'write 1000 for the number, "1_000" for the text'),
        ("1_0.5", "E108", 'write 10.5 for the number, "1_0.5" for the text'),
        ("010", "E108", 'write 10 for the number, "010" for the text'),
        ("0x1F", "E108", 'write 31 for the number, "0x1F" for the text'),
        ("0o17", "E108", 'write 15 for the number, "0o17" for the text'),
        ("0b101", "E108", 'write 5 for the number, "0b101" for the text'),
        ("inf", "E108", 'write "inf" if it is text'),
        ("-nan", "E108", 'write "-nan" if it is text'),
        ("1e999", "E108", 'write "1e999"'),
        ("9" * 5000, "E108", "put it in quotes"),
        ("2024-01-02", "E109", 'write "2024-01-02"'),
        ("2024-13-42", "E109", 'write "2024-13-42"'),
        ("2024-01-02T10:00:00Z", "E109", 'write "2024-01-02T10:00:00Z"'),
        ("2024-01-02 10:00:00.5+01:00", "E109", 'write "2024-01-02 10:00:00.5+01:00"'),
        ("10:00:00", "E109", 'write "10:00:00"'),
        ("us", "E103", 'write "us"'),
        ("A home has one address.  # comment", "E103", 'write "A home has one address."'),
        ("True", "E103", "write true"),
        ("None", "E103", 'write {expr = "None"}'),
        (".5", "E103", "write a digit on both sides of the point"),
        ("1.", "E103", "write a digit on both sides of the point"),
    ],
)
def test_refused_values(text: str, code: str, hint: str) -> None:
    assert [said[:8] for said in complaints(f"key = {text}")] == [f"1:7 {code}"]
    assert hints(f"key = {text}") == [hint]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = 2\na = 3", "3:1 E104 the key 'a' stands twice, first on line 1"),
        ("a = {b = 1, b = 2}", "1:13 E104 the key 'b' stands twice, first on line 1"),
        ("a.b = 1\na.b = 2", "2:3 E104 the key 'b' stands twice, first on line 1"),
        ("a = 1\na.b = 2", "2:1 E104 the key 'a' stands twice, first on line 1"),
        ("[a]\n[b]\n[a]", "3:2 E104 the key 'a' stands twice, first on line 1"),
        ("a = 1\n[a]", "2:2 E104 the key 'a' stands twice, first on line 1"),
        ("[[a]]\n[a]", "2:2 E104 the key 'a' stands twice, first on line 1"),
        ("[a]\n[[a]]", "2:3 E104 the key 'a' stands twice, first on line 1"),
        ("a.b = 1\n[a]", "2:2 E104 the key 'a' stands twice, first on line 1"),
        ("a = [1]\n[[a]]", "2:4 E104 this repeats or changes what is there already"),
        ("a = {b = 1}\n[a.c]", "2:5 E104 this repeats or changes what is there already"),
        ("a = [us]", "1:6 E103 'us' is not a value in TOML, where text has quotes"),
        ("a = {b = Char Field, c = 1}", "1:10 E103 'Char Field' is not a value in TOML, where text has quotes"),
        ("a = {b = x c = 1}", "1:10 E103 'x' is not a value in TOML, where text has quotes"),
        ("a = 'x\nb = 1", "1:5 E103 the quoted text that begins here has no end"),
        ('a = """x\nb = 1', "1:5 E103 the quoted text that begins here has no end"),
        ('"a = 1', "1:1 E103 the quoted text that begins here has no end"),
        ("a = [1, 2\nb = 1", "1:5 E103 the [ that begins here is not closed"),
        ("a = {b = 1", "1:5 E103 the { that begins here is not closed"),
        ("a = [1 2]", "1:8 E103 ',' or ']' is missing"),
        ("a = {b = 1 c = 2}", "1:12 E103 ',' or '}' is missing"),
        ("a = [1,,2]", "1:8 E103 a value is missing"),
        ("a =", "1:3 E103 a value is missing"),
        ("[a", "1:2 E103 the header is not closed"),
        ("[[a]\nb = 1", "1:4 E103 the header is not closed"),
        ("app: homes", "1:4 E103 '=' is missing after the key"),
        ("a = 1 b = 2", "1:7 E103 the line goes on after the value"),
        ("é = 1", "1:1 E103 a key is missing"),
        ("[a.]", "1:4 E103 a key is missing"),
        (r'a = "C:\dir"', "1:8 E103 a backslash in double quotes begins an escape, and this is none"),
        (r'"\d" = 1', "1:2 E103 a backslash in double quotes begins an escape, and this is none"),
        (r'a = "\ud800"', "1:6 E103 a backslash in double quotes begins an escape, and this is none"),
        ("a = 'x\x07'", "1:7 E103 the character U+0007 cannot stand in TOML"),
        ("a = 1\rb = 2", "1:6 E103 the character U+000D cannot stand in TOML"),
        ("", "1:1 E110 the file holds no spec"),
        ("# nothing\n", "1:1 E110 the file holds no spec"),
    ],
)
def test_refused(text: str, said: str) -> None:
    assert complaints(text) == [said]


def test_everything_wrong_is_said_at_once() -> None:
    text = "a = 0x1\nb = us\na = [2024-01-02, {c = 1, c = inf}]\nd = 'open"
    assert [said.split()[:2] for said in complaints(text)] == [
        ["1:5", "E108"],
        ["2:5", "E103"],
        ["3:1", "E104"],
        ["3:6", "E109"],
        ["3:26", "E104"],
        ["3:30", "E108"],
        ["4:5", "E103"],
    ]


def test_what_tomllib_finds_is_said_too() -> None:
    assert complaints('a = 0x1\nb = "\\d"\nc = us') == [
        "1:5 E108 '0x1' is not the same to every reader",
        "2:6 E103 a backslash in double quotes begins an escape, and this is none",
        "3:5 E103 'us' is not a value in TOML, where text has quotes",
    ]


def test_what_tomllib_may_say_one_day_is_passed_on() -> None:
    findings = Findings("spec.toml", "a = 1\nb = 2\n\n")
    explain(tomllib.TOMLDecodeError("Something new (at line 2, column 5)"), findings)
    explain(tomllib.TOMLDecodeError("Something newer (at line 1, column 1)"), findings)
    assert [str(diagnostic) for diagnostic in findings.found] == [
        "spec.toml:2:5 E103 the TOML does not parse: Something new",
        "spec.toml:1:1 E103 the TOML does not parse: Something newer",
    ]


# --- bounds ---


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 63 + "]" * 63,
        ".".join("a" * 64) + " = 1",
        "[" + ".".join("a" * 63) + "]",
        "[[" + ".".join("a" * 62) + "]]",
    ],
)
def test_64_levels_are_read(text: str) -> None:
    read_toml(text, "spec.toml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = " + "[" * 64 + "]" * 64, "1:68"),
        ("a = " + "{a = " * 64 + "1" + "}" * 64, "1:320"),
        (".".join("a" * 65) + " = 1", "1:127"),
        ("[" + ".".join("a" * 64) + "]", "1:1"),
        ("[[" + ".".join("a" * 63) + "]]", "1:1"),
        ("[[a]]\n" * 2 + "[a.b]\n" + ".".join("a" * 62) + " = 1", "4:121"),
        ("a = " + "[" * 1_000_000, "1:68"),
        ("a = " + "{a=" * 1_000_000, "1:194"),
        ("a." * 100_000 + "a = 1", "1:127"),
    ],
    ids=["list", "table", "key", "header", "list header", "below a header", "brackets", "braces", "dots"],
)
def test_E107_levels(text: str, place: str) -> None:
    assert complaints(text) == [f"{place} E107 the value is nested more than 64 levels deep"]


def test_E107_nodes() -> None:
    read_toml("a = [" + "1," * 199_998 + "]", "spec.toml")
    said = complaints("a = [" + "1," * 199_999 + "]")
    assert said == ["1:400002 E107 the document has more than 200,000 keys and values"]
