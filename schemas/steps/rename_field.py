"""rename_field: another name for a field, and for its column unless db_column says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, TypeVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_element, own_field, survives_remake
from migspec.schemas.data.paths import AnyField
from migspec.schemas.effects import element, field_reads, of_field, plain_names, whole_field
from migspec.schemas.fields.new import check_column, check_free, check_name
from migspec.schemas.identifiers import Identifier
from migspec.schemas.names import ElementRef
from migspec.schemas.references import constraints, fields_of, indexes, is_generated_from, keyed_by, shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep

ALTERABLE = tuple(migrations.AlterModelOptions.ALTER_OPTION_KEYS)
Element = TypeVar("Element", models.Index, models.BaseConstraint)


class RenameField(SchemaStep):
    """Rename a field, and its column unless the field has a db_column."""

    example: ClassVar[str] = """
    rename_field: Home.name
    to: title
    """

    rename_field: ElementRef
    to: Annotated[Identifier, Field(description="The new name.")]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.rename_field)
        field = own_field(self, scope, model, name)
        survives_remake(self, scope)
        if isinstance(field, models.CompositePrimaryKey):
            raise scope.error("E314", "a composite primary key is always named 'pk'", "rename_field")
        check_name(scope, self.to, field, "to")
        check_free(scope, model, self.to, "to", but=name)
        check_column(scope, model, self.to, field, "to", but=name)
        check_follows(self, scope, model, name)

        writes = whole_field(scope, model, name, field) | whole_field(scope, model, self.to, field)
        for holder, other, _ in keyed_by(scope, model, name):
            writes |= of_field(scope, holder, other, "definition")
        first = change(
            self,
            scope,
            model,
            migrations.RenameField(model.name_lower, name, self.to),
            breaks=True,
            reads=field_reads(scope, model, field),
            writes=writes,
        )
        yield first
        if self.side == "database":
            return
        options = renamed_options(model, name, self.to)
        if options:
            # Only the state has them, so the operation needs no SeparateDatabaseAndState of its own.
            altered = migrations.AlterModelOptions(model.name_lower, options)
            yield change(self, scope, model, altered, kind=first.kind, writes=writes | {scope.touch("options", model)})
        for operation, other in renamed_elements(model, name, self.to):
            touched = writes | element(scope, model, other)
            yield change(self, scope, model, operation, kind=first.kind, side="state", writes=touched)


def check_follows(step: RenameField, scope: Scope, model: ModelState, name: str) -> None:
    """E314 where something names the field that neither Django nor the database would rename with it."""
    for what, before, after in obstacles(step, scope, model, name):
        hint = f"add before this step:\n- {before}\nand after it:\n- {after}"
        message = f"{what} names '{name}', and Django does not rename it there"
        raise scope.error("E314", message, "rename_field", hint=hint)


def obstacles(step: RenameField, scope: Scope, model: ModelState, name: str) -> Iterator[tuple[str, str, str]]:
    """Give what would keep the old name, and the steps that take it away before and bring it back."""
    label = shown(scope, model)
    if model.options.get("order_with_respect_to") == name:
        verb = f"alter_order_with_respect_to: {label}, with order_with_respect_to"
        # Where SQLite remakes the table it drops the column _order if the state knows of none.
        quietly = "" if "sqlite" in scope.vendors else " and state_only: true"
        yield "order_with_respect_to", f"{verb}: null{quietly}", f"{verb}: {step.to}{quietly}"
    for other, field in model.fields.items():
        if is_generated_from(scope, model, field, name):
            yield f"the generated field '{other}'", f"remove_field: {label}.{other}", f"add_field: {label}.{other}"
    remade = field_is_remade(step, scope, model.fields[name])
    for what, elements in (("index", indexes(model)), ("constraint", constraints(model))):
        for one in elements:
            follows = name in plain_names(one) and not remade and not in_expression(scope, model, one, name)
            if name in fields_of(scope, model, one) and not follows:
                after = f"add_{what}: {label}, with '{step.to}'"
                yield f"the {what} '{one.name}'", f"remove_{what}: {label}.{one.name}", after


def field_is_remade(step: RenameField, scope: Scope, field: AnyField) -> bool:
    """Whether SQLite makes the table anew to rename the field, with the indexes as the state still has them."""
    return field.is_relation and step.side == "both" and "sqlite" in scope.vendors and step.only in (None, "sqlite")


def in_expression(scope: Scope, model: ModelState, value: models.Index | models.BaseConstraint, name: str) -> bool:
    parts = [getattr(value, "condition", None), list(getattr(value, "expressions", ()))]
    return name in fields_of(scope, model, parts)


def renamed_elements(model: ModelState, old: str, new: str) -> Iterator[tuple[Operation, str]]:
    """Give what brings indexes and constraints up to date in the state, with the name of each.

    Databases rename the column in them. Django's state does not, and looks for the old name when it next remakes the
    table.
    """
    for index in indexes(model):
        if old in plain_names(index):
            yield migrations.RemoveIndex(model.name_lower, index.name), index.name
            yield migrations.AddIndex(model.name_lower, replaced(index, old, new)), index.name
    for constraint in constraints(model):
        if old in plain_names(constraint):
            yield migrations.RemoveConstraint(model.name_lower, constraint.name), constraint.name
            yield migrations.AddConstraint(model.name_lower, replaced(constraint, old, new)), constraint.name


def renamed_options(model: ModelState, old: str, new: str) -> dict[str, Any]:
    """Give all that AlterModelOptions has to set where ordering or get_latest_by names the field; empty where not."""
    options = {name: value for name, value in model.options.items() if name in ALTERABLE}
    for option in ("ordering", "get_latest_by"):
        value = options.get(option)
        if isinstance(value, (list, tuple)):
            options[option] = type(value)(renamed(item, old, new) for item in value)
        elif value is not None:
            options[option] = renamed(value, old, new)
    return options if any(options[name] != model.options[name] for name in options) else {}


def renamed(item: Any, old: str, new: str) -> Any:
    """Give an item of an ordering ("-name", "name__lower") with the field's new name."""
    if not isinstance(item, str):
        return item
    name, separator, rest = item.lstrip("-").partition("__")
    sign = item[: len(item) - len(item.lstrip("-"))]
    return f"{sign}{new}{separator}{rest}" if name == old else item


def replaced(value: Element, old: str, new: str) -> Element:
    """Give the index or constraint with another name for one of its fields."""
    _, args, kwargs = value.deconstruct()
    names = {old: new, f"-{old}": f"-{new}"}
    for key in ("fields", "include"):
        if kwargs.get(key):
            kwargs[key] = type(kwargs[key])(names.get(name, name) for name in kwargs[key])
    return type(value)(*args, **kwargs)
