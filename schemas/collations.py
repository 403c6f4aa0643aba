"""What create_collation and remove_collation have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from migspec.schemas.changes import EVERYTHING, Change, Effects, Kind, SchemaChange
from migspec.schemas.changing import has_one_side, only_postgresql
from migspec.schemas.postgresql import postgresql_operation
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class CollationStep(SchemaStep):
    """The keys of a collation."""

    locale: Annotated[str, Field(description="The locale in the provider's spelling.", examples=["de-u-kn-true"])]
    provider: Annotated[Literal["libc", "icu", "builtin"], Field(description="Where the collation comes from.")] = (
        "libc"
    )
    deterministic: Annotated[bool, Field(description="Whether only equal bytes are equal (icu can say no).")] = True

    def collation_changes(self, scope: Scope, operation: str, kind: Kind) -> Iterator[Change]:
        has_one_side(self, scope, "database")
        only_postgresql(self, scope, self.verb, self.verb, key=True)
        if not self.deterministic and self.provider != "icu":
            hint = "add 'provider: icu', or leave out 'deterministic'"
            raise scope.error(
                "E314", f"PostgreSQL has no nondeterministic {self.provider} collation", "deterministic", hint=hint
            )
        cls = postgresql_operation(scope, operation, self.verb)
        yield SchemaChange(
            operation=cls(self.about, self.locale, provider=self.provider, deterministic=self.deterministic),
            app_label=scope.app_label,
            kind=kind,
            side=self.side,
            only=self.only,
            effects=Effects(writes=frozenset({EVERYTHING})),  # any column, index or expression may name it
        )
