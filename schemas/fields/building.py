"""From the parts of a field as they were written to Django's field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState
from django.db.models.fields.related import RelatedField

from migspec.dsl.diagnostics import Path, nearest
from migspec.schemas.data.literals import Misfit, base, fit
from migspec.schemas.data.paths import AnyField
from migspec.schemas.errors.collect import Collected
from migspec.schemas.fields.arguments import SLOTS, key_of
from migspec.schemas.fields.checks import static_errors
from migspec.schemas.fields.classes import POSTGRES, FieldType, known_class, known_names, signature
from migspec.schemas.fields.relations import check_target, join_model, target
from migspec.schemas.python.arguments import Argument, Given, Written, plain, resolve
from migspec.schemas.python.calling import called, imported, without_driver
from migspec.schemas.python.slots import misfit
from migspec.schemas.scope import Scope

# Read by the field itself, which has to be there before.
READ_BY_THE_FIELD = ("default", "db_default", "choices")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a field is built from, and where that stands."""

    cls: FieldType
    arguments: Mapping[str, Argument]
    at: Path
    positional: tuple[Argument, ...] = ()
    existing: AnyField | None = None
    removed: tuple[str, ...] = ()
    inline: bool = False  # all parts stand in one string

    def place(self, name: str) -> Path:
        return self.at if self.inline else (*self.at, key_of(name))


def build_field(parts: Parts, scope: Scope, model: ModelState | None) -> AnyField:
    """Give the field; SpecError with everything that is wrong with its arguments."""
    kept_positional, kept = kept_arguments(parts, scope)
    positional, arguments = by_name(parts)
    collected = Collected()
    given: dict[str, Any] = {}
    for name, argument in arguments.items():
        with collected.catching():
            given[name] = value_of(parts, name, argument, scope, model)
    for argument in positional:
        with collected.catching():
            kept_positional.append(resolve(argument, scope, *parts.at))
    collected.throw()
    if "field_names" in given and issubclass(parts.cls, models.CompositePrimaryKey):
        kept_positional = given.pop("field_names")
    late = {
        name: arguments[name] for name in READ_BY_THE_FIELD if name in arguments and is_written(arguments[name], parts)
    }
    if late:
        probe = construct(parts, kept_positional, {**kept, **given}, scope, without=READ_BY_THE_FIELD)
        for name, argument in late.items():
            with collected.catching():
                given[name] = read(name, argument, probe, scope, *parts.place(name))
        collected.throw()
    built = construct(parts, kept_positional, {**kept, **given}, scope)
    for message, hint, name in static_errors(built, scope):
        at = parts.place(name) if name in arguments else parts.at
        collected.add(scope.error("E314", message, *at, hint=hint))
    with collected.catching():
        check_target(built, scope, model, parts.place)
    collected.throw()
    if built.primary_key and "serialize" not in given and not isinstance(built, models.CompositePrimaryKey):
        # As Django does when a class is made of the model (Options.setup_pk).
        built.serialize = False  # type: ignore[attr-defined]
    return built


# --- the class ---


def import_class(name: str, scope: Scope, *at: str | int) -> FieldType:
    """Give the class of a known name or a dotted path; E309 where it cannot be imported, E209 where it is no field."""
    if name not in known_names():
        return imported(name, models.Field, "a field", scope, *at)
    found = known_class(name)
    if found is None:
        raise without_driver(f"{POSTGRES[name]}.{name}", scope, *at)
    return found


# --- the arguments ---


def kept_arguments(parts: Parts, scope: Scope) -> tuple[list[Any], dict[str, Any]]:
    """Give the arguments of the existing field without those that go."""
    if parts.existing is None:
        return [], {}
    _, _, args, kwargs = parts.existing.deconstruct()
    collected = Collected()
    for index, name in enumerate(parts.removed):
        if name not in kwargs:
            message = f"the field has no argument '{key_of(name)}' that could be removed"
            hint = nearest(key_of(name), map(key_of, kwargs))
            collected.add(scope.error("E209", message, *parts.at, "remove", index, hint=hint))
    collected.throw()
    return list(args), {name: value for name, value in kwargs.items() if name not in parts.removed}


def by_name(parts: Parts) -> tuple[list[Argument], Mapping[str, Argument]]:
    """Give the positional arguments by name where the class has names for them."""
    names = signature(parts.cls).positional
    if not parts.positional or len(parts.positional) > len(names):
        return list(parts.positional), parts.arguments
    return [], {**dict(zip(names, parts.positional, strict=False)), **parts.arguments}


def is_written(argument: Argument, parts: Parts) -> bool:
    """Whether the field reads the argument: text in a string as in models.py is Python already."""
    return not parts.inline and not isinstance(argument, Written)


def value_of(parts: Parts, name: str, argument: Argument, scope: Scope, model: ModelState | None) -> Any:
    """Give the Python value of an argument."""
    at = parts.place(name)
    slot = SLOTS.get(name)
    if slot is not None and slot.kind == "field" and hasattr(argument, "build"):
        return argument.build(scope, *at)
    value = resolve(argument, scope, *at)
    takes = misfit(slot, argument, value) if known_class(parts.cls.__name__) is parts.cls else ""
    if takes:
        message = f"'{key_of(name)}' takes {takes}, and the expression gives {type(value).__name__}"
        raise scope.error("E204", message, *at)
    if issubclass(parts.cls, RelatedField):
        if name == "to":
            return target(value, scope, model, *at)
        if name == "through":
            return join_model(value, scope, *at)
        if name == "on_delete" and isinstance(value, str):
            return on_delete(value, scope, *at)
    if name == "through_fields" and isinstance(value, list):
        return tuple(value)
    return value


def on_delete(value: str, scope: Scope, *at: str | int) -> Any:
    if not value.isupper() or not hasattr(models, value):
        raise scope.error(
            "E205", f"'{value}' is nothing that on_delete takes", *at, hint="write 'CASCADE', 'SET_NULL' or another"
        )
    return getattr(models, value)


# --- literals ---


def read(name: str, argument: Argument, probe: AnyField, scope: Scope, *at: str | int) -> Any:
    """Give the Python value of a default, or of choices, as the field reads it; E307."""
    if name == "choices":
        return choices(argument, probe, scope, *at)
    value = argument.value if isinstance(argument, Given) else argument
    return literal(value, probe, scope, *at)


def literal(value: Any, probe: AnyField, scope: Scope, *at: str | int) -> Any:
    if isinstance(value, Written):
        return resolve(value, scope, *at)
    if probe.remote_field is not None and base(probe, scope) is probe:
        return plain(value)  # the column is that of a model which is only being made
    try:
        read = fit(probe, value, scope)
    except Misfit as misfit:
        hint = _hint_of_function(value) or misfit.hint
        raise scope.error("E307", f"the field {misfit.message}", *at, *misfit.at, hint=hint) from None
    # models.py says 0 where the column holds 0.00; for the autodetector they are the same.
    return value if isinstance(value, int) and not isinstance(value, bool) and read == value else read


def _hint_of_function(value: Any) -> str:
    """Say how a function is written, where a text looks like the name of one."""
    parts = value.removesuffix("()").split(".") if isinstance(value, str) else []
    is_name = len(parts) > 1 and all(part.isidentifier() for part in parts)
    return f"for what a function gives, write {{expr: {'.'.join(parts)}}}" if is_name else ""


def choices(argument: Argument, probe: AnyField, scope: Scope, *at: str | int) -> Any:
    """Give choices as Django keeps them: a list of tuples."""
    items = argument.value if isinstance(argument, Given) else argument
    if isinstance(items, dict):
        items = [[key, item] for key, item in items.items()]
    if not isinstance(items, list):
        return resolve(argument, scope, *at)
    return [choice(item, probe, scope, *at, index) for index, item in enumerate(items)]


def choice(item: Argument, probe: AnyField, scope: Scope, *at: str | int) -> Any:
    if not isinstance(item, list) or len(item) != 2:
        return resolve(item, scope, *at)
    value, label = item
    if isinstance(label, (list, dict)):
        return resolve(value, scope, *at, 0), choices(label, probe, scope, *at, 1)
    blank = value is None or value == ""
    return (value if blank else literal(value, probe, scope, *at, 0)), resolve(label, scope, *at, 1)


# --- the object ---


def construct(
    parts: Parts, positional: list[Any], arguments: dict[str, Any], scope: Scope, without: tuple[str, ...] = ()
) -> AnyField:
    """Call the class; E201, E209 or E314 where it refuses."""
    given = {name: value for name, value in arguments.items() if name not in without}
    known = map(key_of, signature(parts.cls).names)
    field: AnyField = called(parts.cls, positional, given, scope, parts.place, *parts.at, known=known)
    return field
