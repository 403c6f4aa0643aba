"""From a schema step to its changes: what all of these steps check and fill in alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState

from migspec.dsl.diagnostics import nearest
from migspec.dsl.names import ElementName, ModelName
from migspec.schemas.changes import Effects, Kind, SchemaChange, Touch
from migspec.schemas.data.paths import AnyField
from migspec.schemas.effects import names_in, owner, plain_names
from migspec.schemas.references import constraints, indexes, shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep

# --- the model ---


def changed_model(step: SchemaStep, scope: Scope, name: ModelName) -> ModelState:
    """Give the model that the step changes; E301, E302, E316."""
    return scope.model(name, step.verb)


def changed_element(step: SchemaStep, scope: Scope, name: ElementName) -> tuple[ModelState, str]:
    """Give the model whose element the step is about, and the element's name, which is not looked up."""
    return scope.element(name, step.verb)


def in_database(model: ModelState) -> bool:
    """Whether Django makes and changes the model's table."""
    swapped = model.options.get("swappable")
    label = f"{model.app_label}.{model.name_lower}"
    return (
        not model.options.get("proxy")
        and model.options.get("managed", True)
        and not (swapped and str(getattr(settings, swapped, label)).lower() != label)
    )


def may_have_rows(scope: Scope, model: ModelState) -> bool:
    return in_database(model) and not scope.is_fresh(model)


# --- the change ---


def change(
    step: SchemaStep,
    scope: Scope,
    model: ModelState,
    operation: Operation,
    *,
    breaks: bool = False,
    kind: Kind | None = None,
    side: Any = None,
    reads: Iterable[Touch] = (),
    writes: Iterable[Touch] = (),
) -> SchemaChange:
    """Give the change of a model's schema.

    `breaks` says that it can fail on existing rows or break code that is running. `kind` and `side` are worked out
    where they are not given.
    """
    if kind is None:
        kind = Kind.CLEANUP if breaks and not step.state_only and may_have_rows(scope, model) else Kind.SCHEMA
    return SchemaChange(
        operation=operation,
        app_label=model.app_label,
        kind=kind,
        side=side or step.side,
        only=step.only,
        effects=Effects(reads=frozenset(reads), writes=frozenset(writes)),
    )


def has_one_side(step: SchemaStep, scope: Scope, side: str) -> None:
    """E314 where only one of the state and the database knows what the step changes."""
    key = "database_only" if side == "state" else "state_only"
    if getattr(step, key):
        message = f"{step.verb} changes nothing in the {'database' if side == 'state' else 'migration state'}"
        raise scope.error("E314", message, key, hint=f"leave out '{key}'", key=True)


def survives_remake(step: SchemaStep, scope: Scope) -> None:
    """E310 for a part of a table that only the database knows, where SQLite is declared.

    Django makes the table anew there for many a change, and takes what it has from the migration state.
    """
    if step.database_only and "sqlite" in scope.vendors and step.only in (None, "sqlite"):
        message = (
            f"on SQLite a database_only {step.verb} is lost when Django next remakes the table from the migration state"
        )
        hint = "leave out 'database_only', or add 'only: postgresql' (or another database that keeps it)"
        raise scope.error("E310", message, "database_only", hint=hint, key=True)


# --- PostgreSQL ---


def only_postgresql(step: SchemaStep, scope: Scope, what: str, *at: str | int, key: bool = False) -> None:
    """E310 unless the step runs on PostgreSQL alone."""
    if step.only == "postgresql":
        return
    if step.only is not None:
        hint = "write 'only: postgresql'"
        raise scope.error("E310", f"{what} is for PostgreSQL, and the step is only for {step.only}", "only", hint=hint)
    others = sorted(scope.vendors - {"postgresql"})
    if others:
        message = f"{what} is for PostgreSQL, and the project declares {' and '.join(others)} too"
        raise scope.error("E310", message, *at, hint="add 'only: postgresql'", key=key)


def places_nulls(value: Any) -> bool:
    """Whether an index says where its NULLs stand: SQLite and MySQL take that in queries, and not in an index."""
    if getattr(value, "nulls_first", None) or getattr(value, "nulls_last", None):
        return True
    return any(places_nulls(source) for source in getattr(value, "get_source_expressions", list)() if source)


def is_postgresql(value: Any) -> bool:
    """Whether a field, an index, a constraint or an expression is one of django.contrib.postgres, or holds one."""
    if isinstance(value, (list, tuple)):
        return any(is_postgresql(item) for item in value)
    if any(base.__module__.startswith("django.contrib.postgres") for base in type(value).__mro__):
        return True
    if isinstance(value, models.Q):
        return is_postgresql(value.children)
    if hasattr(value, "get_source_expressions"):
        return is_postgresql(value.get_source_expressions())
    parts = ("expressions", "condition", "db_default", "expression", "output_field")
    return any(is_postgresql(vars(value)[name]) for name in parts if name in getattr(value, "__dict__", {}))


def check_vendor(step: SchemaStep, scope: Scope, value: Any, *at: str | int) -> None:
    """E310 for a field, an index or a constraint that only PostgreSQL has."""
    if is_postgresql(value):
        only_postgresql(step, scope, type(value).__name__, *at)


# --- elements by name ---


def own_field(step: SchemaStep, scope: Scope, model: ModelState, name: str) -> AnyField:
    """Give the field of the model's own table that the verb names; E303, E306."""
    field = scope.field(model, name, step.verb)
    if name not in model.fields:
        holder = owner(scope, model, name)
        message = f"{model.app_label}.{model.name} inherits the field '{name}' from {holder.app_label}.{holder.name}"
        raise scope.error("E303", message, step.verb, hint=f"write '{shown(scope, holder)}.{name}'")
    return field


def index(step: SchemaStep, scope: Scope, model: ModelState, name: str) -> models.Index:
    """Give the index that the verb names; E304."""
    found = {one.name: one for one in indexes(model)}
    if name in found:
        return found[name]
    others = {one.name for one in constraints(model)}
    raise _no_such(step, scope, model, name, "index", list(found), "constraint" if name in others else "")


def constraint(step: SchemaStep, scope: Scope, model: ModelState, name: str) -> models.BaseConstraint:
    """Give the constraint that the verb names; E304."""
    found = {one.name: one for one in constraints(model)}
    if name in found:
        return found[name]
    others = {one.name for one in indexes(model)}
    raise _no_such(step, scope, model, name, "constraint", list(found), "index" if name in others else "")


def _no_such(
    step: SchemaStep, scope: Scope, model: ModelState, name: str, what: str, known: list[str], other: str
) -> Exception:
    message = f"{model.app_label}.{model.name} has no {what} '{name}' at this place"
    hint = nearest(name, known)
    if other:
        verb = step.verb.replace(what, other)
        hint = (
            f"it is {'an index' if other == 'index' else 'a constraint'}: write '{verb}: {shown(scope, model)}.{name}'"
        )
    elif not hint and known:
        hint = f"its {what}{'es' if what == 'index' else 's'}: {', '.join(known)}"
    return scope.error("E304", message, step.verb, hint=hint)


def name_is_free(scope: Scope, model: ModelState, name: str, *at: str | int) -> None:
    """E305 where the name of a new index or constraint is another's: databases have one namespace for them."""
    for other in scope.state.models.values():
        for what, elements in (("an index", indexes(other)), ("a constraint", constraints(other))):
            if any(one.name == name for one in elements):
                raise scope.error("E305", f"{other.app_label}.{other.name} has {what} '{name}' already", *at)


def columns_exist(scope: Scope, model: ModelState, names: Iterable[str], what: str, *at: str | int) -> None:
    """E303 for a name that is no field of the model, E314 for one that is not a column of its own table."""
    fields = scope.fields(model)
    by_attname = {field.attname: name for name, field in fields.items()}
    for written in names:
        if written == "pk":
            continue
        name = written if written in fields else by_attname.get(written)
        if name is None:
            message = f"{what} names '{written}', which is no field of {model.app_label}.{model.name} at this place"
            raise scope.error("E303", message, *at, hint=nearest(written, fields))
        if fields[name].many_to_many:
            raise scope.error("E314", f"{what} names '{name}', a many-to-many field, which has no column", *at)
        if name not in model.fields and in_database(model):
            holder = owner(scope, model, name)
            message = f"{what} names '{name}', a column of the table of {holder.app_label}.{holder.name}"
            raise scope.error("E314", message, *at, hint=f"add it to {shown(scope, holder)}")


def unique_columns_exist(scope: Scope, model: ModelState, names: list[str], *at: str | int) -> None:
    """E303 and E314 for the fields of one set of unique_together."""
    for number, name in enumerate(names):
        if name in names[:number]:
            raise scope.error("E314", f"unique_together names '{name}' twice", *at, hint="remove one")
    columns_exist(scope, model, names, "unique_together", *at)


def foreign_key(scope: Scope, model: ModelState, name: str, *at: str | int) -> None:
    """E303, E306 or E314 where order_with_respect_to names no foreign key of the model."""
    field = scope.field(model, name, *at)
    if field.remote_field is None or field.many_to_many:
        message = f"'{name}' of {model.app_label}.{model.name} is not a foreign key"
        raise scope.error("E314", message, *at, hint="rows are ordered with respect to the row that they point to")


def check_element(
    step: SchemaStep, scope: Scope, model: ModelState, built: models.Index | models.BaseConstraint, *at: str | int
) -> None:
    """Check a new index or constraint: its name (E305), its columns (E303, E314) and the declared databases (E310)."""
    what = f"the {'index' if isinstance(built, models.Index) else 'constraint'} '{built.name}'"
    if not built.name:
        raise scope.error("E314", "an index in a migration has a name", *at, hint="add the key 'name'")
    name_is_free(scope, model, built.name, *at)
    names = list(names_in(built))
    columns_exist(scope, model, names, what, *at)
    if "pk" in plain_names(built):
        hint = f"write '{scope.primary_key(model).name}'"
        raise scope.error("E314", f"{what} names 'pk', which is no column", *at, hint=hint)
    check_vendor(step, scope, built, *at)
    if any(places_nulls(expression) for expression in getattr(built, "expressions", ())):
        only_postgresql(step, scope, f"{what}, which says where NULLs stand,", *at)
