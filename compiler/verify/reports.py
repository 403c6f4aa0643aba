"""The results as text, as JSON, and as JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from xml.etree import ElementTree

from migspec.compiler.terminal import Terminal, plural
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.steps import StepResult


def in_order(results: Sequence[Result]) -> list[Result]:
    """Sort by spec and database; the tests of a spec stay as they are written."""
    return sorted(results, key=lambda result: (result.spec, result.database))


def text(results: Sequence[Result], terminal: Terminal) -> None:
    for spec, of_spec in groupby(in_order(results), lambda result: result.spec):
        terminal.say(spec, "bold")
        run = list(of_spec)
        for result in run:
            word, colour = ("ok", "green") if result.ok else ("FAILED", "red")
            done = ", ".join(result.passes) or "not begun"
            terminal.say(f"  {word:<6}  {result.test} ({result.database}: {done})", colour)
            for failure in result.failures:
                terminal.complain(str(failure), "")
            if result.entry:
                terminal.complain("the smallest rows that show it, to be added to 'tests':", "")
                terminal.complain(result.entry, "")
        for line in step_lines(run):
            terminal.say(line)
    failed = sum(not result.ok for result in results)
    terminal.say(f"{plural(len(results), 'test')}, {failed or 'none'} failed.")


def step_lines(results: Sequence[Result]) -> list[str]:
    """Give a line for each data step of a spec: the rows that its tests made it write, and how it came back."""
    found: dict[tuple[int, str, str], dict[str, list[StepResult]]] = {}
    for result in results:
        for step in result.steps:
            by_database = found.setdefault((step.step, step.name, step.claimed), {})
            by_database.setdefault(result.database, []).append(step)
    lines = []
    for (number, name, claimed), by_database in sorted(found.items()):
        counts = {database: sum(step.rows for step in steps) for database, steps in by_database.items()}
        rows = plural(next(iter(counts.values())), "row")
        if len(set(counts.values())) > 1:
            rows = ", ".join(f"{plural(count, 'row')} on {database}" for database, count in counts.items())
        lines.append(f"  step {number + 1:<2} {name}: {rows}; reverse {claimed}{_held(by_database)}")
    return lines


def _held(by_database: Mapping[str, Sequence[StepResult]]) -> str:
    """Say on which databases a claim held."""
    asked = {
        database: [step.held for step in steps if step.held is not None] for database, steps in by_database.items()
    }
    broken = [database for database, held in asked.items() if not all(held)]
    kept = [database for database, held in asked.items() if held and all(held)]
    said = [f"{word} on {', '.join(names)}" for word, names in (("held", kept), ("not held", broken)) if names]
    return f": {', '.join(said)}" if said else ""


def as_json(results: Sequence[Result]) -> str:
    found = [
        {
            "spec": result.spec,
            "test": result.test,
            "database": result.database,
            "ok": result.ok,
            "passes": list(result.passes),
            "seconds": round(result.seconds, 3),
            "steps": [
                {
                    "step": step.step + 1,
                    "name": step.name,
                    "rows": step.rows,
                    "claimed": step.claimed,
                    "held": step.held,
                }
                for step in result.steps
            ],
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
            "entry": result.entry,
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
            said = "\n".join(filter(None, (str(failure), result.entry)))
            ElementTree.SubElement(case, "failure", message=message).text = _printable(said)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _printable(words: str) -> str:
    """XML has no control characters but tab and line feed."""
    return "".join(c if c in "\t\n" or c >= " " else "\N{REPLACEMENT CHARACTER}" for c in words)


WRITERS: dict[str, Callable[[Sequence[Result]], str]] = {"json": as_json, "junit": as_junit}
