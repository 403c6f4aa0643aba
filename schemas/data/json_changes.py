"""Changes of the keys of JSON mappings and of the elements of JSON lists: `{json: details, rename: {...}}`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from django.db.migrations.state import ModelState
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from migspec.schemas.data import rows
from migspec.schemas.data.literals import PLURAL, base, json_value, kind_of
from migspec.schemas.data.paths import AnyField
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.errors.pasting import line_hint, value_hint
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

OF_MAPPINGS = ("rename", "set", "drop")
OF_LISTS = ("append", "remove", "replace", "each")
# Columns that look like JSON in Python, and are none in the database.
OF_POSTGRESQL = {"ArrayField": "arrays", "HStoreField": "texts by key"}


def is_key(key: Any) -> Any:
    """Refuse the number of an element, which leads somewhere else in each row; E204."""
    if isinstance(key, int):
        hint = value_hint({"each": {"set": {"key": ...}}}, "change all elements of a list:")
        raise complaint("E204", f"'at' names keys of mappings, and {key} is none", hint=hint)
    return key


def is_pair(pair: list[Any]) -> list[Any]:
    if len(pair) != 2:
        raise complaint("E204", f"an element and what it becomes are two values, not {len(pair)}")
    return pair


Key = Annotated[str, BeforeValidator(is_key, json_schema_input_type=str)]


class JsonChangePart(Part):
    """Changes of the mapping or the list at one place in JSON; whatever else stands there stays as it is."""

    at: Annotated[
        Key | Annotated[list[Key], Field(min_length=1)] | None,
        Field(description="Where in the JSON: a key, or a list of the keys that lead there, from the outermost on."),
    ] = None
    rename: Annotated[dict[str, str] | None, Field(description="Old keys and the new ones.", min_length=1)] = None
    set: Annotated[dict[str, Any] | None, Field(description="Keys and their new values.", min_length=1)] = None
    drop: Annotated[list[str] | None, Field(description="Keys that go.", min_length=1)] = None
    append: Annotated[list[Any] | None, Field(description="Elements that a list gets at its end.", min_length=1)] = None
    remove: Annotated[list[Any] | None, Field(description="Elements that a list loses.", min_length=1)] = None
    replace: Annotated[
        Annotated[dict[str, Any], Field(min_length=1)]
        | Annotated[list[Annotated[list[Any], AfterValidator(is_pair)]], Field(min_length=1)]
        | None,
        Field(description="Elements of a list and what they become: {old: new} for texts, [[old, new]] for any."),
    ] = None
    each: Annotated[JsonChangePart | None, Field(description="Changes of every element of a list.")] = None
    existing: Annotated[
        Literal["error", "update", "skip"],
        Field(description="Where a key or element that comes is there already: error (the default), update or skip."),
    ] = "error"

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        keys, elements = self.given(OF_MAPPINGS), self.given(OF_LISTS)
        if not keys and not elements:
            raise complaint("E201", "nothing is changed", hint=line_hint("rename", {"old": "new"}))
        if keys and elements:
            message = f"'{elements[0]}' is about lists, and '{keys[0]}' is about mappings"
            raise complaint("E208", message, at=(elements[0],), key=True)
        if self.replace and self.each:
            message, hint = "'replace' and 'each' change the same elements", "make two steps of it"
            raise complaint("E208", message, at=("replace",), key=True, hint=hint)
        if self.append and self.existing == "update":
            message = "an element that is there already has nothing to update"
            raise complaint("E208", message, at=("existing",), hint=line_hint("existing", "skip", "write"))
        return self

    def given(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if getattr(self, name)]


class JsonColumn(Part):
    json_: Annotated[str, Field(alias="json", description="The column of the row that holds the JSON.", min_length=1)]


class JsonPart(JsonChangePart, JsonColumn):
    """The JSON of a column with keys renamed, set or dropped, or with other elements in a list.

    `at` leads to a mapping or a list inside the JSON, and `each` goes through the elements of a list. Where that place
    is not there, or holds something else than the change is about, the JSON stays as it is.
    """


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
        kind, internal = kind_of(one, scope), base(one, scope).get_internal_type()
        if kind not in (None, "JSON"):
            raise scope.error("E307", f"'{name}' holds {PLURAL[kind]}, and this is JSON", *where)
        if internal in OF_POSTGRESQL:
            hint = value_hint({"python": f"return row.{found.attname}"}, "let a function of Python give it:")
            raise scope.error("E307", f"'{name}' holds {OF_POSTGRESQL[internal]}, and this is JSON", *where, hint=hint)
    return rows.Reshaped(rows.Column(found.attname, of), changed(found, part, scope, *at, by="json"))


def changed(column: AnyField, part: JsonChangePart, scope: Scope, *at: str | int, by: str = "") -> rows.JsonChange:
    """Give what a change means; E104 for a key or an element twice, `by` being where a key is shown."""
    pairs = part.replace.items() if isinstance(part.replace, dict) else part.replace or ()
    new = rows.JsonChange(
        at=(part.at,) if isinstance(part.at, str) else tuple(part.at or ()),
        rename=tuple((part.rename or {}).items()),
        set=tuple((key, json_value(column, value)) for key, value in (part.set or {}).items()),
        drop=tuple(part.drop or ()),
        remove=tuple(json_value(column, value) for value in part.remove or ()),
        replace=tuple((json_value(column, old), json_value(column, value)) for old, value in pairs),
        each=changed(column, part.each, scope, *at, "each") if part.each else None,
        append=tuple(json_value(column, value) for value in part.append or ()),
        existing=part.existing,
    )
    touched = [*(old for old, _ in new.rename), *new.drop]
    for index, key in enumerate([*touched, *new.new_keys]):
        if key in [*touched, *new.new_keys][:index] and (key not in touched or index < len(touched)):
            where = (*at, by) if by else at
            raise scope.error("E104", f"the key '{key}' is changed twice", *where, key=True)
    for name, elements in (("append", new.append), ("remove", (*new.remove, *(old for old, _ in new.replace)))):
        texts = [json.dumps(element, sort_keys=True, ensure_ascii=False) for element in elements]
        for index, text in enumerate(texts):
            if text in texts[:index]:
                verb = name if name == "append" or index < len(new.remove) else "replace"
                raise scope.error("E104", f"the element {text} stands twice", *at, verb, key=True)
    return new
