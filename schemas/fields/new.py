"""What a field has to be before Django adds it to a model, or to the rows that the model has."""

from __future__ import annotations

from django.db import models
from django.db.migrations.state import ModelState

from migspec.schemas.changing import check_vendor
from migspec.schemas.data.paths import AnyField
from migspec.schemas.effects import family, has_field, target_key
from migspec.schemas.fields.references import check_own_names
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep

# Characters that databases take for a name; SQLite takes any number.
LONGEST_NAME = {"postgresql": 63, "mysql": 64, "oracle": 30}


def check_name(scope: Scope, name: str, field: AnyField, *at: str | int, key: bool = False) -> None:
    """E314 for a name that Django's lookups cannot spell, E314 for `pk` that is no composite key."""
    composite = isinstance(field, models.CompositePrimaryKey)
    if composite and name != "pk":
        raise scope.error("E314", f"a CompositePrimaryKey is named 'pk', not '{name}'", *at, hint="write 'pk'", key=key)
    if name == "pk" and not composite:
        message = "'pk' means the primary key, whatever its name is, and cannot be the name of a field"
        raise scope.error("E314", message, *at, key=key)
    if name.endswith("_") or "__" in name:
        message = f"'{name}' {'ends with an underscore' if name.endswith('_') else 'has two underscores in a row'}"
        hint = f"write '{'_'.join(word for word in name.split('_') if word)}'"
        raise scope.error(
            "E314", f"{message}, which Django's lookups cannot tell from their own", *at, hint=hint, key=key
        )


def check_free(scope: Scope, model: ModelState, name: str, *at: str | int, but: str = "", key: bool = False) -> None:
    """E305 where the model, or one that inherits from it, has a field of the name; `but` is a field that is going."""
    for member in family(scope, model):
        if name != but and has_field(scope, member, name):
            hint = "choose another name, or rename or remove that field first"
            raise scope.error("E305", f"{shown(scope, member)} has a field '{name}' already", *at, hint=hint, key=key)


def check_column(
    scope: Scope, model: ModelState, name: str, field: AnyField, *at: str | int, but: str = "", key: bool = False
) -> None:
    """E305 where another field of the model has the column, E314 where a database would cut its name short."""
    bound = field.clone()
    bound.set_attributes_from_name(name)
    if not bound.column or bound.many_to_many or not getattr(bound, "concrete", True):
        return
    longest = min((LONGEST_NAME[vendor] for vendor in scope.vendors if vendor in LONGEST_NAME), default=None)
    if longest and len(bound.column) > longest:
        message = f"the column's name has {len(bound.column)} characters, and the declared databases take {longest}"
        raise scope.error("E314", message, *at, hint="give the field a shorter name, or a 'db_column'", key=key)
    for other, known in scope.fields(model).items():
        if (
            other in model.fields
            and other not in (name, but)
            and not known.many_to_many
            and known.column == bound.column
        ):
            message = f"'{bound.column}' is the column of the field '{other}' already"
            raise scope.error("E305", message, *at, hint="give the field another name, or a 'db_column'", key=key)


def check_relation(scope: Scope, model: ModelState, field: AnyField, *at: str | int) -> None:
    """E314 for a relation to a model with a composite primary key."""
    remote = field.remote_field
    target = scope.state.models.get(target_key(model, remote.model)) if remote is not None else None
    if target is not None and any(isinstance(one, models.CompositePrimaryKey) for one in target.fields.values()):
        message = f"{target.app_label}.{target.name} has a composite primary key, and relations cannot point to it"
        hint = "add the columns of the key as fields, and a ForeignObject with from_fields and to_fields over them"
        if not isinstance(field, (models.ForeignKey, models.ManyToManyField)):
            return
        raise scope.error("E314", message, *at, hint=hint)


def check_field(step: SchemaStep, scope: Scope, model: ModelState, field: AnyField, *at: str | int) -> None:
    """E303, E310, E314 for what the model, the declared databases or Django do not take."""
    check_vendor(step, scope, field, *at)
    check_relation(scope, model, field, *at)
    check_own_names(scope, model, field, *at)


def check_old_rows(scope: Scope, model: ModelState, name: str, field: AnyField, *at: str | int) -> None:
    """E312 where the rows that are there would get no value, E313 where they would all get the same one."""
    if not has_value_for_old_rows(field):
        hint = "add 'nullable: true' and fill it, or 'default: ...' with 'preserve_default: false'"
        raise scope.error(
            "E312", f"{model.name} may have rows, and '{name}' is NOT NULL without a default", *at, hint=hint
        )
    if field.unique and not field.many_to_many and has_default(field):
        message = f"{model.name} may have rows, and all of them would get the same value of the unique '{name}'"
        hint = (
            "add it with 'nullable: true' and no default, fill it with update_rows,\n"
            "then make it unique and NOT NULL with alter_field"
        )
        raise scope.error("E313", message, *at, hint=hint)


def has_value_for_old_rows(field: AnyField) -> bool:
    """Whether Django finds a value for the rows that are there (as its schema editors do)."""
    return bool(
        field.null
        or not has_column(field)
        or has_default(field)
        or getattr(field, "generated", False)
        or (field.blank and field.empty_strings_allowed)
        or getattr(field, "auto_now", False)
        or getattr(field, "auto_now_add", False)
    )


def has_default(field: AnyField) -> bool:
    return field.has_default() or getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED


def has_column(field: AnyField) -> bool:
    """Whether the field is a column of its table; many-to-many fields, composite keys and virtual links are none."""
    bound = field.clone()
    bound.set_attributes_from_name("name")
    return bool(bound.column) and bool(bound.concrete) and not bound.many_to_many
