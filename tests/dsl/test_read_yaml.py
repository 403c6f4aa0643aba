"""YAML as the language has it: what is read, where it stands, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
import yaml

from migspec.dsl import read_yaml as module
from migspec.dsl.diagnostics import SpecError
from migspec.dsl.read_yaml import read_yaml
from migspec.dsl.source import Marks, WrittenFloat
from migspec.dsl.yaml_errors import explain


def value(text: str) -> Any:
    return read_yaml(f"key: {text}", "spec.yaml").data["key"]


def complaints(text: str) -> list[str]:
    """Give each complaint as `line:column CODE message`."""
    with pytest.raises(SpecError) as caught:
        read_yaml(text, "spec.yaml")
    return [str(diagnostic).removeprefix("spec.yaml:") for diagnostic in caught.value.diagnostics]


def hints(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read_yaml(text, "spec.yaml")
    return [diagnostic.hint for diagnostic in caught.value.diagnostics]


# --- values ---


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL", "# nothing but a comment"])
def test_nothing(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False)],
)
def test_truth(text: str, read: bool) -> None:
    assert value(text) is read


@pytest.mark.parametrize(
    ("text", "read"), [("0", 0), ("12", 12), ("-7", -7), ("+3", 3), ("-0", 0), ("9" * 40, int("9" * 40))]
)
def test_integers(text: str, read: int) -> None:
    assert value(text) == read
    assert type(value(text)) is int


@pytest.mark.parametrize("text", ["3.10", "-0.5", "1e3", "1.5E-7", "+2.50", "0.0", "1.", ".5", "1e-999"])
def test_fractions_remember_their_digits(text: str) -> None:
    read = value(text)
    assert type(read) is WrittenFloat
    assert read == float(text)
    assert Decimal(read.written) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        *("NO", "no", "yes", "Yes", "on", "Off", "y", "n", "nULL", "tRUE", "none", "None"),
        *("2024-01-02", "2024-01-02 10:00:00", "2024-01-02T10:00:00Z", "22:22", "1:30:00"),
        *("1.2.3", "10%", "1 2", "-id", "+x", "...x", "1e", "e3", "0xZZ", "0b12", "1_a", "inf", "nan", "="),
        *("0002_homeaddress", "accounts.Address", "a:b", "https://example.org/#x", "a#b", "it's", "<<", "?x", "-x"),
        *("Größe", "日本", "😀"),
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("'null'", "null"),
        ('"true"', "true"),
        ("'010'", "010"),
        ("'it''s'", "it's"),
        (r'"\u00e9\n\x41"', "é\nA"),
        ("one\n  two", "one two"),
        ("|\n  a\n   b\n", "a\n b\n"),
        ("|-  # comment\n  a\n", "a"),
        (">\n  a\n  b\n\n  c\n", "a b\nc\n"),
        ("''", ""),
    ],
)
def test_quoted_and_block_text(text: str, read: str) -> None:
    assert value(text) == read


@pytest.mark.parametrize(
    "key", ["on", "1", "1.5", "true", "010", "0x1F", "2024-01-02", "22:22", "a b", "=", "'null'", '"<<"']
)
def test_keys_are_text(key: str) -> None:
    assert read_yaml(f"{key}: 1", "spec.yaml").data == {key.strip("'\""): 1}


@pytest.mark.parametrize("text", ["%YAML 1.2\n---\na: 1\n...\n", "---\na: 1\n", "a: 1\n...\n", "{a: 1}", "? a\n: 1\n"])
def test_ways_to_write_one_document(text: str) -> None:
    assert read_yaml(text, "spec.yaml").data == {"a": 1}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    source = read_yaml(end.join(["é: ü", "# ö", "a: |", "  x", "  y", "b: [1,", "  2]"]), "spec.yaml")
    assert source.data == {"é": "ü", "a": "x\ny\n", "b": [1, 2]}
    assert source.place(("b", 1)).text == "  2]"
    assert source.place(("b", 1)).line == 7


# --- places ---

SPEC = """\
# a comment
app: höme  # and another
steps:
  - add_field: Home.address
    field: {type: CharField, "länge": 'ß', nullable: }
  - [1, {x: "a
      b"}]
code: |  # comment
  x = 1
last:
"""


@pytest.mark.parametrize(
    ("path", "line", "column", "width"),
    [
        ((), 2, 1, 3),
        (("app",), 2, 6, 4),
        (("steps",), 4, 3, 1),
        (("steps", 0), 4, 5, 9),
        (("steps", 0, "add_field"), 4, 16, 12),
        (("steps", 0, "field"), 5, 12, 43),
        (("steps", 0, "field", "länge"), 5, 39, 3),
        (("steps", 0, "field", "nullable"), 5, 54, 1),
        (("steps", 1), 6, 5, 10),
        (("steps", 1, 1), 6, 9, 6),
        (("steps", 1, 1, "x"), 6, 13, 2),
        (("code",), 8, 7, 1),
        (("last",), 10, 6, 1),
        (("steps", 7, "x"), 4, 3, 1),
        (("nowhere",), 2, 1, 3),
    ],
)
def test_place_of_a_value(path: tuple[str | int, ...], line: int, column: int, width: int) -> None:
    place = read_yaml(SPEC, "spec.yaml").place(path)
    assert (place.line, place.column, place.width) == (line, column, width)
    assert place.text == SPEC.split("\n")[line - 1]


@pytest.mark.parametrize(
    ("path", "line", "column", "width"),
    [
        (("app",), 2, 1, 3),
        (("steps",), 3, 1, 5),
        (("steps", 0, "field", "länge"), 5, 30, 7),
        (("steps", 0), 4, 5, 9),
        (("steps", 0, "unknown"), 4, 5, 9),
    ],
)
def test_place_of_a_key(path: tuple[str | int, ...], line: int, column: int, width: int) -> None:
    place = read_yaml(SPEC, "spec.yaml").place(path, key=True)
    assert (place.line, place.column, place.width) == (line, column, width)


# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("010", 'write 10 for the number, "010" for the text'),
        ("-007", 'write -7 for the number, "-007" for the text'),
        ("00", 'write 0 for the number, "00" for the text'),
        ("01.50", 'write 1.50 for the number, "01.50" for the text'),
        ("1_000", 'write 1000 for the number, "1_000" for the text'),
        ("1_000.5", 'write 1000.5 for the number, "1_000.5" for the text'),
        ("0x1F", 'write 31 for the number, "0x1F" for the text'),
        ("-0o17", 'write -15 for the number, "-0o17" for the text'),
        ("0b101", 'write 5 for the number, "0b101" for the text'),
        (".inf", 'write ".inf" if it is text'),
        ("-.INF", 'write "-.INF" if it is text'),
        (".NaN", 'write ".NaN" if it is text'),
        ("1e999", 'write "1e999"'),
        ("9" * 5000, "put it in quotes"),
        ("0" * 5000, "put it in quotes"),
        ("0x" + "F" * 5000, "put it in quotes"),
    ],
)
def test_E108_numbers_that_readers_understand_differently(text: str, hint: str) -> None:
    assert [said[:8] for said in complaints(f"key: {text}")] == ["1:6 E108"]
    assert hints(f"key: {text}") == [hint]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1 E104 the key 'a' stands twice, first on line 1"),
        ("a: {b: 1, 'b': 2}\n", "1:11 E104 the key 'b' stands twice, first on line 1"),
        ("1: x\n'1': y\n", "2:1 E104 the key '1' stands twice, first on line 1"),
        ("a: &x 1\n", "1:4 E105 '&x' is an anchor, and not part of the language"),
        ("a: &x {b: 1}\n", "1:4 E105 '&x' is an anchor, and not part of the language"),
        ("&x a: 1\n", "1:1 E105 '&x' is an anchor, and not part of the language"),
        ("a: *x\n", "1:4 E105 '*x' is an alias, and not part of the language"),
        ("*x : 1\n", "1:1 E105 '*x' is an alias, and not part of the language"),
        ("a: !!str 1\n", "1:4 E105 '!!str' is a tag, and not part of the language"),
        ("a: ! x\n", "1:4 E105 '!' is a tag, and not part of the language"),
        ("a: !python/object:x {}\n", "1:4 E105 '!python/object:x' is a tag, and not part of the language"),
        ("a: !\n  - 1\n", "1:4 E105 '!' is a tag, and not part of the language"),
        ("a: !e!x y\n", "1:4 E105 tags are not part of the language"),
        ("<<: {a: 1}\n", "1:1 E105 merge keys are not part of the language"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", "1:1 E105 %TAG is not part of the language"),
        ("%NEW x\n---\na: 1\n", "1:1 E105 directives are not part of the language"),
        ("%YAML 1.1\n---\na: 1\n", "1:1 E103 a spec is YAML 1.2, not 1.1"),
        ("a: 1\n---\nb: 2\n", "2:1 E106 a second document begins here"),
        ("null: 1\n", "1:1 E111 the key 'null' without quotes is no text but YAML's null"),
        ("a: {~: 1}\n", "1:5 E111 the key '~' without quotes is no text but YAML's null"),
        ("?\n", "1:2 E111 the key before ':' is missing"),
        ("a: {: 1}\n", "1:5 E111 the key before ':' is missing"),
        (": 1\n", "1:1 E111 the key before ':' is missing"),
        ("? [a, b]\n: 1\n", "1:3 E111 a key is text, not a list or a mapping"),
        ("{{a: 1}: 2}\n", "1:2 E111 a key is text, not a list or a mapping"),
        ("", "1:1 E110 the file holds no spec"),
        ("# nothing\n\n", "1:1 E110 the file holds no spec"),
        ("---\n", "2:1 E110 the file holds no spec"),
        ("~\n", "1:1 E110 the file holds no spec"),
        ("- a\n", "1:1 E110 the document is a list"),
        ("app:homes\n", "1:1 E110 the document is a single value"),
        ("0\n", "1:1 E110 the document is a single value"),
    ],
)
def test_refused(text: str, said: str) -> None:
    assert complaints(text) == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("app:homes\nafter: x\n", "1:1 E103 a space is missing after 'app:'"),
        ("app: homes\nafter:x\nb: c\n", "2:1 E103 a space is missing after 'after:'"),
        ("steps:\n  - add_field:Home.a\n    field: x\n", "2:5 E103 a space is missing after 'add_field:'"),
        ("a: {type:CharField}\n", "1:5 E103 a space is missing after 'type:'"),
        ("'a':b\n", "1:1 E103 a space is missing after \"'a':\""),
        ("a: Note: this\n", "1:4 E103 text without quotes cannot hold ': '"),
        ("  - a: x, y: z  # c\n", "1:8 E103 text without quotes cannot hold ': '"),
        ("a: @x\n", "1:4 E103 text without quotes cannot begin with '@'"),
        ("a: `x`\n", "1:4 E103 text without quotes cannot begin with '`'"),
        ("a: %x\n", "1:4 E103 text without quotes cannot begin with '%'"),
        ("a: *\n", "1:4 E103 text without quotes cannot begin with '*'"),
        ("a: & b\n", "1:4 E103 text without quotes cannot begin with '&'"),
        ("a: ,b\n", "1:4 E103 text without quotes cannot begin with ','"),
        ("a: ? b\n", "1:4 E103 text without quotes cannot begin with '?'"),
        ("a: 'x\nb: 1\n", "1:4 E103 the quoted text that begins here has no end"),
        ('a: "x\n---\ny"\n', "1:4 E103 the quoted text that begins here has no end"),
        ("a: 'it's'\n", "1:8 E103 the line goes on after the closing quote"),
        ("a: [1, 2\nb: 1\n", "1:4 E103 the [ that begins here is not closed"),
        ("a: {x: 1\nb: 1\n", "1:4 E103 the { that begins here is not closed"),
        ("a: {x: 1]\n", "1:4 E103 the { that begins here is not closed"),
        ("[\n", "1:1 E103 a bracket is not closed"),
        ("a: {x: {y: 1}}}\n", "1:15 E103 the bracket } closes nothing"),
        ("a: [1,,2]\n", "1:7 E103 there is no value before the comma"),
        ("a: ['x' 'y']\n", "1:9 E103 ',' or ']' is missing before this"),
        ("a: {b:}\n", "1:6 E103 a colon stands in brackets without a space after it"),
        ("a: {b: c: d}\n", "1:9 E103 a second colon stands in one entry"),
        ("a: 1\nb:2\nc: 3\n", "2:1 E103 a space is missing after 'b:'"),
        ("a: 1\n'b':2\nc: 3\n", "2:1 E103 a space is missing after \"'b':\""),
        ("a: 1\n  b: 2\n", "2:3 E103 a key cannot stand at this indentation"),
        ("a:\n    b: 1\n  c: 2\n", "3:3 E103 the indentation of this line fits none above it"),
        ("a:\n  - 1\n  b: 2\n", "3:3 E103 a key stands between the items of a list"),
        ("a:\n  b: 2\n  - 1\n", "3:3 E103 a list item stands between the keys of a mapping"),
        ("a: - b\n", "1:4 E103 a list cannot begin on the line of its key"),
        ("a:\n\tb: 1\n", "2:1 E103 a tab stands where YAML wants spaces"),
        ("a: |\n\tx\n", "2:1 E103 a tab stands where YAML wants spaces"),
        ("a: b\nc\nd: 1\n", "2:1 E103 'c' has no colon after it"),
        ('a: "\\d"\n', "1:5 E103 a backslash in double quotes begins an escape, and this is none"),
        ('a: "\\u12"\n', "1:7 E103 a backslash in double quotes begins an escape, and this is none"),
        ('a: "\\ud800"\n', "1:7 E103 a backslash in double quotes begins an escape, and this is none"),
        ("a: |x\n  y\n", "1:5 E103 nothing but a comment may follow '|' on its line"),
        (" a: 1\nb: 2\n", "2:1 E103 the document has ended before this line"),
        ("é: 'ü\x07'\n", "1:6 E103 the character U+0007 cannot stand in YAML"),
        ("a: x\x85y\n", "1:5 E103 the character U+0085 cannot stand in YAML"),
        ("a: x\nb: \u2028\n", "2:4 E103 the character U+2028 cannot stand in YAML"),
        ("a: \ufeffx\n", "1:4 E103 the character U+FEFF cannot stand in YAML"),
    ],
)
def test_E103_in_the_words_of_people(text: str, said: str) -> None:
    assert complaints(text) == [said]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: @x y  # c\n", 'write "@x y"'),
        ("a: {b: %x, c: 1}\n", 'write "%x"'),
        ("a: [[1], @x]\n", 'write "@x"'),
        ("a: [1] @x, y\n", 'write "@x, y"'),
        ("a: x, y: z  # c\n", 'write "x, y: z"'),
        ("a: 'it's'\n", "put the whole value in quotes; inside them a ' is written ''"),
        ("a: *x\n", 'repeat the value, or write "*x" if it is text'),
        ("a:b\nc: 1\n", "write 'a: b'"),
        ("a: " + "@" * 100, "put it in quotes"),
    ],
)
def test_hints_can_be_pasted(text: str, hint: str) -> None:
    assert hints(text) == [hint]


def test_everything_wrong_is_said_at_once() -> None:
    text = "a: 010\nb: &x 1\na: !!str 2\nc: {null: 1, d: 0x1, d: 2}\n<<: {}\ne: 'open\n"
    assert [said.split()[:2] for said in complaints(text)] == [
        ["1:4", "E108"],
        ["2:4", "E105"],
        ["3:1", "E104"],
        ["3:4", "E105"],
        ["4:5", "E111"],
        ["4:17", "E108"],
        ["4:22", "E104"],
        ["5:1", "E105"],
        ["6:4", "E103"],
    ]


def test_what_pyyaml_may_say_one_day_is_passed_on() -> None:
    error = yaml.MarkedYAMLError(None, None, "something new", yaml.Mark("", 0, 0, 3, "", 0))
    assert explain(error, ["a: 1"]) == ("E103", "the YAML does not parse: something new", (1, 4, 1), "")


# --- bounds ---


def test_64_levels_are_read() -> None:
    read_yaml("a: " + "[" * 63 + "]" * 63, "spec.yaml")
    read_yaml("\n".join("  " * level + "a:" for level in range(64)), "spec.yaml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: " + "[" * 64 + "]" * 64, "1:67"),
        ("\n".join("  " * level + "a:" for level in range(65)), "65:129"),
        ("[" * 1_000_000, "1:65"),
        ("- " * 1_000_000, "1:129"),
    ],
    ids=["flow", "block", "many brackets", "many dashes"],
)
def test_E107_levels(text: str, place: str) -> None:
    assert complaints(text) == [f"{place} E107 the value is nested more than 64 levels deep"]


def test_many_braces_end_at_the_bound() -> None:
    assert complaints("{" * 1_000_000)[-1] == "1:65 E107 the value is nested more than 64 levels deep"


def test_E107_nodes() -> None:
    read_yaml("a: [" + "1," * 199_997 + "]", "spec.yaml")
    said = complaints("a: [" + "1," * 199_998 + "]")
    assert said == ["1:399999 E107 the document has more than 200,000 keys and values"]


# --- without libyaml ---


@pytest.fixture
def pure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOADER", yaml.BaseLoader)


@pytest.mark.usefixtures("pure")
def test_the_parser_in_python_gives_the_same() -> None:
    # The two differ by a column in where an empty value in brackets stands.
    spec = SPEC.replace(", nullable: ", "")
    source = read_yaml(spec, "spec.yaml")
    assert source.data["steps"][0]["field"] == {"type": "CharField", "länge": "ß"}

    def flat(marks: Marks) -> list[object]:
        members = marks.members.values() if isinstance(marks.members, dict) else marks.members or []
        return [marks.mark, marks.keys, *map(flat, members)]

    pure_marks = flat(source.marks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LOADER", yaml.CBaseLoader)
        assert flat(read_yaml(spec, "spec.yaml").marks) == pure_marks


@pytest.mark.usefixtures("pure")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: @x\n", "1:4 E103 text without quotes cannot begin with '@'"),
        ("a:\n\tb: 1\n", "2:1 E103 a tab stands where YAML wants spaces"),
        ("a: Note: this\n", "1:4 E103 text without quotes cannot hold ': '"),
        ("a: b\nc\nd: 1\n", "2:1 E103 'c' has no colon after it"),
        ("a: [1, 2\nb: 1\n", "1:4 E103 the [ that begins here is not closed"),
        ("a: 'it's'\n", "1:8 E103 the line goes on after the closing quote"),
        ("a:\n  - 1\n  b: 2\n", "3:3 E103 a key stands between the items of a list"),
        ("a: - b\n", "1:4 E103 a list cannot begin on the line of its key"),
        ('a: "\\d"\n', "1:6 E103 a backslash in double quotes begins an escape, and this is none"),
        ("a: |x\n  y\n", "1:5 E103 nothing but a comment may follow '|' on its line"),
        ("a: !x!y z\n", "1:4 E105 tags are not part of the language"),
        ('a: "\\UFFFFFFFF"\n', "1:7 E103 a number in an escape or in %YAML is beyond all bounds"),
        ("[" * 100_000, "1:65 E107 the value is nested more than 64 levels deep"),
    ],
)
def test_the_parser_in_python_is_understood(text: str, said: str) -> None:
    assert complaints(text) == [said]


def test_pyyaml_without_libyaml_is_enough() -> None:
    code = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from migspec.dsl.read_yaml import read_yaml\n"
        "import yaml; assert not yaml.__with_libyaml__\n"
        "assert read_yaml('a: {b: [1, x]}', 'spec.yaml').data == {'a': {'b': [1, 'x']}}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
