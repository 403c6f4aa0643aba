"""remove_collation: a PostgreSQL collation goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from migspec.schemas.changes import Change, Kind
from migspec.schemas.collations import CollationStep
from migspec.schemas.scope import Scope


class RemoveCollation(CollationStep):
    """Remove a collation (PostgreSQL); the other keys are for rolling back."""

    example: ClassVar[str] = """
    remove_collation: case_insensitive
    locale: und-u-ks-level2
    provider: icu
    deterministic: false
    only: postgresql
    """

    remove_collation: Annotated[str, Field(description="The collation's name.", min_length=1)]

    def changes(self, scope: Scope) -> Iterator[Change]:
        yield from self.collation_changes(scope, "RemoveCollation", Kind.CLEANUP)
