"""YAML as the language has it: the 1.2 core schema without anchors, aliases, tags and merge keys, in one document."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

import yaml
from yaml import events

from migspec.dsl.source import Mark, Marks, SourceFile
from migspec.dsl.strictness import NODES, Findings, named, quoted, write_quoted
from migspec.dsl.yaml_errors import explain

# Both give the same events; libyaml, which nearly every PyYAML is built with, ten times as fast.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_WORD = re.compile(r"\S+")
_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

# What YAML does not print, and what YAML 1.1 takes for a line break while editors and YAML 1.2 do not.
_UNREADABLE = re.compile("[^\t\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def read_yaml(text: str, shown: str) -> SourceFile:
    """Read a spec in YAML; `shown` is the file's name for messages. Raises SpecError with all that is wrong."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    findings = Findings(shown, text)
    _check_characters(findings)
    reading = _Reading(findings)
    loader = _LOADER(text)
    try:
        for event in iter(loader.get_event, None):
            reading.take[type(event)](event)
    except yaml.MarkedYAMLError as error:
        findings.stop(*explain(error, findings.lines))
    except (OverflowError, ValueError):
        # PyYAML's own parser lets these through; libyaml refuses such numbers by itself.
        mark = loader.get_mark()
        message = "a number in an escape or in %YAML is beyond all bounds"
        findings.stop("E103", message, (mark.line + 1, mark.column + 1, 1))
    finally:
        loader.dispose()
    data, marks = _document(reading.document, findings)
    findings.check()
    return SourceFile(shown, "yaml", text, data, marks)


def _check_characters(findings: Findings) -> None:
    found = _UNREADABLE.search(findings.text)
    if found:
        before = findings.text[: found.start()]
        mark = (before.count("\n") + 1, found.start() - before.rfind("\n"), 1)
        code = ord(found[0])
        escape = f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}"
        hint = f'delete it, or write it as "{escape}" in double quotes'
        findings.stop("E103", f"the character U+{code:04X} cannot stand in YAML", mark, hint)


def _document(document: _Sequence, findings: Findings) -> tuple[dict[str, Any], Marks]:
    """Give the one value of a document, which must be a mapping."""
    value, marks = (document.value[0], document.members[0]) if document.value else (None, Marks((1, 1, 1)))
    if not isinstance(value, dict):
        _refuse_document(value, marks.mark, findings)
    return value, marks


def _refuse_document(value: object, mark: Mark, findings: Findings) -> NoReturn:
    if value is None:
        findings.stop("E110", "the file holds no spec", mark, "begin with 'migspec: 1'")
    kind = "a list" if isinstance(value, list) else "a single value"
    hint = "a spec is a mapping: 'key: value' on each line, with a space after the colon"
    findings.stop("E110", f"the document is {kind}", mark, hint)


class _Sequence:
    """A list whose end is not reached. The document, too, is read as a list: of one value."""

    __slots__ = ("flow", "mark", "members", "value")
    keys = None

    def __init__(self, mark: Mark, flow: bool) -> None:
        self.value: list[Any] = []
        self.members: list[Marks] = []
        self.mark = mark
        self.flow = flow

    def put(self, value: Any, marks: Marks) -> None:
        self.value.append(value)
        self.members.append(marks)


class _Mapping:
    """A mapping whose end is not reached."""

    __slots__ = ("awaits_key", "flow", "key", "keys", "mark", "members", "value")

    def __init__(self, mark: Mark, flow: bool) -> None:
        self.value: dict[str, Any] = {}
        self.keys: dict[str, Mark] = {}
        self.members: dict[str, Marks] = {}
        self.mark = mark
        self.flow = flow
        self.key = ""
        self.awaits_key = True

    def put(self, value: Any, marks: Marks) -> None:
        self.value[self.key] = value
        self.members[self.key] = marks
        self.awaits_key = True

    def name(self, key: str) -> None:
        """Say whose value comes next."""
        self.key = key
        self.awaits_key = False


class _Reading:
    """One pass over the events of a text. Containers are kept in a list, so that depth costs no recursion."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.lines = findings.lines
        self.document = _Sequence((1, 1, 1), flow=False)
        self.begun = False
        self.top: _Sequence | _Mapping = self.document
        self.outer: list[_Sequence | _Mapping] = []
        self.nodes = 0
        self.take: dict[type[events.Event], Callable[[Any], None]] = {
            events.ScalarEvent: self.scalar,
            events.MappingStartEvent: self.open,
            events.MappingEndEvent: self.close,
            events.SequenceStartEvent: self.open,
            events.SequenceEndEvent: self.close,
            events.AliasEvent: self.alias,
            events.DocumentStartEvent: self.begin,
            events.DocumentEndEvent: self.skip,
            events.StreamStartEvent: self.skip,
            events.StreamEndEvent: self.skip,
        }

    # The events are Any, since in the stubs of PyYAML an event may lack its marks.
    def begin(self, event: Any) -> None:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1, 3)
        if self.begun:
            self.findings.stop("E106", "a second document begins here", mark, "give each spec a file of its own")
        self.begun = True
        if event.tags:
            self.findings.add("E105", "%TAG is not part of the language", mark, "delete the line")
        if event.version and event.version != (1, 2):
            version = ".".join(map(str, event.version))
            self.findings.add("E103", f"a spec is YAML 1.2, not {version}", mark, "delete the line that begins with %")

    def skip(self, event: Any) -> None:
        """An event without content."""

    def scalar(self, event: Any) -> None:
        top, mark = self.top, self.mark(event)
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(mark)
        if type(top) is _Mapping and top.awaits_key:
            self.key(top, event, mark)
        elif event.style:
            top.put(event.value, Marks(mark))
        else:
            top.put(self.plain(event.value, mark), Marks(mark))

    def key(self, mapping: _Mapping, event: Any, mark: Mark) -> None:
        key = event.value
        if not event.style and key in _CONSTANTS and _CONSTANTS[key] is None:
            self.refuse_null(key, mark)
        elif not event.style and key == "<<":
            hint = "write out the keys that it stands for"
            self.findings.add("E105", "merge keys are not part of the language", mark, hint)
        elif key in mapping.keys:
            self.findings.repeated(key, mark, mapping.keys[key])
        mapping.keys.setdefault(key, mark)
        mapping.name(key)

    def plain(self, text: str, mark: Mark) -> str | int | float | bool | None:
        """Give the value of text that stands without quotes."""
        if text in _CONSTANTS:
            if not text and type(self.top) is _Mapping and self.top.flow:
                self.check_space(self.top)
            return _CONSTANTS[text]
        if text[0] in "+-.0123456789":
            number = self.findings.number(text, mark)
            return text if number is None else number
        return text

    def open(self, event: Any) -> None:
        top, mark = self.top, self.mark(event)
        self.findings.check_levels(len(self.outer) + 1, mark)
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(mark)
        if type(top) is _Mapping and top.awaits_key:
            self.findings.add("E111", "a key is text, not a list or a mapping", mark, "put it in quotes if it is text")
            top.name("")
        container = _Mapping if type(event) is events.MappingStartEvent else _Sequence
        self.outer.append(top)
        self.top = container(mark, event.flow_style)

    def close(self, event: Any) -> None:
        done, self.top = self.top, self.outer.pop()
        mark = done.mark
        if done.flow:
            line, column, _ = mark
            mark = (line, column, self.width(event.end_mark, line, column))
        elif done.keys:
            # Without brackets a mapping begins with its first key.
            mark = next(iter(done.keys.values()))
        self.top.put(done.value, Marks(mark, done.keys, done.members))

    def alias(self, event: Any) -> None:
        top, mark = self.top, self.mark(event)
        alias = f"*{event.anchor}"
        hint = f"repeat the value, or {write_quoted(alias)} if it is text"
        self.findings.add("E105", f"{named(alias)} is an alias, and not part of the language", mark, hint)
        if type(top) is _Mapping and top.awaits_key:
            top.name("")
        else:
            top.put(None, Marks(mark))

    def mark(self, event: Any) -> Mark:
        """Give the mark of the token of an event, and count it."""
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        width = end.column - start.column if end.line == start.line else self.width(end, line, column)
        mark = (line, column, width or 1)
        self.nodes += 1
        if self.nodes > NODES:
            self.findings.stop_at_nodes(mark)
        return mark

    def width(self, end: Any, line: int, column: int) -> int:
        """Give the width of what begins at `column` and ends at `end`, in its first line."""
        if end.line + 1 == line:
            return int(end.column) + 1 - column
        rest = self.lines[line - 1][column - 1 :].rstrip()
        # Behind the | of a block scalar there may be a comment.
        found = _WORD.match(rest) if rest[:1] in ("|", ">") else None
        return len(found[0] if found else rest)

    def check_space(self, mapping: _Mapping) -> None:
        """Refuse `{type:CharField}`, which to YAML is one long key without a value."""
        name, colon, value = mapping.key.partition(":")
        if colon and value:
            line, column, _ = mapping.keys[mapping.key]
            message = f"a space is missing after {named(name + ':')}"
            self.findings.add("E103", message, (line, column, len(name) + 1), f"write {named(f'{name}: {value}')}")

    def refuse_null(self, key: str, mark: Mark) -> None:
        if key:
            hint = f"write 'nullable' for a field's argument, 'nulls' beside 'map' for NULL, {quoted(key)} for the text"
            self.findings.add("E111", f"the key {named(key)} without quotes is no text but YAML's null", mark, hint)
        else:
            self.findings.add("E111", "the key before ':' is missing", mark, "write it, or put the text in quotes")

    def refuse_properties(self, mark: Mark) -> None:
        """Refuse the anchor or tag that the value at `mark` begins with."""
        line, column, _ = mark
        found = _WORD.match(self.lines[line - 1], column - 1)
        word = found[0] if found else ""
        kind = "an anchor" if word.startswith("&") else "a tag"
        hint = f"delete {named(word)}, or put the whole value in quotes if it is text"
        message = f"{named(word)} is {kind}, and not part of the language"
        self.findings.add("E105", message, (line, column, len(word)), hint)
