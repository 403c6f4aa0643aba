"""A field class of the project's own."""

from __future__ import annotations

from typing import Any

from django.db import models


class IsbnField(models.CharField):
    """A CharField that knows its length."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 13
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs
