"""What schema steps read and write, said in one place, so that two steps that depend on each other never pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from django.db import models
from django.db.migrations.state import ModelState
from django.db.migrations.utils import get_references

from migspec.schemas.changes import Touch
from migspec.schemas.data.join_tables import join_key, makes_table
from migspec.schemas.data.paths import AnyField, parents
from migspec.schemas.scope import Scope

# --- models ---


def table_name(model: ModelState) -> str:
    return model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"


def table(name: str) -> Touch:
    """A table by its name in the database, which another model may take over."""
    return Touch("exists", name=name)


def children(scope: Scope, model: ModelState) -> list[ModelState]:
    """Give the models that have this one among their bases: its proxies, and those with a table of their own."""
    label = f"{model.app_label}.{model.name_lower}"
    return [
        other
        for other in scope.state.models.values()
        if any(isinstance(base, str) and base.lower() == label for base in other.bases)
    ]


def family(scope: Scope, model: ModelState) -> list[ModelState]:
    """Give the model and all that inherit its columns."""
    return [model, *(member for child in children(scope, model) for member in family(scope, child))]


def pointing(scope: Scope, model: ModelState) -> Iterator[tuple[ModelState, str, AnyField]]:
    """Give the relations of all models, this one too, that lead to the model, or through it."""
    for other, name, field, _ in get_references(scope.state, (model.app_label, model.name_lower)):
        yield other, name, field


def join_table(model: ModelState, name: str, field: AnyField) -> Touch | None:
    """Give the table that Django makes for a many-to-many field, if it makes one."""
    return Touch("model", *join_key(model, name)) if makes_table(field) else None


def join_tables(model: ModelState) -> frozenset[Touch]:
    found = (join_table(model, name, field) for name, field in model.fields.items())
    return frozenset(touch for touch in found if touch)


def model_and_tables(scope: Scope, model: ModelState) -> frozenset[Touch]:
    """The model as a whole, with its table and its join tables."""
    return frozenset({scope.touch("model", model), table(table_name(model))}) | join_tables(model)


# --- fields ---


def owner(scope: Scope, model: ModelState, name: str) -> ModelState:
    """Give the model whose table has the field: the model, or the one that it inherits the field from."""
    if name in model.fields:
        return model
    for parent in parents(scope.state, model):
        if has_field(scope, parent, name):
            return owner(scope, parent, name)
    return model


def has_field(scope: Scope, model: ModelState, name: str) -> bool:
    return name in model.fields or any(has_field(scope, parent, name) for parent in parents(scope.state, model))


def field_name(scope: Scope, model: ModelState, name: str) -> str:
    """Give the field that an index, a constraint or an expression means: it may say pk, or the column."""
    if has_field(scope, model, name):
        return name
    fields = scope.fields(model)
    if name == "pk":
        return next((known for known, field in fields.items() if field.primary_key), name)
    return next((known for known, field in fields.items() if field.attname == name), name)


def of_field(scope: Scope, model: ModelState, name: str, *what: Literal["definition", "values"]) -> frozenset[Touch]:
    """A field of the model, and of those that inherit it."""
    return frozenset(scope.touch(one, member, name) for member in family(scope, model) for one in what)


def column_set(scope: Scope, model: ModelState) -> frozenset[Touch]:
    """The set of columns that inserts into the model, and into those that inherit from it, depend on."""
    return frozenset(scope.touch("shape", member) for member in family(scope, model))


def whole_field(scope: Scope, model: ModelState, name: str, field: AnyField) -> frozenset[Touch]:
    """What a field's coming and going writes."""
    if field.many_to_many:
        table = join_table(model, name, field)
        return of_field(scope, model, name, "definition") | ({table} if table else set())
    return of_field(scope, model, name, "definition", "values") | column_set(scope, model)


def field_reads(scope: Scope, model: ModelState, field: AnyField) -> frozenset[Touch]:
    """What a field's definition depends on: the key that it points to, or the columns that it is computed from."""
    remote: Any = field.remote_field
    through = getattr(remote, "through", None)
    found = {Touch("exists", *target_key(model, to)) for to in (getattr(remote, "model", None), through) if to}
    target = scope.state.models.get(target_key(model, remote.model)) if remote is not None else None
    if target is not None and not field.many_to_many:
        name = getattr(remote, "field_name", None) or field_name(scope, target, "pk")
        found.add(scope.touch("definition", owner(scope, target, name), name))
    if getattr(field, "generated", False):
        found |= columns_read(scope, model, names_in(field.expression))  # type: ignore[attr-defined]
    return frozenset(found)


def target_key(model: ModelState, to: Any) -> tuple[str, str]:
    """Give the key in ProjectState.models of what a relation of the model points to."""
    label = to if isinstance(to, str) else to._meta.label
    if label == "self":
        return model.app_label, model.name_lower
    app_label, _, name = label.rpartition(".")
    return app_label or model.app_label, name.lower()


# --- indexes, constraints and expressions ---


def names_in(value: Any) -> Iterator[str]:
    """Give the fields of its own model that an index, a constraint, a Q object or an expression names."""
    match value:
        case models.F():
            yield str(value.name).split("__")[0]  # type: ignore[attr-defined]
        case models.Q():
            for child in value.children:
                if isinstance(child, tuple):
                    yield child[0].split("__")[0]
                    yield from names_in(child[1])
                else:
                    yield from names_in(child)
        case models.Index() | models.BaseConstraint():
            yield from (name.removeprefix("-") for name in getattr(value, "fields", ()))
            yield from getattr(value, "include", None) or ()
            yield from names_in(getattr(value, "condition", None))
            # An exclusion constraint has pairs of an expression, or a field's name, and an operator.
            for item in getattr(value, "expressions", ()):
                expression = item[0] if isinstance(item, (list, tuple)) else item
                yield from [expression] if isinstance(expression, str) else names_in(expression)
        case list() | tuple():
            for item in value:
                yield from names_in(item)
        case _ if hasattr(value, "get_source_expressions"):
            for source in value.get_source_expressions():
                yield from names_in(source)


def plain_names(value: models.Index | models.BaseConstraint) -> set[str]:
    """Give the fields that stand as names in an index or a constraint, not in an expression or a condition."""
    names = [*getattr(value, "fields", ()), *(getattr(value, "include", None) or ())]
    return {name.removeprefix("-") for name in names}


def columns_read(scope: Scope, model: ModelState, names: Iterable[str], *, rows: bool = False) -> frozenset[Touch]:
    """Reading the definition of columns, and with `rows` their values too."""
    found: set[Touch] = set()
    for written in names:
        name = field_name(scope, model, written)
        holder = owner(scope, model, name)
        found.add(scope.touch("definition", holder, name))
        if rows:
            found |= {scope.touch("values", holder, name), scope.touch("rows", holder)}
    return frozenset(found)


def element(scope: Scope, model: ModelState, *names: str) -> frozenset[Touch]:
    """An index or constraint. Its name is one of the database's too: another model's may take it over."""
    return frozenset(
        touch for name in names for touch in (scope.touch("element", model, name), Touch("element", name=name))
    )
