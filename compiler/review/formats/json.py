"""JSON of our own; plan.schema.json beside this folder says what is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from migspec.compiler.reports.formats.json import listed
from migspec.compiler.reports.report import Report, clean
from migspec.compiler.review.diagrams import files_diagram, models_diagram
from migspec.compiler.review.locks import SOURCES
from migspec.compiler.review.review import File, Models, Review, SpecReview, Sql, Step
from migspec.dsl.diagnostics import Diagnostic


def render(review: Review) -> str:
    data = {
        "format": 1,
        "tool": f"migspec {version('migspec')}",
        "command": "plan",
        "against": review.against,
        "removed": list(review.removed),
        "databases": [
            {
                "name": database.name,
                "title": database.title,
                "version": database.version,
                "locks_from": SOURCES.get(database.name, ""),
            }
            for database in review.databases
        ],
        "specs": [_spec(spec) for spec in review.specs],
        "errors": _findings(review.errors),
    }
    return json.dumps(cleaned(data), indent=2, ensure_ascii=False) + "\n"


def _spec(spec: SpecReview) -> dict[str, Any]:
    return {
        "path": spec.path,
        "app": spec.app,
        "name": spec.name,
        "description": spec.description,
        "files": [_file(file) for file in spec.files],
        "models": {"before": _models(spec.before), "after": _models(spec.after)},
        "diagrams": {
            "files": files_diagram(spec),
            "before": models_diagram(spec.before),
            "after": models_diagram(spec.after),
        },
        "findings": _findings(spec.findings),
    }


def _file(file: File) -> dict[str, Any]:
    return {
        "app": file.app,
        "name": file.name,
        "path": file.path,
        "kind": file.kind,
        "atomic": file.atomic,
        "after": list(file.after),
        "steps": [_step(step) for step in file.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "steps": list(step.numbers),
        "line": step.line,
        "verb": step.verb,
        "operations": list(step.descriptions),
        "back": {"fidelity": step.back.fidelity, "text": step.back.text},
        "sql": {name: _sql(sql) for name, sql in step.sql.items()},
    }


def _sql(sql: Sql) -> dict[str, Any]:
    return {
        "statements": list(sql.statements),
        "at_end": list(sql.at_end),
        "unknown": sql.unknown,
        "about": sql.about,
        "locks": [{"table": one.table, "lock": one.lock, "rows": one.rows} for one in sql.locks],
    }


def _models(models: Models) -> dict[str, Any]:
    return {
        "tables": [
            {
                "label": table.label,
                "columns": [
                    {"name": one.name, "type": one.type, "key": one.key, "mark": one.mark} for one in table.columns
                ],
                "left_out": table.left_out,
            }
            for table in models.tables
        ],
        "relations": [
            {"one": one.one, "other": one.other, "kind": one.kind, "nullable": one.nullable, "name": one.name}
            for one in models.relations
        ],
    }


def _findings(findings: Sequence[Diagnostic]) -> list[Mapping[str, Any]]:
    report = Report(command="plan", findings=findings)
    return [listed(finding, fingerprint) for finding, fingerprint in report.fingerprints]


def cleaned(value: Any) -> Any:
    """Give data whose texts hold nothing that no text file should hold."""
    match value:
        case str():
            return clean(value)
        case dict():
            return {key: cleaned(one) for key, one in value.items()}
        case list():
            return [cleaned(one) for one in value]
    return value
