"""Changes of the keys of a JSON mapping, or of the elements of a JSON list: `{json: details, rename: {...}}`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from django.db.migrations.state import ModelState
from pydantic import Field, model_validator

from migspec.schemas.data import rows
from migspec.schemas.data.literals import PLURAL, kind_of
from migspec.schemas.data.paths import AnyField
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.errors.pasting import line_hint
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

CHANGES = ("rename", "set", "drop", "replace")


class JsonPart(Part):
    """The JSON of a column with keys renamed, set or dropped, or elements of a list replaced; other JSON stays."""

    json_: Annotated[str, Field(alias="json", description="The column of the row that holds the JSON.", min_length=1)]
    rename: Annotated[dict[str, str] | None, Field(description="Old keys and the new ones.", min_length=1)] = None
    set: Annotated[dict[str, Any] | None, Field(description="Keys and their new values.", min_length=1)] = None
    drop: Annotated[list[str] | None, Field(description="Keys that go.", min_length=1)] = None
    replace: Annotated[
        dict[str, Any] | None, Field(description="Texts in a list and what they become.", min_length=1)
    ] = None
    existing: Annotated[
        Literal["error", "update", "skip"],
        Field(description="What to do where a key that is set is there already: error (the default), update or skip."),
    ] = "error"

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        if not any(getattr(self, name) for name in CHANGES):
            raise complaint("E201", "nothing is changed", hint=line_hint("rename", {"old": "new"}))
        if self.replace and (self.rename or self.set or self.drop):
            message = "'replace' is about lists, and the other keys are about mappings"
            raise complaint("E208", message, at=("replace",), key=True)
        return self


def reshaped(
    field: AnyField,
    part: JsonPart,
    model: ModelState | None,
    of: Literal["row", "source"],
    scope: Scope,
    *at: str | int,
) -> rows.Reshaped:
    """Give what the value means; E303 or E307 where the column is not there or holds no JSON, E104 for a key twice."""
    assert model is not None
    found = scope.column(model, part.json_, *at, "json")
    for name, one, where in ((field.attname, field, at), (part.json_, found, (*at, "json"))):
        kind = kind_of(one, scope)
        if kind not in (None, "JSON"):
            raise scope.error("E307", f"'{name}' holds {PLURAL[kind]}, and this is JSON", *where)
    new = rows.Reshaped(
        rows.Column(found.attname, of),
        rename=tuple((part.rename or {}).items()),
        set=tuple((part.set or {}).items()),
        drop=tuple(part.drop or ()),
        replace=tuple((part.replace or {}).items()),
        existing=part.existing,
    )
    touched = [*(old for old, _ in new.rename), *new.drop]
    for index, key in enumerate([*touched, *new.new_keys]):
        if key in [*touched, *new.new_keys][:index] and (key not in touched or index < len(touched)):
            raise scope.error("E104", f"the key '{key}' is changed twice", *at, "json", key=True)
    return new
