"""JUnit XML: a test case for each finding, and one that passes for each spec without any."""

from __future__ import annotations

from xml.etree import ElementTree

from migspec.compiler.reports.report import Report, clean, said
from migspec.dsl.diagnostics import Diagnostic


def render(report: Report) -> str:
    suite = ElementTree.Element("testsuite")
    for finding in report.by_severity:
        suite.append(failed(finding))
    wrong = {finding.place.file for finding in report.findings}
    for file in report.files:
        if file not in wrong:
            ElementTree.SubElement(suite, "testcase", classname=clean(file, ""), name=report.command, time="0")
    failures = sum(finding.level == "error" for finding in report.findings)
    counts = {"tests": str(len(suite)), "failures": str(failures), "errors": "0", "time": "0"}
    suite.attrib.update({"name": f"migspec {report.command}", **counts, "skipped": "0"})
    suites = ElementTree.Element("testsuites", {"name": "migspec", **counts})
    suites.append(suite)
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def failed(finding: Diagnostic) -> ElementTree.Element:
    """Give the test case of a finding; only an error fails it."""
    place = finding.place
    name = f"{finding.code} {place.line}:{place.column} {finding.message}"
    case = ElementTree.Element("testcase", classname=clean(place.file, ""), name=clean(name, ""), time="0")
    if finding.level == "error":
        inside = ElementTree.SubElement(case, "failure", message=clean(finding.message, ""), type=finding.code)
    else:
        inside = ElementTree.SubElement(case, "system-out")
    inside.text = f"{clean(place.file, '')}:{place.line}:{place.column} {finding.level}: {said(finding)}"
    return case
