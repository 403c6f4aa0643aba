"""A validator for fields to name."""

from __future__ import annotations

from django.core.exceptions import ValidationError


def even(value: int) -> None:
    if value % 2:
        raise ValidationError("%(value)s is odd", params={"value": value})
