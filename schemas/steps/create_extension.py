"""create_extension: a PostgreSQL extension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import django
from pydantic import Field

from migspec.schemas.changes import EVERYTHING, Change, Effects, Kind, SchemaChange
from migspec.schemas.changing import has_one_side, only_postgresql
from migspec.schemas.postgresql import postgresql_operation
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class CreateExtension(SchemaStep):
    """Create an extension (PostgreSQL) unless it is there."""

    example: ClassVar[str] = """
    create_extension: hstore
    only: postgresql
    """

    create_extension: Annotated[str, Field(description="The extension's name in PostgreSQL.", min_length=1)]
    hints: Annotated[dict[str, Any] | None, Field(description="Hints for the database router (Django 6.0).")] = None

    def changes(self, scope: Scope) -> Iterator[Change]:
        has_one_side(self, scope, "database")
        only_postgresql(self, scope, "create_extension", "create_extension", key=True)
        arguments: dict[str, Any] = {"name": self.create_extension}
        if self.hints is not None:
            if django.VERSION < (6, 0):
                message = f"extension operations take hints from Django 6.0 on, and this is {django.get_version()}"
                raise scope.error("E311", message, "hints", hint="leave out 'hints'", key=True)
            arguments["hints"] = self.hints
        cls = postgresql_operation(scope, "CreateExtension", "create_extension")
        yield SchemaChange(
            operation=cls(**arguments),
            app_label=scope.app_label,
            kind=Kind.SCHEMA,
            side=self.side,
            only=self.only,
            effects=Effects(writes=frozenset({EVERYTHING})),  # types, functions and operators that any step may use
        )
