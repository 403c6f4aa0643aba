"""What a person reads: the sentence, the source line with a caret, the hint; and their order."""

from __future__ import annotations

import pytest

from migspec.dsl.codes import CODES
from migspec.dsl.diagnostics import LONGEST_LINE, Diagnostic, Place, SpecError, in_order, nearest, render


def rendered(text: str, column: int, width: int = 1, hint: str = "", line: int = 7) -> str:
    return render(Diagnostic("E103", "wrong", Place("spec.yaml", line, column, width, text), hint))


def carets(text: str, column: int, width: int = 1) -> tuple[str, str]:
    """Give the shown source line and the line of carets, without the line numbers."""
    _, shown, under = rendered(text, column, width).split("\n")
    return shown.removeprefix("  7 | "), under.removeprefix("    | ")


def test_a_complaint_with_everything() -> None:
    assert rendered("  app: shop", 8, 4, "write 'x',\nor 'y'", line=12) == (
        "spec.yaml:12:8 E103 wrong\n"
        "  12 |   app: shop\n"
        "     |        ^^^^\n"
        "  hint: write 'x',\n"
        "        or 'y'"
    )


@pytest.mark.parametrize("text", ["", "   "])
def test_without_a_source_line(text: str) -> None:
    assert rendered(text, 1) == "spec.yaml:7:1 E103 wrong"


@pytest.mark.parametrize(
    ("text", "column", "width", "shown", "under"),
    [
        ("a: b  ", 4, 1, "a: b", "   ^"),
        ("a: b", 4, 99, "a: b", "   ^"),
        ("a:", 3, 1, "a:", "  ^"),
        ("a:", 9, 1, "a:", "  ^"),
        ("\ta:\tb", 5, 1, "\ta:\tb", "\t  \t^"),
        ("é: üß", 4, 2, "é: üß", "   ^^"),
        ("日本: 語 x", 5, 1, "日本: 語 x", "      ^^"),
        ("日本: 語 x", 7, 1, "日本: 語 x", "         ^"),
        ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
        ("a\x1b[31m: x", 9, 1, "a\N{REPLACEMENT CHARACTER}[31m: x", "        ^"),
        ("a\u202eb: x", 6, 1, "a\N{REPLACEMENT CHARACTER}b: x", "     ^"),
    ],
)
def test_the_caret_stands_below_the_place(text: str, column: int, width: int, shown: str, under: str) -> None:
    assert carets(text, column, width) == (shown, under)


@pytest.mark.parametrize("column", [1, 50, 200, 500, 996, 1000])
def test_of_a_long_line_only_a_part_is_shown(column: int) -> None:
    text = "".join(chr(ord("a") + index % 26) for index in range(1000))
    shown, under = carets(text, column, 3)
    assert len(shown) <= LONGEST_LINE + 6
    token = shown[under.index("^") : under.rindex("^") + 1]
    assert token == text[column - 1 : column + 2]
    assert shown.startswith("...") or text.startswith(shown.removesuffix("..."))
    assert shown.endswith("...") or text.endswith(shown.removeprefix("..."))


def test_a_very_wide_place_ends_with_what_is_shown() -> None:
    shown, under = carets("x" * 1000, 2, 900)
    assert len(under) <= len(shown)


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="E999"):
        Diagnostic("E999", "wrong", Place("spec.yaml"))


def test_an_error_says_all_of_it() -> None:
    one, two = (Diagnostic("E104", message, Place("spec.yaml")) for message in ("one", "two"))
    error = SpecError(one, two)
    assert error.diagnostics == (one, two)
    assert str(error) == "spec.yaml:1:1 E104 one\nspec.yaml:1:1 E104 two"


def test_order_is_by_file_and_place_and_nothing_is_said_twice() -> None:
    def at(file: str, line: int, column: int, code: str = "E104") -> Diagnostic:
        return Diagnostic(code, "wrong", Place(file, line, column))

    expected = [at("a", 1, 2), at("a", 1, 10), at("a", 2, 1, "E103"), at("a", 2, 1), at("a", 10, 1), at("b", 1, 1)]
    assert in_order([*reversed(expected), *expected]) == expected


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("nulable", "did you mean 'nullable'?"),
        ("Nullable", "did you mean 'nullable'?"),
        ("NULLABLE", "did you mean 'nullable'?"),
        ("xyz", ""),
        ("", ""),
        ("nullable" * 1000, ""),
    ],
)
def test_nearest(word: str, hint: str) -> None:
    assert nearest(word, ["type", "nullable", "max_length"]) == hint


def test_nearest_of_nothing() -> None:
    assert nearest("word", []) == ""


def test_codes_stand_in_order() -> None:
    assert list(CODES) == sorted(CODES)
