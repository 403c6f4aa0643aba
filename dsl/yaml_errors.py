"""What a YAML parser says about a text that it cannot parse, said for the people who write specs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import yaml

from migspec.dsl.source import Mark
from migspec.dsl.strictness import named, write_quoted

# Code, message, mark, hint: the arguments of Findings.stop.
Explanation = tuple[str, str, Mark, str]


class Trouble(NamedTuple):
    """A parser's complaint. `at` is where it gave up, `since` where the thing began that it was reading."""

    problem: str
    context: str
    at: Mark
    since: Mark
    lines: Sequence[str]

    def rest(self, mark: Mark) -> str:
        """Give what stands at a mark, to the end of its line or to its comment."""
        return re.split(r"\s+#", self.lines[mark[0] - 1][mark[1] - 1 :], maxsplit=1)[0].rstrip()

    def word(self, mark: Mark) -> str:
        """Give the text that was meant as one value at a mark: in brackets it ends with the item."""
        before = self.lines[mark[0] - 1][: mark[1] - 1]
        bracketed = len(re.findall(r"[\[{]", before)) > len(re.findall(r"[\]}]", before))
        rest = self.rest(mark)
        return rest[:1] + re.split(r"[,\[\]{}]", rest[1:], maxsplit=1)[0].rstrip() if bracketed else rest


def explain(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> Explanation:
    """Give code, sentence, mark and hint for an error of libyaml, or of the parser in Python."""
    at = _mark(error.problem_mark or error.context_mark, lines)
    since = _mark(error.context_mark or error.problem_mark, lines)
    trouble = Trouble(str(error.problem), str(error.context or ""), at, since, lines)
    for pattern, explanation in _EXPLANATIONS:
        if re.search(pattern, f"{trouble.context}: {trouble.problem}"):
            return explanation(trouble)
    return "E103", f"the YAML does not parse: {trouble.problem}", at, ""


def _mark(mark: yaml.Mark | None, lines: Sequence[str]) -> Mark:
    """Give a parser's mark; for the blank end of a text, the end of what is written."""
    last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    if mark is None or mark.line > last:
        return last + 1, max(1, len(lines[last].rstrip())), 1
    return mark.line + 1, mark.column + 1, 1


def _unclosed_quote(trouble: Trouble) -> Explanation:
    quote = trouble.rest(trouble.since)[:1]
    return "E103", "the quoted text that begins here has no end", trouble.since, f"close it with {quote}"


def _tab(trouble: Trouble) -> Explanation:
    return "E103", "a tab stands where YAML wants spaces", trouble.at, "indent with spaces"


def _first_character(trouble: Trouble) -> Explanation:
    mark = trouble.since if "alphabetic" in trouble.problem else trouble.at
    text = trouble.word(mark)
    if text[:1] in ("", "\t"):
        return _tab(trouble)
    return "E103", f"text without quotes cannot begin with {named(text[0])}", mark, write_quoted(text)


def _colon(trouble: Trouble) -> Explanation:
    """A colon makes a key where none may stand: a space was left out before, or a value holds ': '."""
    line, column, _ = trouble.at
    missing = _missing_space(trouble, line - 1) if line > 1 else None
    if missing:
        return missing
    before = re.fullmatch(r"(\s*(?:- +)*[^\s:#][^:]*: +)(.*)", trouble.lines[line - 1][: column - 1])
    if before:
        start = len(before[1]) + 1
        text = trouble.rest((line, start, 1))
        mark = (line, start, len(text))
        return "E103", "text without quotes cannot hold ': '", mark, write_quoted(text)
    hint = "align it with the keys of its mapping; a key that has a value on its line cannot have keys below it"
    return "E103", "a key cannot stand at this indentation", (line, max(1, column - 1), 1), hint


def _colon_in_brackets(trouble: Trouble) -> Explanation:
    hint = "write a space after it, or put the text in quotes"
    return "E103", "a colon stands in brackets without a space after it", trouble.at, hint


def _no_colon(trouble: Trouble) -> Explanation:
    missing = _missing_space(trouble, trouble.since[0])
    if missing:
        return missing
    line, column, _ = trouble.since
    text = trouble.rest(trouble.since)
    hint = f"write {named(text + ': ...')} for a key; indent the line if it goes on with the text above"
    return "E103", f"{named(text)} has no colon after it", (line, column, max(1, len(text))), hint


def _missing_space(trouble: Trouble, line: int) -> Explanation | None:
    """Find `key:value` at the beginning of a line. Not `a::b` or `https://`."""
    found = re.match(r"(\s*(?:- +)*)(\w+|'\w+'|\"\w+\"):([^\s:/].*)", trouble.lines[line - 1])
    if not found:
        return None
    mark = (line, found.end(1) + 1, len(found[2]) + 1)
    hint = f"write {named(f'{found[2]}: {found[3].rstrip()}')}"
    return "E103", f"a space is missing after {named(found[2] + ':')}", mark, hint


def _block(trouble: Trouble) -> Explanation:
    """Something stands where the next key of a mapping or the next item of a list should."""
    line, column, _ = trouble.at
    before = trouble.lines[line - 1][: column - 1].rstrip()
    text = trouble.rest(trouble.at)
    missing = _missing_space(trouble, line)
    if missing:
        return missing
    if before.endswith(("'", '"')):
        hint = f"put the whole value in quotes; inside them a {before[-1]} is written {_doubled(before[-1])}"
        return "E103", "the line goes on after the closing quote", trouble.at, hint
    if text.startswith(":"):
        return _no_key(trouble)
    if text[:1] in ("]", "}"):
        return "E103", f"the bracket {text[0]} closes nothing", trouble.at, "delete it"
    if "collection" in trouble.context:
        hint = "indent it like the keys of the item that it belongs to, or begin it with '- '"
        return "E103", "a key stands between the items of a list", trouble.at, hint
    if text[:2] in ("-", "- "):
        hint = "indent it below the key whose list it is in, or write it as 'key: value'"
        return "E103", "a list item stands between the keys of a mapping", trouble.at, hint
    hint = "align it with the keys of the mapping that it belongs to"
    return "E103", "the indentation of this line fits none above it", trouble.at, hint


def _no_key(trouble: Trouble) -> Explanation:
    return "E111", "the key before ':' is missing", trouble.at, "write it, or put the text in quotes"


def _doubled(quote: str) -> str:
    return "''" if quote == "'" else '\\"'


def _flow(trouble: Trouble) -> Explanation:
    """A bracket is not closed, or a comma is missing."""
    opening = trouble.rest(trouble.since)[:1]
    closing = {"[": "]", "{": "}"}.get(opening, "]")
    text = trouble.rest(trouble.at)
    if trouble.at[0] != trouble.since[0] or not text or text[0] not in ":'\"[{":
        return "E103", f"the {opening} that begins here is not closed", trouble.since, f"close it with {closing}"
    if text[0] == ":":
        hint = "put text that holds ': ' in quotes"
        return "E103", "a second colon stands in one entry", trouble.at, hint
    return "E103", f"',' or '{closing}' is missing before this", trouble.at, "write ',' between two entries"


def _no_value(trouble: Trouble) -> Explanation:
    text = trouble.rest(trouble.at)
    if text.startswith(":"):
        return _no_key(trouble)
    if text[:1] == "," and "flow" in trouble.context:
        return "E103", "there is no value before the comma", trouble.at, "delete the comma"
    if "flow" in trouble.context:
        return "E103", "a bracket is not closed", trouble.at, "close it at the end of its list or mapping"
    return _first_character(trouble)


def _item(trouble: Trouble) -> Explanation:
    text = trouble.rest(trouble.at)
    hint = f"begin the list on the next line, or {write_quoted(text)} if it is text"
    return "E103", "a list cannot begin on the line of its key", trouble.at, hint


def _escape(trouble: Trouble) -> Explanation:
    hint = r"write \\ for a backslash, or use single quotes, in which it is a character like any other"
    return "E103", "a backslash in double quotes begins an escape, and this is none", trouble.at, hint


def _header(trouble: Trouble) -> Explanation:
    sign = trouble.rest(trouble.since)[:1]
    hint = f"write '{sign}' alone and the text, indented, on the next line"
    return "E103", f"nothing but a comment may follow '{sign}' on its line", trouble.at, hint


def _document_end(trouble: Trouble) -> Explanation:
    missing = _missing_space(trouble, trouble.at[0])
    if missing:
        return missing
    hint = "align it with the first key; a spec is one mapping"
    return "E103", "the document has ended before this line", trouble.at, hint


def _tag(trouble: Trouble) -> Explanation:
    text = trouble.rest(trouble.since)
    return "E105", "tags are not part of the language", trouble.since, f"{write_quoted(text)} if it is text"


def _directive(trouble: Trouble) -> Explanation:
    return "E105", "directives are not part of the language", trouble.since, "delete the line that begins with %"


# In the words of libyaml and of PyYAML's own parser.
_EXPLANATIONS: tuple[tuple[str, Callable[[Trouble], Explanation]], ...] = (
    ("quoted scalar: found unexpected (end of stream|document)", _unclosed_quote),
    (r"tab character|character '\\t'", _tab),
    ("cannot start any token|(alias|anchor): .*alphabetic", _first_character),
    ("mapping values are not allowed", _colon),
    ("plain scalar: found unexpected ':'", _colon_in_brackets),
    ("could not find expected ':'", _no_colon),
    ("a block (mapping|collection)", _block),
    ("a flow (mapping|sequence)", _flow),
    ("node content", _no_value),
    ("sequence entries are not allowed", _item),
    ("mapping keys are not allowed", _first_character),
    ("escape|hexa?decimal", _escape),
    ("block scalar: .*(comment|indicators)", _header),
    ("directive|incompatible YAML", _directive),
    (" tag[: ]", _tag),
    ("<document start>", _document_end),
)
