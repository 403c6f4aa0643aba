"""The README shows real files and every verb: pytest --update writes both into it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.pages import with_files
from harness.patterns import pattern_table
from migspec.compiler.lint.rules import all_rules
from migspec.schemas.steps import STEPS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

PATTERNS = re.compile(r"(<!-- patterns -->\n)(.*?)(\n## )", re.DOTALL)
RULES = re.compile(r"(<!-- rules -->\n)(.*?)(\n## )", re.DOTALL)
VERBS = re.compile(r"(<!-- verbs -->\n)(.*?)(\n## )", re.DOTALL)


def test_the_readme_is_current(pytestconfig: pytest.Config) -> None:
    text = README.read_text(encoding="utf-8")
    current = VERBS.sub(lambda match: f"{match[1]}\n{verb_table()}\n{match[3].lstrip()}", with_files(text))
    current = PATTERNS.sub(lambda match: f"{match[1]}\n{pattern_table()}\n{match[3].lstrip()}", current)
    current = RULES.sub(lambda match: f"{match[1]}\n{rule_table()}\n{match[3].lstrip()}", current)
    if pytestconfig.getoption("--update"):
        README.write_text(current, encoding="utf-8")
    else:
        assert text == current, "README.md is not current: pytest --update"


def verb_table() -> str:
    """Give the table of verbs from their classes: the verb, its meaning, its own keys."""
    common = {"description", "allow", "only"}
    rows = ["| verb | meaning | keys |", "|---|---|---|"]
    for verb, step in STEPS.items():
        meaning = (step.__doc__ or "").partition("\n")[0]
        known = common | {verb} | inherited(step)
        own = [f"`{field.alias or name}`" for name, field in step.model_fields.items() if name not in known]
        rows.append(f"| `{verb}` | {meaning} | {', '.join(own)} |")
    return "\n".join(rows) + "\n"


def rule_table() -> str:
    """Give the table of lint rules: the code, the name, its level, and the hazard in a few words."""
    rows = ["| rule | name | level | hazard |", "|---|---|---|---|"]
    for rule in all_rules().values():
        rows.append(f"| {rule.code} | `{rule.name}` | {rule.level} | {rule.title} |")
    return "\n".join(rows) + "\n"


def inherited(step: type) -> set[str]:
    """Give the keys that all schema steps, all data steps, or all recipes have."""
    kinds = ("migspec.schemas.step", "migspec.schemas.recipe")
    return {name for base in step.__mro__[1:] if base.__module__ in kinds for name in base.model_fields}
