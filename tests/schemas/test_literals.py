"""Literals by the column that holds them: what is read, and what is refused with which words."""

# ruff: noqa: E501 (a table is read by its rows)

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField, HStoreField
from django.core.exceptions import ValidationError
from django.db import models
from django.test import override_settings

from migspec.dsl.diagnostics import Place, SpecError
from migspec.dsl.source import WrittenFloat
from migspec.schemas.data.literals import read_key, read_literal
from migspec.schemas.data.paths import held_fields
from migspec.schemas.scope import Scope
from row_specs import homes

UTC = datetime.UTC


class Shade(models.Field):
    """A field class of a project, with a type of its own."""

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("#"):
            raise ValidationError("Not a colour.")
        return value.lower()

    def get_internal_type(self) -> str:
        return "Shade"


class Grade(models.CharField):
    """A field class of a project that refuses more than Django's."""

    def to_python(self, value: Any) -> Any:
        if value not in ("A", "B"):
            raise ValidationError("Grades are A and B.")
        return value


class Size(enum.Enum):
    SMALL = 1


def scope() -> Scope:
    return Scope(
        app_label="homes",
        state=homes(),
        vendors=frozenset({"sqlite"}),
        path=("steps", 0),
        locate=lambda path, key=False: Place("spec.yaml", text=".".join(map(str, path))),
    )


def named(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    field.set_attributes_from_name("it")
    return field


def read(field: models.Field[Any, Any], value: Any) -> Any:
    return read_literal(named(field), value, scope())


def refused(field: models.Field[Any, Any], value: Any) -> str:
    with pytest.raises(SpecError) as error:
        read(field, value)
    (found,) = error.value.diagnostics
    assert found.code == "E307"
    return found.message + (f" / {found.hint}" if found.hint else "")


TEXT = models.CharField(max_length=5)


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        (models.IntegerField(), 3, 3),
        (models.PositiveSmallIntegerField(), 32767, 32767),
        (models.BooleanField(), True, True),
        (TEXT, "abc", "abc"),
        (models.TextField(), "", ""),
        (models.FloatField(), 3, 3.0),
        (models.FloatField(), WrittenFloat("1.5e3"), 1500.0),
        (models.DecimalField(max_digits=4, decimal_places=2), WrittenFloat("1.10"), decimal.Decimal("1.10")),
        (models.DecimalField(max_digits=4, decimal_places=2), WrittenFloat("0.01"), decimal.Decimal("0.01")),
        (models.DecimalField(max_digits=30, decimal_places=20), WrittenFloat("0.10000000000000000001"), decimal.Decimal("0.10000000000000000001")),
        (models.DecimalField(max_digits=4, decimal_places=2), 12, decimal.Decimal(12)),
        (models.DateField(), "2024-02-29", datetime.date(2024, 2, 29)),
        (models.DateTimeField(), "2024-02-29T10:00:00+02:00", datetime.datetime(2024, 2, 29, 8, tzinfo=UTC)),
        (models.TimeField(), "10:30", datetime.time(10, 30)),
        (models.DurationField(), "1 02:00:00", datetime.timedelta(days=1, hours=2)),
        (models.DurationField(), "P1DT2H", datetime.timedelta(days=1, hours=2)),
        (models.UUIDField(), "12345678-1234-5678-1234-567812345678", uuid.UUID("12345678123456781234567812345678")),
        (models.JSONField(), {"a": [1, WrittenFloat("1.5"), None]}, {"a": [1, 1.5, None]}),
        (models.JSONField(), "text", "text"),
        (models.JSONField(null=True), None, None),
        (models.BinaryField(), b"ab", b"ab"),
        (models.GenericIPAddressField(), "::1", "::1"),
        (ArrayField(models.IntegerField()), [1, None], [1, None]),
        (HStoreField(), {"a": None}, {"a": None}),
        (models.IntegerField(), Size.SMALL, 1),
        (Shade(), "#FFF", "#fff"),
        (Grade(max_length=1), "A", "A"),
        (models.ForeignKey("homes.Home", models.CASCADE), 3, 3),
        (models.ForeignKey("homes.Country", models.CASCADE, to_field="code"), "no", "no"),
    ],
)  # fmt: skip
def test_read(field: Any, written: Any, value: Any) -> None:
    found = read(field, written)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("field", "written", "said"),
    [
        (models.IntegerField(), "3", "'it' holds whole numbers, not the text '3' / write 3 without quotes"),
        (models.IntegerField(), True, "'it' holds whole numbers, not true"),
        (models.IntegerField(), WrittenFloat("3.0"), "'it' holds whole numbers, not the number 3.0"),
        (models.IntegerField(), 2**31, "'it' holds whole numbers from -2147483648 to 2147483647, not 2147483648"),
        (models.PositiveIntegerField(), -1, "'it' holds whole numbers from 0 to 2147483647, not -1"),
        (models.BooleanField(), 1, "'it' holds true or false, not the number 1 / write true"),
        (models.BooleanField(), "no", "'it' holds true or false, not the text 'no' / write false"),
        (TEXT, 12, "'it' holds text, not the number 12 / quote it: '12'"),
        (TEXT, WrittenFloat("1.50"), "'it' holds text, not the number 1.50 / quote it: '1.50'"),
        (TEXT, "abcdef", "'it' holds at most 5 characters, and this has 6"),
        (TEXT, "a\0", "'it' holds text, and no database keeps the character NUL in text"),
        (TEXT, ["a"], "'it' holds text, not a list"),
        (TEXT, None, "'it' is NOT NULL"),
        (models.FloatField(), "1.5", "'it' holds numbers, not the text '1.5' / write 1.5 without quotes"),
        (models.DecimalField(max_digits=4, decimal_places=2), WrittenFloat("1.005"), "'it' holds 2 decimal places, and 1.005 has 3"),
        (models.DecimalField(max_digits=4, decimal_places=2), 123, "'it' holds 2 digits before the point, and 123 has 3"),
        (models.DecimalField(max_digits=4, decimal_places=2), "1.5", "'it' holds decimal numbers, not the text '1.5' / write 1.5 without quotes"),
        (models.DateField(), "2024-02-30", "'it' holds dates, not the text '2024-02-30' / write a date as text: '2024-01-31'"),
        (models.DateField(), "2024-02-29T00:00:00", "'it' holds dates, not the text '2024-02-29T00:00:00' / write a date as text: '2024-01-31'"),
        (models.DateTimeField(), "2024-02-29", "'it' holds dates with times, not the text '2024-02-29' / write it as text: '2024-01-31T12:00:00Z'"),
        (models.DateTimeField(), "2024-02-29T10:00:00", "'it' holds moments in time, and this has no time zone (USE_TZ is on) / write '2024-02-29T10:00:00Z'"),
        (models.TimeField(), "25:00", "'it' holds times of day, not the text '25:00' / write a time as text: '12:30:00'"),
        (models.DurationField(), "5", "'it' holds durations, not the text '5' / write a duration as text: '1 12:30:00' or 'P1DT12H30M'"),
        (models.UUIDField(), "1234", "'it' holds UUIDs, not the text '1234' / write a UUID as text: '12345678-1234-5678-1234-567812345678'"),
        (models.BinaryField(), "ab", "'it' holds bytes, not the text 'ab' / write them as an expression: {expr: \"b'...'\"}"),
        (models.GenericIPAddressField(protocol="IPv4"), "::1", "'it' holds IPv4 addresses, not the text '::1'"),
        (models.GenericIPAddressField(), "1.2.3", "'it' holds IP addresses, not the text '1.2.3'"),
        (ArrayField(models.IntegerField(), size=1), [1, 2], "'it' holds at most 1 items, and this has 2"),
        (ArrayField(models.IntegerField()), [1, "2"], "'it' (item 2) holds whole numbers, not the text '2' / write 2 without quotes"),
        (ArrayField(models.IntegerField()), 1, "'it' holds lists, not the number 1 / write {value: [...]}"),
        (HStoreField(), {"a": 1}, "'it' holds a mapping of text to text, not a mapping / write {value: {key: 'text'}}"),
        (Shade(), "red", "'it' refuses the text 'red': Not a colour."),
        (Grade(max_length=1), "C", "'it' refuses the text 'C': Grades are A and B."),
        (Grade(max_length=1), 1, "'it' holds text, not the number 1 / quote it: '1'"),
        (models.ForeignKey("homes.Home", models.CASCADE), "3", "'it_id' holds whole numbers, not the text '3' / write 3 without quotes"),
        (models.ForeignKey("homes.Country", models.CASCADE, to_field="code"), "nor", "'it_id' holds at most 2 characters, and this has 3"),
        (models.OneToOneField("homes.Home", models.CASCADE), None, "'it_id' is NOT NULL"),
    ],
)  # fmt: skip
def test_e307(field: Any, written: Any, said: str) -> None:
    assert refused(field, written) == said


@override_settings(USE_TZ=False)
def test_moments_without_time_zones() -> None:
    assert read(models.DateTimeField(), "2024-02-29T10:00:00").isoformat() == "2024-02-29T10:00:00"
    said = refused(models.DateTimeField(), "2024-02-29T10:00:00Z")
    assert said == "'it' holds local times, and this has a time zone (USE_TZ is off) / write '2024-02-29T10:00:00'"


def test_the_place_is_inside_the_value() -> None:
    field = named(ArrayField(models.IntegerField()))
    with pytest.raises(SpecError) as error:
        read_literal(field, [1, "2"], scope(), "set", "it", "value")
    assert error.value.diagnostics[0].place.text == "steps.0.set.it.value.1"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (models.IntegerField(), "-10", -10),
        (models.BooleanField(), "true", True),
        (models.DecimalField(max_digits=4, decimal_places=2), "1.50", decimal.Decimal("1.50")),
        (models.FloatField(), "2", 2.0),
        (TEXT, "10", "10"),
        (models.DateField(), "2024-02-29", datetime.date(2024, 2, 29)),
        (models.ForeignKey("homes.Home", models.CASCADE), "7", 7),
    ],
)
def test_keys_are_read_by_their_column(field: Any, text: str, value: Any) -> None:
    found = read_key(named(field), text, scope())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("field", "text"), [(models.IntegerField(), "01"), (models.IntegerField(), "x"), (models.BooleanField(), "yes")]
)
def test_keys_that_do_not_fit(field: Any, text: str) -> None:
    with pytest.raises(SpecError) as error:
        read_key(named(field), text, scope())
    assert error.value.diagnostics[0].code == "E307"


def test_a_key_that_points_to_its_own_model() -> None:
    state = homes()
    state.models["homes", "home"].fields["parent"] = models.ForeignKey("self", models.CASCADE, null=True)
    field = held_fields(state, state.models["homes", "home"])["parent"].field
    assert read_literal(field, 3, scope()) == 3
