"""create_collation: a PostgreSQL collation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from migspec.schemas.changes import Change, Kind
from migspec.schemas.collations import CollationStep
from migspec.schemas.scope import Scope


class CreateCollation(CollationStep):
    """Create a collation (PostgreSQL)."""

    example: ClassVar[str] = """
    create_collation: case_insensitive
    locale: und-u-ks-level2
    provider: icu
    deterministic: false
    only: postgresql
    """

    create_collation: Annotated[
        str, Field(description="The collation's name, as fields name it in db_collation.", min_length=1)
    ]

    def changes(self, scope: Scope) -> Iterator[Change]:
        yield from self.collation_changes(scope, "CreateCollation", Kind.SCHEMA)
