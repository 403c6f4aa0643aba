"""Django's objects written as a spec writes them, and read again: what comes out is what went in."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy

from migspec.compiler.from_models.sketch import COMPARING, nowhere
from migspec.compiler.history import History
from migspec.compiler.spelling.fields import field_data
from migspec.compiler.spelling.objects import object_data
from migspec.compiler.spelling.options import options_data
from migspec.compiler.spelling.values import CannotSerialize, python
from migspec.dsl.expressions import parse
from migspec.schemas.fields.field import read_field
from migspec.schemas.models.options import AlteredOptions
from migspec.schemas.objects.objects import ConstraintValue, IndexValue
from migspec.schemas.python.expressions import evaluate
from migspec.schemas.scope import Scope

PROJECT = Path(__file__).parents[1] / "project"


class Colour(enum.Enum):
    RED = 1


class Size(models.IntegerChoices):
    SMALL = 1, gettext_lazy("small")
    LARGE = 2, "large: very"


@pytest.fixture(scope="module")
def scope() -> Scope:
    history = History(PROJECT, {})
    return Scope(
        app_label="library",
        state=history.state(frozenset(history.order)),
        vendors=frozenset({"postgresql"}),
        path=(),
        locate=nowhere,
    )


def same(one: Any, other: Any) -> bool:
    return bool(COMPARING.deep_deconstruct(one) == COMPARING.deep_deconstruct(other))


FIELDS = [
    models.CharField("name: of all", max_length=5, default="a\nb", help_text='"quoted" # text', blank=True),
    models.IntegerField(choices=Size.choices, default=Size.SMALL),
    models.CharField(choices=[("Group", [("a", "A"), ("b", "yes")]), ("", "none")], max_length=1),
    models.DecimalField(max_digits=5, decimal_places=2, default=decimal.Decimal("1.50")),
    models.FloatField(default=1e-12),
    models.FloatField(default=0.5, db_default=Value(0.5)),
    models.DateTimeField(default=timezone.now, db_default=Now()),
    models.DateField(default=datetime.date(2020, 2, 29), unique_for_date="born"),
    models.UUIDField(default=uuid.UUID(int=7)),
    models.BinaryField(default=b"\x00"),
    models.JSONField(default=dict, null=True),
    models.TextField(validators=[MaxLengthValidator(7)], error_messages={"blank": "No: never."}, db_comment="x"),
    models.ForeignKey("library.book", models.SET_DEFAULT, default=None, null=True, related_name="+"),
    models.ForeignKey("people.user", models.SET(uuid.uuid4), limit_choices_to={"name": "x"}, db_constraint=False),
    models.ManyToManyField("library.author", through="library.Contribution"),
    models.GeneratedField(expression=F("pages") * 2 + 1, output_field=models.IntegerField(), db_persist=True),
    ArrayField(models.CharField(max_length=3), default=list, size=4),
]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: python(field)[:60])
@pytest.mark.parametrize("exactly", [False, True])
def test_fields(field: Any, exactly: bool, scope: Scope) -> None:
    built = read_field(field_data(field, scope, exactly=exactly)).build(scope)
    assert same(field, built)


OBJECTS = [
    models.Index(fields=["title", "-pages"], name="a_idx"),
    models.Index(Lower("title").desc(nulls_last=True), F("pages").asc(), name="b_idx", condition=Q(pages=1)),
    models.Index(fields=["title"], name="c_idx", opclasses=["text_pattern_ops"], include=["pages"]),
    models.CheckConstraint(condition=Q(pages__gt=0) | ~Q(Q(title="x") & Q(pages=2), isbn=""), name="d"),
    models.CheckConstraint(condition=Q(pages__gt=F("status") + 1) & Q(title="x"), name="e", violation_error_code="z"),
    models.UniqueConstraint(fields=["title"], name="f", deferrable=models.Deferrable.DEFERRED),
    models.UniqueConstraint(Lower("title"), name="g", violation_error_message="Taken: already."),
    ExclusionConstraint(name="h", expressions=[("pages", RangeOperators.EQUAL), (Lower("title"), "=")]),
]


@pytest.mark.parametrize("value", OBJECTS, ids=lambda value: value.name)
def test_indexes_and_constraints(value: Any, scope: Scope) -> None:
    kind = IndexValue if isinstance(value, models.Index) else ConstraintValue
    built = kind.read(object_data(value)).build(scope, model=scope.state.models["library", "book"])
    assert same(value, built)


@pytest.mark.parametrize(
    "options",
    [
        {"ordering": ["-title", F("pages").asc()], "verbose_name": gettext_lazy("a: b")},
        {"ordering": ("title",), "get_latest_by": ("pages", "title"), "default_permissions": ()},
        {"permissions": [("a", "Can a")], "default_permissions": ["add"], "managed": False},
        {"permissions": (("a", "Can a"),), "get_latest_by": "pages"},
    ],
)
@pytest.mark.parametrize("exactly", [False, True])
def test_options(options: dict[str, Any], exactly: bool, scope: Scope) -> None:
    written = AlteredOptions.model_validate(options_data(options, exactly=exactly))
    assert same(options, written.build(scope))


CONDITIONS = [
    Q(a=1, b=2),
    Q(b=1) & Q(a=2),
    Q(a=1) | Q(b=2) & ~Q(c=3),
    ~(Q(a=1) | Q(b=2)),
    Q(a=1) ^ Q(b=None),
    Q(Q(a=1), Q(b=2) | Q(c=3), d__in=[1, 2]),
    ~Q(~Q(a=1), b=F("c") - 1),
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_conditions(condition: Q, scope: Scope) -> None:
    text = python(condition)
    assert same(condition, evaluate(parse(text), scope)), text


def test_short_names() -> None:
    assert python(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)).startswith("datetime.datetime(2020, 1, 1")
    assert python(timezone.now) == "timezone.now"
    assert python(F("a") * (F("b") + 1)) == "F('a') * (F('b') + 1)"
    assert python(Colour.RED).endswith("Colour.RED")
    with pytest.raises(CannotSerialize, match="Cannot serialize function: lambda"):
        python(lambda: 1)
