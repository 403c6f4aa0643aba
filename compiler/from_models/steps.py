"""The steps that may stand for an operation of makemigrations: the one that reads best first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState
from django.utils import timezone

from migspec.compiler.lint.rule import Data
from migspec.compiler.spelling.fields import arguments_data, field_call, field_data
from migspec.compiler.spelling.objects import object_data
from migspec.compiler.spelling.options import bases_data, managers_data, options_data, unique_data
from migspec.compiler.spelling.values import expr, python
from migspec.schemas.data.paths import AnyField
from migspec.schemas.fields.arguments import key_of
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.steps.alter_model_options import ALTERABLE


@dataclass(frozen=True, slots=True)
class Form:
    """Steps for an operation; `otherwise`, they come to the same by other operations."""

    steps: Sequence[Data]
    otherwise: bool = False
    is_last_resort: bool = False  # names the operation's class


def candidates(operation: Any, app_label: str, scope: Scope) -> Iterator[Form]:
    """Give steps for an operation of an app, before which the project is as `scope` says."""
    write, about = WRITERS.get(type(operation)), Subject(app_label, scope)
    if write is not None:
        for form in write(operation, about):
            yield form if isinstance(form, Form) else Form([form])
    yield Form([as_operation(operation, about)], is_last_resort=True)


class Subject:
    """The models of an app, by the names that operations and specs have for them."""

    def __init__(self, app_label: str, scope: Scope) -> None:
        self.app_label = app_label
        self.scope = scope

    def model(self, name: str) -> ModelState:
        found: ModelState = self.scope.state.models[self.app_label, name.lower()]
        return found

    def label(self, name: str) -> str:
        return shown(self.scope, self.model(name))

    def new(self, name: str) -> str:
        return name if self.app_label == self.scope.app_label else f"{self.app_label}.{name}"


# --- models ---


def create_model(operation: migrations.CreateModel, about: Subject) -> Iterator[Data]:
    model = ModelState(about.app_label, operation.name, operation.fields)
    for with_automatic in (False, True):
        for exactly in (False, True):
            fields = {
                name: field_data(field, about.scope, own=model, exactly=exactly)
                for name, field in operation.fields
                if with_automatic or not field.auto_created
            }
            parts = {
                "options": options_data(operation.options, exactly=exactly),
                "bases": bases_data(operation.bases or (), about.scope),
                "managers": managers_data(operation.managers or ()),
            }
            head: Data = {"create_model": about.new(operation.name), "fields": fields}
            yield head | {key: value for key, value in parts.items() if value}


def delete_model(operation: migrations.DeleteModel, about: Subject) -> Iterator[Data]:
    yield {"delete_model": about.label(operation.name)}


def rename_model(operation: migrations.RenameModel, about: Subject) -> Iterator[Data]:
    yield {"rename_model": about.label(operation.old_name), "to": operation.new_name}


def alter_model_options(operation: migrations.AlterModelOptions, about: Subject) -> Iterator[Data]:
    """The options that change: the operation has all of them."""
    old = about.model(operation.name).options
    changed = {name: value for name, value in operation.options.items() if name not in old or old[name] != value}
    gone = {name: None for name in ALTERABLE if name in old and name not in operation.options}
    for exactly in (False, True):
        options = options_data(changed, exactly=exactly)
        yield {"alter_model_options": about.label(operation.name), "options": options | gone}


def alter_model_managers(operation: migrations.AlterModelManagers, about: Subject) -> Iterator[Data]:
    yield {"alter_model_managers": about.label(operation.name), "managers": managers_data(operation.managers)}


def alter_model_table(operation: migrations.AlterModelTable, about: Subject) -> Iterator[Data]:
    yield {"alter_model_table": about.label(operation.name), "table": operation.table}


def alter_model_table_comment(operation: migrations.AlterModelTableComment, about: Subject) -> Iterator[Data]:
    yield {"alter_model_table_comment": about.label(operation.name), "table_comment": operation.table_comment}


def alter_unique_together(operation: migrations.AlterUniqueTogether, about: Subject) -> Iterator[Data]:
    sets = unique_data(operation.unique_together)
    yield {"alter_unique_together": about.label(operation.name), "unique_together": sets}


def alter_order_with_respect_to(operation: migrations.AlterOrderWithRespectTo, about: Subject) -> Iterator[Data]:
    relation = operation.order_with_respect_to
    yield {"alter_order_with_respect_to": about.label(operation.name), "order_with_respect_to": relation}


# --- fields ---


def add_field(operation: migrations.AddField, about: Subject) -> Iterator[Data | Form]:
    model = about.model(operation.model_name)
    element = f"{about.label(operation.model_name)}.{operation.name}"
    rest = {} if operation.preserve_default else {"preserve_default": False}
    field = operation.field
    if getattr(field, "auto_now_add", False) and field.has_default():
        if field.default is timezone.now:  # which Django itself gives the rows that are there
            bare = field.clone()
            bare.default = models.NOT_PROVIDED
            yield Form([{"add_field": element, "field": field_data(bare, about.scope, own=model)}], otherwise=True)
        return  # no field of models.py has both, and so no verb
    for data in field_forms(field, about.scope, model):
        yield {"add_field": element, "field": data, **rest}
    if field.unique and field.has_default() and callable(field.default) and operation.preserve_default:
        yield from each_row_its_own(operation, about, element)


def each_row_its_own(operation: migrations.AddField, about: Subject, element: str) -> Iterator[Form]:
    """A unique field with a default that is called: Django would call it once, for all rows that are there."""
    nullable = operation.field.clone()
    nullable.null = True
    data = field_data(nullable, about.scope, own=about.model(operation.model_name))
    if not isinstance(data, dict):
        return
    default = data.pop("default")
    tightened = {} if operation.field.null else {"nullable": False}
    steps: list[Data] = [
        {"add_field": element, "field": data},
        {"update_rows": about.label(operation.model_name), "set": {operation.name: default}},
        {"alter_field": element, "field": {"default": default, **tightened}},
    ]
    yield Form(steps, otherwise=True)


def alter_field(operation: migrations.AlterField, about: Subject) -> Iterator[Data]:
    model = about.model(operation.model_name)
    element = f"{about.label(operation.model_name)}.{operation.name}"
    rest = {} if operation.preserve_default else {"preserve_default": False}
    old = model.fields[operation.name]
    if type(old) is type(operation.field):
        for exactly in (False, True):
            changed = changed_arguments(old, operation.field, about.scope, model, exactly=exactly)
            if changed:
                yield {"alter_field": element, "field": changed, **rest}
    for data in field_forms(operation.field, about.scope, model):
        yield {"alter_field": element, "field": data, **rest}


def changed_arguments(
    old: AnyField, new: AnyField, scope: Scope, model: ModelState, *, exactly: bool
) -> dict[str, Any]:
    """Give the arguments in which two fields of a class differ, as alter_field takes them."""
    before, after = old.deconstruct()[3], new.deconstruct()[3]
    written = arguments_data(after, scope, own=model, exactly=exactly)
    was = arguments_data(before, scope, own=model, exactly=exactly)
    gone = [key_of(name) for name in before if name not in after]
    # What is false by itself reads better than an argument that is removed.
    off = {key: False for key in gone if was[key] is True}
    removed = [key for key in gone if key not in off]
    changed = {key: value for key, value in written.items() if key not in was or was[key] != value}
    return changed | off | ({"remove": removed} if removed else {})


def field_forms(field: AnyField, scope: Scope, model: ModelState) -> Iterator[Any]:
    """Give a field as a mapping, as one without literals that it would read, and as in models.py."""
    yield field_data(field, scope, own=model)
    yield field_data(field, scope, own=model, exactly=True)
    yield field_call(field)


def remove_field(operation: migrations.RemoveField, about: Subject) -> Iterator[Data]:
    yield {"remove_field": f"{about.label(operation.model_name)}.{operation.name}"}


def rename_field(operation: migrations.RenameField, about: Subject) -> Iterator[Data]:
    yield {"rename_field": f"{about.label(operation.model_name)}.{operation.old_name}", "to": operation.new_name}


# --- indexes and constraints ---


def add_index(operation: migrations.AddIndex, about: Subject) -> Iterator[Data]:
    for data in (object_data(operation.index), python(operation.index)):
        yield {"add_index": about.label(operation.model_name), "index": data}


def remove_index(operation: migrations.RemoveIndex, about: Subject) -> Iterator[Data]:
    yield {"remove_index": f"{about.label(operation.model_name)}.{operation.name}"}


def rename_index(operation: migrations.RenameIndex, about: Subject) -> Iterator[Data]:
    label, new = about.label(operation.model_name), {"to": operation.new_name}
    if operation.old_fields:
        yield {"rename_index": label, **new, "old_fields": list(operation.old_fields)}
    else:
        yield {"rename_index": f"{label}.{operation.old_name}", **new}


def add_constraint(operation: migrations.AddConstraint, about: Subject) -> Iterator[Data]:
    for data in (object_data(operation.constraint), python(operation.constraint)):
        yield {"add_constraint": about.label(operation.model_name), "constraint": data}


def alter_constraint(operation: migrations.AlterConstraint, about: Subject) -> Iterator[Data]:
    element = f"{about.label(operation.model_name)}.{operation.name}"
    for data in (object_data(operation.constraint), python(operation.constraint)):
        yield {"alter_constraint": element, "constraint": data}


def remove_constraint(operation: migrations.RemoveConstraint, about: Subject) -> Iterator[Data]:
    yield {"remove_constraint": f"{about.label(operation.model_name)}.{operation.name}"}


# --- the rest ---


def as_operation(operation: Operation, about: Subject) -> Data:
    """Give the step that names the operation's class itself."""
    name, args, kwargs = operation.deconstruct()
    home = "django.db.migrations" if getattr(migrations, name, None) is type(operation) else type(operation).__module__
    names = inspect.signature(type(operation)).parameters
    given = dict(zip(names, args, strict=False)) | kwargs
    step = {"operation": f"{home}.{name}", "kwargs": {key: plain_or_expr(value) for key, value in given.items()}}
    model = getattr(operation, "model_name", "") if home == "django.db.migrations" else ""
    return step | ({"uses": [about.label(model)]} if model else {})


def plain_or_expr(value: Any) -> Any:
    return value if isinstance(value, str) and value.isidentifier() else expr(value)


def operation_of(write: Callable[[Any, Subject], Iterator[Any]]) -> type[Operation]:
    """Give Django's operation whose verb the function has as its name."""
    found: type[Operation] = getattr(migrations, "".join(word.capitalize() for word in write.__name__.split("_")))
    return found


WRITERS: Final = {
    operation_of(write): write
    for write in (
        add_constraint,
        add_field,
        add_index,
        alter_constraint,
        alter_field,
        alter_model_managers,
        alter_model_options,
        alter_model_table,
        alter_model_table_comment,
        alter_order_with_respect_to,
        alter_unique_together,
        create_model,
        delete_model,
        remove_constraint,
        remove_field,
        remove_index,
        rename_field,
        rename_index,
        rename_model,
    )
}
