"""The options of a model (its Meta) as a spec writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from django.db.migrations.state import ModelState
from django.db.models.options import normalize_together
from pydantic import AfterValidator, Field, model_validator

from migspec.dsl.expressions import Expression
from migspec.schemas.data.paths import PathProblem, walk
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.objects.objects import ConstraintValue, IndexValue
from migspec.schemas.python.expressions import ExprValue, evaluate
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

Text = str | ExprValue
Texts = list[Text]
LISTS: Final = ("default_permissions", "ordering", "permissions")

# Where to say what a Meta says and these options do not.
ELSEWHERE: Final = {
    "abstract": "abstract models have no migrations",
    "app_label": "the app is part of the model's name: app.Model",
    "apps": "the registry is Django's own",
    "index_together": "write an index of several fields",
}
OTHER_VERBS: Final = {
    "constraints": "use add_constraint and remove_constraint",
    "db_table": "use alter_model_table",
    "db_table_comment": "use alter_model_table_comment",
    "indexes": "use add_index and remove_index",
    "order_with_respect_to": "use alter_order_with_respect_to",
    "unique_together": "use alter_unique_together",
}


def is_pair(item: list[Any]) -> list[Any]:
    if len(item) != 2:
        raise complaint("E204", f"a permission is [codename, name], not a list of {len(item)}")
    return item


class AlteredOptions(Part):
    """Options of a model that only Django knows, as alter_model_options changes them; null takes one away."""

    null_counts = True
    elsewhere: ClassVar[Mapping[str, str]] = {**ELSEWHERE, **OTHER_VERBS}

    verbose_name: Annotated[Text | None, Field(description="The model's name for people.")] = None
    verbose_name_plural: Annotated[Text | None, Field(description="The name of several.")] = None
    ordering: Annotated[
        Texts | ExprValue | None,
        Field(description="The default order: fields, '-field' for descending, or {expr: ...}."),
    ] = None
    permissions: Annotated[
        list[Annotated[Texts, AfterValidator(is_pair)]] | ExprValue | None,
        Field(description="A list of [codename, name].", examples=[[["publish_book", "Can publish a book"]]]),
    ] = None
    default_permissions: Annotated[
        list[str] | ExprValue | None, Field(description="The permissions that every model gets.")
    ] = None
    get_latest_by: Annotated[Text | Texts | None, Field(description="The field, or fields, that latest() goes by.")] = (
        None
    )
    managed: Annotated[bool | None, Field(description="Whether Django makes and changes the table.")] = None
    select_on_save: Annotated[bool | None, Field(description="Whether save() first asks whether the row is there.")] = (
        None
    )
    default_related_name: Annotated[
        str | None, Field(description="The name of relations to this model from the other side.")
    ] = None
    base_manager_name: Annotated[str | None, Field(description="The manager that Django uses for related rows.")] = None
    default_manager_name: Annotated[str | None, Field(description="The manager that Django uses elsewhere.")] = None

    @model_validator(mode="before")
    @classmethod
    def stands_here(cls, value: Any) -> Any:
        """Say where a key belongs that other parts of a spec are for."""
        for key in value if isinstance(value, dict) else ():
            if key in cls.elsewhere and key not in cls.model_fields:
                message = f"'{key}' is not an option that can be set here"
                raise complaint("E202", message, at=(key,), key=True, hint=cls.elsewhere[key])
        return value

    def build(self, scope: Scope, *at: str | int, model: ModelState | None = None) -> dict[str, Any]:
        """Give the options that are written, as a migration has them; null is None.

        E303, E309, E311, E314 with their place, and all that indexes and constraints raise. `model` is the model with
        its fields; without it no field is looked up and no index gets Django's name.
        """
        collected = Collected()
        built: dict[str, Any] = {}
        for name in type(self).model_fields:
            if name in self.model_fields_set:
                with collected.catching():
                    built[name] = option(name, getattr(self, name), scope, model, *at, name)
        collected.throw()
        return built


class OptionsValue(AlteredOptions):
    """The options of a new model."""

    elsewhere: ClassVar[Mapping[str, str]] = ELSEWHERE

    db_table: Annotated[str | None, Field(description="The table's name in the database.")] = None
    db_table_comment: Annotated[str | None, Field(description="A comment on the table in the database.")] = None
    db_tablespace: Annotated[str | None, Field(description="The tablespace of the table.")] = None
    unique_together: Annotated[
        list[list[str]] | None,
        Field(description="Lists of fields that are unique together.", examples=[[["city", "name"]]]),
    ] = None
    order_with_respect_to: Annotated[
        str | None, Field(description="The foreign key within which the rows have an order.")
    ] = None
    proxy: Annotated[bool | None, Field(description="Whether the model is another view of its base's table.")] = None
    swappable: Annotated[str | None, Field(description="The setting that may name another model instead.")] = None
    auto_created: Annotated[bool | None, Field(description="Whether Django made the model for a relation.")] = None
    required_db_features: Annotated[list[str] | None, Field(description="What the database must be able to do.")] = None
    required_db_vendor: Annotated[str | None, Field(description="The one database that the model is for.")] = None
    indexes: Annotated[list[IndexValue] | None, Field(description="The indexes.")] = None
    constraints: Annotated[list[ConstraintValue] | None, Field(description="The constraints.")] = None

    def build(self, scope: Scope, *at: str | int, model: ModelState | None = None) -> dict[str, Any]:
        """Give the options of the new model; null says the same as leaving the key out."""
        if model is not None and self.db_table:  # names of indexes begin with it
            model = model.clone()
            model.options["db_table"] = self.db_table
        built = super().build(scope, *at, model=model)
        return {name: value for name, value in built.items() if value is not None}


def option(name: str, value: Any, scope: Scope, model: ModelState | None, *at: str | int) -> Any:
    """Give one option as a migration has it."""
    if name in ("indexes", "constraints") and value is not None:
        collected = Collected()
        objects = []
        for index, one in enumerate(value):
            with collected.catching():
                objects.append(one.build(scope, *at, index, model=model))
        collected.throw()
        return objects
    found = evaluated(value, scope, *at)
    if name in LISTS and isinstance(value, Expression):
        # A tuple stays one: to the autodetector it is not the same as a list.
        if not isinstance(found, (list, tuple, type(None))):
            message = f"'{name}' is a list or a tuple, and the expression gives {type(found).__name__}"
            raise scope.error("E204", message, *at, "expr")
        return found
    if name == "unique_together" and found is not None:
        return set(normalize_together(found))
    if name == "permissions" and found is not None:
        return [tuple(item) for item in found]
    if name == "ordering" and found is not None and model is not None:
        check_ordering(found, scope, model, *at)
    return found


def evaluated(value: Any, scope: Scope, *at: str | int) -> Any:
    """Give the value with its expressions evaluated; lists stay lists."""
    if isinstance(value, Expression):
        return evaluate(value, scope, *at, "expr")
    if isinstance(value, list):
        return [evaluated(item, scope, *at, index) for index, item in enumerate(value)]
    return value


def check_ordering(ordering: list[Any], scope: Scope, model: ModelState, *at: str | int) -> None:
    """E303 for an item that leads to no column."""
    collected = Collected()
    for index, item in enumerate(ordering):
        path = item.removeprefix("-").removeprefix("+") if isinstance(item, str) else "?"
        try:
            if path not in ("?", "_order"):
                walk(scope.state, model, path)
        except PathProblem as problem:
            collected.add(scope.error(problem.code, problem.message, *at, index, hint=problem.hint))
    collected.throw()
