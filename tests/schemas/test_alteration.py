"""Which alterations of a field may fail on the rows that are there."""

# ruff: noqa: E501 (a row of a table is one line)

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.migrations.state import ModelState

from harness.stepping import foreign
from migspec.schemas.changes import Kind
from migspec.schemas.fields.alteration import breaks

CLEANUP, SCHEMA, CONCURRENT, DATA = Kind.CLEANUP, Kind.SCHEMA, Kind.CONCURRENT, Kind.DATA

# The field's definition before and after: whether the second may refuse what the first one holds.
ALTERATIONS: list[tuple[Any, Any, Kind]] = [
    (models.CharField(max_length=9), models.CharField(max_length=9, help_text="x", choices=[("a", "b")], blank=True), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, default="x"), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=10), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=8), CLEANUP),
    (models.CharField(max_length=9), models.EmailField(max_length=9), SCHEMA),
    (models.CharField(max_length=9), models.TextField(), SCHEMA),
    (models.TextField(), models.CharField(max_length=9), CLEANUP),
    (models.CharField(max_length=9), models.IntegerField(), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, null=True), SCHEMA),
    (models.CharField(max_length=9, null=True), models.CharField(max_length=9), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, unique=True), CLEANUP),
    (models.CharField(max_length=9, unique=True), models.CharField(max_length=9), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_index=True), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_column="other"), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_column="field"), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_collation="C"), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_default="x"), SCHEMA),
    (models.CharField(max_length=9, db_default="x"), models.CharField(max_length=9), CLEANUP),
    (models.SmallIntegerField(), models.IntegerField(), SCHEMA),
    (models.IntegerField(), models.BigIntegerField(), SCHEMA),
    (models.PositiveIntegerField(), models.IntegerField(), SCHEMA),
    (models.IntegerField(), models.PositiveIntegerField(), CLEANUP),
    (models.BigIntegerField(), models.IntegerField(), CLEANUP),
    (models.IntegerField(), models.FloatField(), CLEANUP),
    (models.DecimalField(max_digits=5, decimal_places=2), models.DecimalField(max_digits=6, decimal_places=2), SCHEMA),
    (models.DecimalField(max_digits=5, decimal_places=2), models.DecimalField(max_digits=5, decimal_places=3), CLEANUP),
    (models.DecimalField(max_digits=5, decimal_places=2), models.DecimalField(max_digits=5, decimal_places=1), CLEANUP),
    (models.DateField(), models.DateTimeField(), CLEANUP),
    (foreign("homes.Tag"), foreign("homes.Tag", related_name="x"), SCHEMA),
    (foreign("homes.Tag"), models.ForeignKey("homes.tag", on_delete=models.PROTECT), SCHEMA),
    (foreign("homes.Tag"), models.OneToOneField("homes.Tag", on_delete=models.CASCADE), CLEANUP),
    (models.OneToOneField("homes.Tag", on_delete=models.CASCADE), foreign("homes.Tag"), SCHEMA),
    (foreign("homes.Tag"), foreign("homes.Lone"), CLEANUP),
    (foreign("homes.Tag", db_constraint=False), foreign("homes.Tag"), CLEANUP),
    (foreign("homes.Tag"), foreign("homes.Tag", db_constraint=False), SCHEMA),
    (models.IntegerField(), foreign("homes.Tag"), CLEANUP),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kind"), ALTERATIONS, ids=lambda value: type(value).__name__)
def test_altering_breaks(old: Any, new: Any, kind: Kind) -> None:
    model = ModelState("homes", "Thing", [])
    old, new = old.clone(), new.clone()
    for field in (old, new):
        field.set_attributes_from_name("field")
    assert breaks(model, old, new) is (kind is CLEANUP)
