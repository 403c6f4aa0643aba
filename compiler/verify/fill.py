"""Valid rows: what a row of a test does not name gets a value that its column takes, always the same one."""

from __future__ import annotations

import datetime
import decimal
import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.db.migrations.state import StateApps

from migspec.schemas.data.paths import AnyField

START = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)

Model = type[models.Model]
Values = Mapping[str, Any]


class NoValue(Exception):
    """A column for which no valid value is known."""


class Filler:
    """Completes the rows of one test. Rows that others need are made where the test does not give them."""

    def __init__(self, apps: StateApps, given: Mapping[str, Sequence[Values]]) -> None:
        """Take the given rows, by the label of their model and the names of their columns (attnames)."""
        self.apps = apps
        self.given = given
        self.numbers = itertools.count(1)
        self.keys: dict[str, Iterator[int]] = {}
        self.done: dict[str, list[Values]] = {}  # complete rows
        self.used: dict[AnyField, int] = {}  # how many rows a one-to-one field has taken
        self.pending: list[str] = []  # models whose rows are being completed

    def complete(self) -> list[tuple[str, Values]]:
        """Give every row with all its columns, those that others point to first where there is such an order."""
        for label in self.given:
            self._complete_given(label)
        return [(label, row) for label, rows in self.done.items() for row in rows]

    def _complete_given(self, label: str) -> None:
        """Complete the rows that the test gives of a model, once."""
        if label in self.done or label in self.pending or label not in self.given:
            return
        self.pending.append(label)
        model = self.model(label)
        for field in model._meta.concrete_fields:
            if field.remote_field:
                self._complete_given(field.remote_field.model._meta.label)
        self.done.setdefault(label, [])
        for row in self.given[label]:
            self.done[label].append(self.row(model, row))
        self.pending.remove(label)

    def model(self, label: str) -> Model:
        return self.apps.get_model(label)

    def row(self, model: Model, row: Values) -> Values:
        """Give the row with a value for each column; NoValue where none is known."""
        named = {model._meta.pk.attname if name == "pk" else name: value for name, value in row.items()}
        found: dict[str, Any] = {}
        for field in model._meta.concrete_fields:
            if field.attname in named:
                found[field.attname] = named[field.attname]
            elif not field.generated and not is_link_to_parent(field, model):
                found[field.attname] = self.unnamed(model, field)
        return found

    def unnamed(self, model: Model, field: AnyField) -> Any:
        if isinstance(field, models.AutoField):
            return next(self._keys(model))
        if field.has_default() and not _moves(field):
            return field.get_default()
        if field.remote_field:
            # A row that nobody gave would be one too many for what the test expects.
            return None if field.null else self.related(field)
        given = [row.get(field.attname) for row in self.given.get(model._meta.label, ())] if field.unique else []
        for number in itertools.islice(self.numbers, len(given) + 1):
            value = value_for(field, number)
            if value not in given:
                return value
        raise NoValue(f"the rows that are given have every value that is known for '{field.attname}'")

    def _keys(self, model: Model) -> Iterator[int]:
        """Give the keys that no row of the model has yet."""
        label = model._meta.label
        if label not in self.keys:
            rows = self.given.get(label, ())
            taken = [row.get("pk", row.get(model._meta.pk.attname)) for row in rows]
            self.keys[label] = itertools.count(max((key for key in taken if isinstance(key, int)), default=0) + 1)
        return self.keys[label]

    def related(self, field: Any) -> Any:
        """Give the key of a row that a foreign key may point to: one that the test gives, or a new one."""
        label = field.remote_field.model._meta.label
        rows = self.done.setdefault(label, [])
        at = self.used.get(field, 0) if field.unique else 0
        self.used[field] = at + 1
        if at >= len(rows):
            rows.append(self.row(self.model(label), {}))
        return rows[min(at, len(rows) - 1)][field.target_field.attname]


def is_link_to_parent(field: AnyField, model: Model) -> bool:
    """Whether a column is the one by which a child's row points to its parent's: Django sets it."""
    return field in model._meta.parents.values()


def value_for(field: Any, number: int) -> Any:
    """Give a value that the column takes, and that differs with `number` as far as its type allows; NoValue."""
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, models.EmailField):
        return f"name{number}@example.org"
    if isinstance(field, models.URLField):
        return f"https://example.org/{number}"
    kind = field.get_internal_type()
    match kind:
        case "BooleanField":
            return False
        case "DateField":
            return START.date() + datetime.timedelta(days=number)
        case "DateTimeField":
            moment = START + datetime.timedelta(minutes=number)
            return moment if settings.USE_TZ else moment.replace(tzinfo=None)
        case "TimeField":
            return datetime.time(number // 3600 % 24, number // 60 % 60, number % 60)
        case "DurationField":
            return datetime.timedelta(seconds=number)
        case "DecimalField":
            return decimal.Decimal(number % 10 ** (field.max_digits - field.decimal_places))
        case "FloatField":
            return float(number)
        case "UUIDField":
            return uuid.UUID(int=number)
        case "JSONField":
            return {"number": number}
        case "BinaryField":
            return str(number).encode()
        case "GenericIPAddressField" | "IPAddressField":
            return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        case "SmallIntegerField" | "PositiveSmallIntegerField":
            return number % 32_768
        case "ArrayField":
            return [value_for(field.base_field, number)]
        case "HStoreField":
            return {"number": str(number)}
        case "CharField" | "TextField" | "SlugField" | "FileField" | "FilePathField":
            text = f"{field.name} {number}" if kind in ("CharField", "TextField") else f"{field.name}-{number}"
            return text if not field.max_length or len(text) <= field.max_length else str(number)[-field.max_length :]
    if kind.endswith("IntegerField"):
        return number
    raise NoValue(f"no valid value is known for '{field.attname}', a {type(field).__name__}")


def _moves(field: AnyField) -> bool:
    """Whether a default may be another each time, and so make each run another. Two calls may meet in one moment."""
    default = field.get_default()
    is_moment = callable(field.default) and isinstance(default, datetime.date | datetime.time)
    return is_moment or bool(default != field.get_default())
