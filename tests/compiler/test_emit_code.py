"""The small tools that build code: whatever text the author writes stays text."""

from __future__ import annotations

import ast
import datetime
import decimal
import uuid
from typing import Any

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migspec.compiler.emit.code import (
    CannotEmit,
    code_of,
    comment,
    docstring,
    keywords,
    literal,
    message,
    one_line,
    plain,
)
from migspec.compiler.emit.local import plural, snake
from migspec.dsl.expressions import parse

texts = st.text() | st.sampled_from(
    ['"', '"""', "\\", 'ends with "', "{x}", "%s", "a\nb", "\r", "\x00", "\u2028", "''' "]
)


@given(st.lists(texts.filter(lambda text: one_line(text)), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_a_docstring_is_one_string(paragraphs: list[str]) -> None:
    text = docstring(paragraphs)
    body = "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
    (function,) = ast.parse(f"def f():\n{body}\n    pass\n").body
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 2
    found = ast.get_docstring(function) or ""
    said = " ".join(one_line(paragraph) for paragraph in paragraphs)
    assert "".join(found.split()) == "".join(said.split())


@given(texts, st.lists(st.integers()))
@settings(max_examples=300, deadline=None)
def test_a_message_says_what_it_was_given(text: str, values: list[int]) -> None:
    names: dict[str, Any] = {"values": values}
    exec(f"said = {message(text, 'values').text}", names)  # noqa: S102 (that is what the test is about)
    assert one_line(names["said"]) == one_line(f"{text}: {values}")


@given(texts)
@settings(max_examples=300, deadline=None)
def test_a_comment_is_only_a_comment(text: str) -> None:
    assert ast.parse(comment(text).text).body == []


def test_a_long_docstring_is_wrapped() -> None:
    assert docstring(["Set Home.address."]) == '"""Set Home.address."""'
    assert (
        docstring(["Set Home.address.", "Best effort: new ids."])
        == '"""Set Home.address.\n\nBest effort: new ids.\n"""'
    )
    long = docstring(["word " * 30])
    assert all(len(line) <= 84 for line in long.split("\n"))
    assert long.endswith('\n"""')


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.just(datetime.UTC))
    | st.timedeltas()
    | st.uuids(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@given(values)
@settings(max_examples=300, deadline=None)
def test_a_literal_means_itself(value: Any) -> None:
    code = literal(value)
    assert "\n" not in code.text
    names: dict[str, Any] = {}
    exec("\n".join(sorted(code.imports)), names)  # noqa: S102
    found = eval(black.format_str(f"({code.text})", mode=black.Mode()), names)  # noqa: S307
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (decimal.Decimal("1.50"), "from decimal import Decimal"),
        (uuid.UUID(int=1), "import uuid"),
        ([datetime.date(2024, 1, 31)], "import datetime"),
    ],
)
def test_a_literal_brings_its_import(value: Any, line: str) -> None:
    assert literal(value).imports == {line}


def test_a_value_that_cannot_be_written() -> None:
    with pytest.raises(CannotEmit, match="Django cannot write"):
        literal(object())


def test_arguments_that_are_no_names() -> None:
    text = keywords([("a", plain("1")), ("data__some-key", plain("2")), ("class", plain("3"))]).text
    assert text == "a=1, **{'data__some-key': 2, 'class': 3}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("HomeAddress", "home_addresses"),
        ("Country", "countries"),
        ("Day", "days"),
        ("Status", "statuses"),
        ("Box", "boxes"),
        ("News", "news_rows"),
        ("URLPattern", "url_patterns"),
        ("Article_tags", "article_tags_rows"),
        ("OAuth2Token", "o_auth2_tokens"),
    ],
)
def test_the_plural_of_a_model(name: str, expected: str) -> None:
    assert plural(snake(name)) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("logging.root.getEffectiveLevel", "import logging"),  # an object with a lower-case name
        ("datetime.date.today", "import datetime"),  # a class with one
        ("os.path.sep.join", "import os.path"),
        ("uuid.uuid4", "import uuid"),
        ("nowhere.at_all.value", "import nowhere.at_all"),  # the guess that is left
    ],
)
def test_dotted_names_import_the_module_in_them(text: str, line: str) -> None:
    code = code_of(parse(text))
    assert (code.text, code.imports) == (text, {line})
