"""Indexes, constraints, options and managers: what they build, and what is said of wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.operations import AlterModelOptions
from django.db.migrations.state import ModelState
from django.db.migrations.writer import MigrationWriter
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.db.models.options import DEFAULT_NAMES
from pydantic import TypeAdapter

from migspec.schemas.models.managers import ManagersValue
from migspec.schemas.models.options import ELSEWHERE, AlteredOptions, OptionsValue
from migspec.schemas.objects.classes import CONSTRAINTS, INDEXES, SLOTS, known_object, object_signature
from migspec.schemas.objects.objects import ConstraintValue, IndexValue
from shop.managers import ActiveManager
from written_values import book, built, read, refusal, refusals

GOLDENS = Path(__file__).resolve().parent.parent / "goldens"
NAMES: dict[str, Any] = {"F": F, "Lower": Lower, "Q": Q, "models": models}

# The mapping, and the same in models.py.
OBJECTS = [
    (IndexValue, "{fields: [status, -author], name: x}", "models.Index(fields=['status', '-author'], name='x')"),
    (
        IndexValue,
        "{fields: [status], name: x, condition: Q(pages__gt=3), include: [title], db_tablespace: fast}",
        "models.Index(fields=['status'], name='x', condition=Q(pages__gt=3), include=['title'], db_tablespace='fast')",
    ),
    (
        IndexValue,
        "{expressions: [\"Lower('title').desc()\", F('status')], name: x}",
        "models.Index(Lower('title').desc(), F('status'), name='x')",
    ),
    (
        IndexValue,
        "{fields: [title], name: x, opclasses: [a]}",
        "models.Index(fields=['title'], name='x', opclasses=['a'])",
    ),
    (IndexValue, "{type: Index, fields: [author_id], name: x}", "models.Index(fields=['author_id'], name='x')"),
    (
        ConstraintValue,
        "{type: UniqueConstraint, fields: [status, author], name: x, deferrable: DEFERRED}",
        "models.UniqueConstraint(fields=['status', 'author'], name='x', deferrable=models.Deferrable.DEFERRED)",
    ),
    (
        ConstraintValue,
        "{type: UniqueConstraint, expressions: [Lower('title')], name: x, condition: Q(status=1)}",
        "models.UniqueConstraint(Lower('title'), name='x', condition=Q(status=1))",
    ),
    (
        ConstraintValue,
        "{type: UniqueConstraint, fields: [title], include: [status], nulls_distinct: false, name: x}",
        "models.UniqueConstraint(fields=['title'], include=['status'], nulls_distinct=False, name='x')",
    ),
    (
        ConstraintValue,
        "{type: CheckConstraint, condition: Q(status__gte=1), name: x, violation_error_code: low}",
        "models.CheckConstraint(condition=Q(status__gte=1), name='x', violation_error_code='low')",
    ),
    (
        ConstraintValue,
        "{type: CheckConstraint, condition: Q(status__gte=1), name: x, violation_error_message: Too low.}",
        "models.CheckConstraint(condition=Q(status__gte=1), name='x', violation_error_message='Too low.')",
    ),
]
if find_spec("psycopg"):
    from django.contrib.postgres import constraints, fields, indexes

    NAMES |= {name: getattr(indexes, name) for name in INDEXES}
    NAMES |= {"ExclusionConstraint": constraints.ExclusionConstraint, "RangeOperators": fields.RangeOperators}
    OBJECTS += [
        (IndexValue, "{type: BTreeIndex, fields: [title], name: x, fillfactor: 70, deduplicate_items: true}",
         "BTreeIndex(fields=['title'], name='x', fillfactor=70, deduplicate_items=True)"),
        (IndexValue, "{type: BloomIndex, fields: [title, status], name: x, length: 80, columns: [2, 4]}",
         "BloomIndex(fields=['title', 'status'], name='x', length=80, columns=[2, 4])"),
        (IndexValue, "{type: BrinIndex, fields: [published], name: x, autosummarize: true, pages_per_range: 4}",
         "BrinIndex(fields=['published'], name='x', autosummarize=True, pages_per_range=4)"),
        (IndexValue, "{type: GinIndex, fields: [details], name: x, fastupdate: false, gin_pending_list_limit: 4096}",
         "GinIndex(fields=['details'], name='x', fastupdate=False, gin_pending_list_limit=4096)"),
        (IndexValue, "{type: GistIndex, fields: [title], name: x, buffering: true, fillfactor: 90}",
         "GistIndex(fields=['title'], name='x', buffering=True, fillfactor=90)"),
        (IndexValue, "{type: HashIndex, fields: [title], name: x}", "HashIndex(fields=['title'], name='x')"),
        (IndexValue, "{type: SpGistIndex, fields: [title], name: x}", "SpGistIndex(fields=['title'], name='x')"),
        (ConstraintValue, "{type: ExclusionConstraint, name: x, index_type: GIST, expressions: [[status, '=']]}",
         "ExclusionConstraint(name='x', index_type='GIST', expressions=[('status', '=')])"),
        (ConstraintValue,
         "{type: ExclusionConstraint, name: x, expressions: [[{expr: F('status')}, {expr: RangeOperators.EQUAL}]]}",
         "ExclusionConstraint(name='x', expressions=[(F('status'), RangeOperators.EQUAL)])"),
    ]  # fmt: skip


def code(value: Any) -> str:
    return str(MigrationWriter.serialize(value)[0])


def expected(python: str) -> str:
    return code(eval(python, NAMES))  # noqa: S307


@pytest.mark.parametrize(("kind", "mapping", "python"), OBJECTS, ids=[python for *_, python in OBJECTS])
def test_mapping_and_string_are_the_object(kind: Any, mapping: str, python: str) -> None:
    assert code(built(kind, mapping, model=book())) == expected(python)
    assert code(built(kind, f'"{python}"', model=book())) == expected(python)


def test_every_class_has_a_case() -> None:
    tested = {read(kind, mapping)[0].class_name for kind, mapping, _ in OBJECTS}
    assert tested == {*INDEXES, *CONSTRAINTS} or not find_spec("psycopg")


def test_every_argument_is_described() -> None:
    taken = {
        name for known in (*INDEXES, *CONSTRAINTS) for name in object_signature(known_object(known) or object).names
    }
    assert taken <= SLOTS.keys()


# --- names of indexes ---


@pytest.mark.parametrize("label", ["library.Book", "shop.Order"])
def test_name_is_djangos(label: str) -> None:
    real = apps.get_model(label)
    state = ModelState.from_model(real)
    for names in (["status"], ["-status", "id"], [next(f.name for f in real._meta.fields if f.is_relation)]):
        index = models.Index(fields=names)
        index.set_name_with_model(real)
        assert built(IndexValue, f"{{fields: [{', '.join(names)}]}}", model=state).name == index.name


def test_name_without_a_model_is_asked_for() -> None:
    assert "an index needs the key 'name'" in refusal(IndexValue, "{fields: [status]}")


# --- what is said ---

WRONG_INDEXES = """
3
{}
{name: x}
{fields: status}
{fields: [status, 3]}
{fields: [statu, -authr], name: x, include: [titel]}
{fields: [status], condition: Q(pages=3)}
{expressions: [Lower('title')]}
{expressions: [title], name: x}
{expressions: Lower('title'), name: x}
{expressions: [Lower('titel')], name: x}
{expressions: [Lower('author__last_name')], name: x}
{fields: [status], name: x, condition: Q(statu=1)}
{fields: [status], name: x, condition: {expr: Q(status=1)}}
{fields: [status], name: x, condition: F('status')}
{fields: [status], expressions: [F('status')], name: x}
{fields: [status], name: _x}
{fields: [status], name: a_name_that_is_longer_than_thirty}
{fields: [status], nam: x}
{type: GinIdx, fields: [status]}
{type: models.Index, fields: [status]}
{type: UniqueConstraint, fields: [status]}
{type: GinIndex, fields: [details], fastupdate: 'no'}
{type: library.models.Book, fields: [status], name: x}
{type: library.indexes.X, fields: [status], name: x}
models.Index
models.Index(fields=['status'], nam='x')
models.Index(fields=['statu'], name='x')
models.Index(Lower('titel'), name='x')
models.CheckConstraint(condition=Q(status=1), name='x')
models.Index(fields=['status'], condition=Q(status=1))
""".split("\n")[1:-1]
WRONG_CONSTRAINTS = """
{fields: [status], name: x}
{condition: Q(status=1), name: x}
{type: UniqueConstraint, fields: [status]}
{type: UniqueConstraint, name: x}
{type: UniqueConstraint, fields: [status], name: x, deferrable: LATER}
{type: UniqueConstraint, fields: [status], name: x, deferrable: DEFERRED, condition: Q(status=1)}
{type: CheckConstraint, check: Q(status=1), name: x}
{type: CheckConstraint, name: x}
{type: CheckConstraint, condition: Q(statu=1) & ~Q(titel=''), name: x}
{type: CheckConstraint, condition: Q(author__born=None), name: x}
{type: CheckConstraint, condition: F('status'), name: x}
{type: ExclusionConstraint, expressions: [status], name: x}
{type: ExclusionConstraint, expressions: [[statu, '=']], name: x}
{type: Unique, fields: [status], name: x}
models.CheckConstraint(condition=Q(statu=1), name='x')
""".split("\n")[1:-1]
WRONG_OPTIONS = """
3
{abstract: true}
{verbos_name: x}
{ordering: title}
{ordering: [-titel, author__last_name]}
{permissions: [[publish]]}
{unique_together: [title]}
{managed: 'no'}
{indexes: [{fields: [statu]}, {fields: [status], name: x, nam: y}]}
{indexes: [{fields: [statu]}], constraints: [{type: CheckConstraint, condition: Q(statu=1), name: x}]}
{verbose_name: {expr: library.nothing}}
""".split("\n")[1:-1]
WRONG_MANAGERS = """
3
[3]
{a-b: shop.managers.ActiveManager()}
{objects: shop.managers.ActiveManager}
{objects: {expr: library.defaults.no_details()}}
{objects: shop.managers.Activ()}
[{objects: shop.managers.ActiveManager()}, {objects: shop.managers.ActiveManager()}]
""".split("\n")[1:-1]


def test_refused(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / "refused_indexes.txt", refusals(IndexValue, WRONG_INDEXES, model=book()))
    golden(GOLDENS / "refused_constraints.txt", refusals(ConstraintValue, WRONG_CONSTRAINTS, model=book()))
    golden(GOLDENS / "refused_options.txt", refusals(OptionsValue, WRONG_OPTIONS, model=book()))
    golden(GOLDENS / "refused_managers.txt", refusals(ManagersValue, WRONG_MANAGERS))


# --- options ---


def test_options_are_djangos() -> None:
    known = {*OptionsValue.model_fields, *ELSEWHERE}
    assert known - {"index_together"} == set(DEFAULT_NAMES)
    assert set(AlteredOptions.model_fields) == set(AlterModelOptions.ALTER_OPTION_KEYS)


def test_options_are_as_migrations_have_them() -> None:
    text = """{verbose_name: {expr: "django.utils.translation.gettext_lazy('a book')"}, ordering: [-title, {expr:
      "F('status').asc()"}], unique_together: [[title, author]], permissions: [[publish, May publish]],
      default_permissions: [add], get_latest_by: [published], db_table: shelf, managed: null,
      indexes: [{fields: [status]}], constraints: ["models.CheckConstraint(condition=Q(status=1), name='x')"]}"""
    options = built(OptionsValue, text, model=book())
    index = models.Index(fields=["status"], name=options["indexes"][0].name)
    assert index.name.startswith("shelf_status_")
    assert options == {
        "verbose_name": "a book",
        "ordering": ["-title", F("status").asc()],
        "unique_together": {("title", "author")},
        "permissions": [("publish", "May publish")],
        "default_permissions": ["add"],
        "get_latest_by": ["published"],
        "db_table": "shelf",
        "indexes": [index],
        "constraints": [models.CheckConstraint(condition=Q(status=1), name="x")],
    }


def test_null_takes_an_option_away() -> None:
    assert built(AlteredOptions, "{ordering: null, managed: true}", model=book()) == {"ordering": None, "managed": True}
    assert "use alter_model_table" in refusal(AlteredOptions, "{db_table: x}", model=book())


# --- managers ---


@pytest.mark.parametrize(
    "text",
    [
        "{people: shop.managers.ActiveManager(), all: models.Manager()}",
        "[{people: shop.managers.ActiveManager()}, {all: {expr: models.Manager()}}]",
    ],
)
def test_managers(text: str) -> None:
    managers = built(ManagersValue, text)
    assert [(name, type(manager)) for name, manager in managers] == [("people", ActiveManager), ("all", models.Manager)]
    assert built(ManagersValue, "{}") == []


# --- JSON Schema ---


def test_json_schema_knows_the_arguments() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for kind, right, wrong in (
        (IndexValue, {"fields": ["a"], "type": "GinIndex", "fastupdate": True}, {"fields": ["a"], "nam": "x"}),
        (IndexValue, "models.Index(fields=['a'])", {"fields": "a"}),
        (ConstraintValue, {"type": "CheckConstraint", "condition": "Q(a=1)", "name": "x"}, {"type": "CheckConstraint"}),
        (OptionsValue, {"ordering": ["a", {"expr": "F('a')"}]}, {"orderin": []}),
        (ManagersValue, {"objects": "a.B()"}, {"objects": 3}),
    ):
        check = jsonschema.Draft202012Validator(TypeAdapter(kind).json_schema()).is_valid
        assert check(right), right
        assert not check(wrong), wrong
