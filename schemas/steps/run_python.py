"""run_python: code of the author that changes rows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from migspec.schemas.changes import Change, PythonChange
from migspec.schemas.code import Body, Uses, refuse_row_keys, used
from migspec.schemas.errors.pasting import GIVING_UP, lines_hint
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep, Irreversible, Noop


class RunPython(DataStep):
    """Run the body of a function over `apps` and `schema_editor`; the migration carries it."""

    example: ClassVar[str] = """
    run_python: |
      Home = apps.get_model("homes", "Home")
      for home in Home._base_manager.using(schema_editor.connection.alias):
          home.name = home.name.title()
          home.save(update_fields=["name"])
    uses: [Home]
    reverse: {noop: the old capitals are not missed}
    """

    run_python: Annotated[Body, Field(description="The statements of a function over `apps` and `schema_editor`.")]
    uses: Uses = None
    reverse: Annotated[
        Literal["auto"] | Noop | Irreversible | Body,
        Field(description="The statements that undo it, {noop: reason} or {irreversible: reason}."),
    ] = "auto"  # type: ignore[assignment]

    def changes(self, scope: Scope) -> Iterator[Change]:
        refuse_row_keys(self, scope)
        if self.reverse == "auto":
            hint = lines_hint(("reverse", "statements that undo it"), *GIVING_UP, before="write one of")
            raise scope.error("E501", "what undoes code of your own has to be said", "run_python", hint=hint, key=True)
        yield PythonChange(
            body=textwrap.dedent(self.run_python).strip("\n"),
            reverse=self.undoing(),
            app_label=scope.app_label,
            effects=used(self.uses, scope),
        )

    def undoing(self) -> str | None:
        """Give the body that undoes the step: empty for a noop, None where it is irreversible."""
        if isinstance(self.reverse, str):
            return textwrap.dedent(self.reverse).strip("\n")
        return "" if isinstance(self.reverse, Noop) else None
