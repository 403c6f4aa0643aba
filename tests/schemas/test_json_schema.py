"""The published JSON Schema: current, valid, and of one mind with the models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import pytest
from jsonschema import Draft202012Validator

import migspec.schemas
from migspec.dsl.read import read
from migspec.schemas.document import Spec, parse
from migspec.schemas.json_schema import json_schema, json_schema_text
from migspec.schemas.step import Step
from migspec.schemas.steps import STEPS, example_of

PUBLISHED = Path(migspec.schemas.__path__[0]) / "migspec.schema.json"
SCHEMA = json_schema()
TESTS = Path(__file__).parents[1]


def accepts(step: dict[str, Any], **more: Any) -> bool:
    return bool(Draft202012Validator(SCHEMA).is_valid({"migspec": 1, "app": "homes", "steps": [step], **more}))


@pytest.mark.skipif(
    django.VERSION >= (6, 0), reason="published from Django 5.2; newer ones have more, in another order"
)
def test_the_published_file_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(PUBLISHED, json_schema_text())


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", STEPS.values(), ids=STEPS)
def test_each_step_kind(kind: type[Step]) -> None:
    example = example_of(kind)
    assert accepts(example)
    assert not accepts({**example, "no_such_key": 1})
    assert not accepts({key: value for key, value in example.items() if key != kind.verb})
    variant = SCHEMA["$defs"][kind.__name__]
    assert next(iter(variant["properties"])) == kind.verb
    assert kind.verb in variant["required"]
    assert variant["additionalProperties"] is False
    assert variant["description"]
    assert variant["examples"] == [example]


SPECS = [
    path
    for folder in (TESTS / "cases", TESTS.parent / "examples")
    for path in sorted(folder.rglob("*"))
    if path.suffix in (".yaml", ".toml") and (folder.name == "cases" or path.parent.name == "migspecs")
]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_what_is_a_spec_is_one_for_editors_too(path: Path) -> None:
    source = read(path, path.name)
    parse(source)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(source.data)] == []


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"where": "all", "batch": "off", "reverse": {"noop": "nobody reads it"}},
        {"where": {"name__in": ["a", "b"]}, "batch": {"size": 1000}, "reverse": "auto"},
        {"where": "Q(name='a')", "reverse": [{"insert_rows": "Home", "rows": [{"id": 1}]}]},
    ],
)
def test_forms_of_keys(more: dict[str, Any]) -> None:
    step = {"delete_rows": "Home", "where": "all", **more}
    Spec.model_validate({"migspec": 1, "app": "homes", "steps": [step]})
    assert accepts(step)


def test_the_document() -> None:
    step = example_of(next(iter(STEPS.values())))
    assert accepts(
        step, after=["0001_initial", "accounts.0002_x"], tests=[{"name": "a", "expect": {"Home": [{"id": 1}]}}]
    )
    assert not accepts(step, migspec=2)
    assert not accepts(step, after=["a b"])
    assert not accepts(step, test=[])
