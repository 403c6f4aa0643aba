"""The results as text, as JSON, and as JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from xml.etree import ElementTree

from migspec.compiler.terminal import Terminal, plural
from migspec.compiler.verify.result import Result


def in_order(results: Sequence[Result]) -> list[Result]:
    """Sort by spec and database; the tests of a spec stay as they are written."""
    return sorted(results, key=lambda result: (result.spec, result.database))


def text(results: Sequence[Result], terminal: Terminal) -> None:
    for spec, of_spec in groupby(in_order(results), lambda result: result.spec):
        terminal.say(spec, "bold")
        for result in of_spec:
            word, colour = ("ok", "green") if result.ok else ("FAILED", "red")
            done = ", ".join(result.passes) or "not begun"
            terminal.say(f"  {word:<6}  {result.test} ({result.database}: {done})", colour)
            for failure in result.failures:
                terminal.complain(str(failure), "")
    failed = sum(not result.ok for result in results)
    terminal.say(f"{plural(len(results), 'test')}, {failed or 'none'} failed.")


def as_json(results: Sequence[Result]) -> str:
    found = [
        {
            "spec": result.spec,
            "test": result.test,
            "database": result.database,
            "ok": result.ok,
            "passes": list(result.passes),
            "seconds": round(result.seconds, 3),
            "failures": [
                {
                    "code": failure.diagnostic.code,
                    "message": failure.diagnostic.message,
                    "line": failure.diagnostic.place.line,
                    "column": failure.diagnostic.place.column,
                    "hint": failure.diagnostic.hint,
                    "cells": [
                        {"row": cell.row, "column": cell.column, "expected": cell.expected, "actual": cell.actual}
                        for cell in failure.cells
                    ],
                }
                for failure in result.failures
            ],
        }
        for result in in_order(results)
    ]
    return json.dumps({"version": 1, "results": found}, indent=2, ensure_ascii=False)


def as_junit(results: Sequence[Result]) -> str:
    failed = sum(not result.ok for result in results)
    suite = ElementTree.Element("testsuite", name="migspec", tests=str(len(results)), failures=str(failed))
    for result in in_order(results):
        case = ElementTree.SubElement(
            suite, "testcase", classname=result.spec, name=f"{result.test} ({result.database})", file=result.spec,
            time=f"{result.seconds:.3f}",
        )  # fmt: skip
        for failure in result.failures:
            message = f"{failure.diagnostic.code} {failure.diagnostic.message}"
            ElementTree.SubElement(case, "failure", message=message).text = _printable(str(failure))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _printable(words: str) -> str:
    """XML has no control characters but tab and line feed."""
    return "".join(c if c in "\t\n" or c >= " " else "\N{REPLACEMENT CHARACTER}" for c in words)


WRITERS: dict[str, Callable[[Sequence[Result]], str]] = {"json": as_json, "junit": as_junit}
