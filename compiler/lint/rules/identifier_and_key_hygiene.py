"""identifier-and-key-hygiene: names that databases cut off, keys that run out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import models
from django.db.migrations.operations import AddConstraint, AddIndex, CreateModel

from migspec.compiler.lint.names import LONGEST, short_name
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.dsl.diagnostics import Level
from migspec.schemas.changes import SchemaChange

# Bytes of an identifier; what is longer is cut off (PostgreSQL) or refused.
BOUNDS = {"postgresql": 63, "mysql": 64, "oracle": 30, "sqlite": 63}
SMALL_KEYS = ("AutoField", "SmallAutoField")


class IdentifierAndKeyHygiene(Rule):
    """PostgreSQL cuts a longer name off without a word, so that the constraint cannot be found by its name again; a key
    of 32 bits ends at two thousand million rows, and widening it later writes the table anew.

    Give short names, and BigAutoField keys.
    """

    code: ClassVar[str] = "MIG502"
    level: ClassVar[Level] = "warning"
    bad: ClassVar[str] = """
    - create_model: Shelf
      fields:
        id: {type: AutoField, primary_key: true}
        name: {type: CharField, max_length: 50}
    """
    good: ClassVar[str] = """
    - create_model: Shelf
      fields:
        id: {type: BigAutoField, primary_key: true}
        name: {type: CharField, max_length: 50}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        longest = min((BOUNDS[vendor] for vendor in judged.vendors), default=63)
        for change in judged.changes:
            if not isinstance(change, SchemaChange) or change.side == "state":
                continue
            operation: Any = change.operation
            if isinstance(operation, CreateModel) and judged.step.verb == "create_model":
                yield from small_key(judged, operation)
            elif isinstance(operation, (AddIndex, AddConstraint)):
                key = "index" if isinstance(operation, AddIndex) else "constraint"
                name = getattr(operation, key).name
                written: Any = judged.data.get(key)
                if len(name.encode()) > longest:
                    instead = []
                    if isinstance(written, dict):
                        instead = [judged.rewritten(**{key: written | {"name": short_name(name[: LONGEST - 7], name)}})]
                    message = (
                        f"the name '{name}' has {len(name.encode())} bytes, and the declared databases take {longest}"
                    )
                    advice = "give it a shorter one:" if instead else "give it a shorter one"
                    yield Found(message=message, at=(key,), advice=advice, instead=instead, mechanical=bool(instead))


def small_key(judged: Judged, operation: CreateModel) -> Iterator[Found]:
    written: Any = judged.data.get("fields", {})
    for name, field in operation.fields:
        is_small = isinstance(field, models.AutoField) and type(field).__name__ in SMALL_KEYS
        if is_small and field.primary_key:
            given = written.get(name)
            message = f"the key '{name}' has 32 bits"
            if isinstance(given, dict):
                fields = {
                    key: value | {"type": "BigAutoField"} if key == name else value for key, value in written.items()
                }
                yield Found(
                    message=message,
                    at=("fields", name),
                    advice="let it have 64:",
                    instead=[judged.rewritten(fields=fields)],
                    mechanical=True,
                )
            else:
                advice = "set default_auto_field = 'django.db.models.BigAutoField' in the app's config"
                yield Found(message=message, advice=advice)
