"""Fields as a spec writes them: a mapping with Django's arguments, or a string as in models.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from django.db.migrations.state import ModelState
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from migspec.dsl.diagnostics import Path, nearest
from migspec.dsl.expressions import ExpressionProblem, parse
from migspec.schemas.data.paths import AnyField
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.errors.wording import either, found
from migspec.schemas.fields.arguments import SLOTS, field_json_schema, key_of, name_of, partial_json_schema
from migspec.schemas.fields.building import Parts, build_field, import_class
from migspec.schemas.fields.classes import (
    NOT_OFFERED,
    FieldType,
    Signature,
    bare_name,
    known_class,
    known_names,
    signature,
)
from migspec.schemas.fields.shorthand import Call
from migspec.schemas.python.arguments import Argument, Complaints, pasted, pasted_line, read_argument, read_expression
from migspec.schemas.python.slots import check
from migspec.schemas.scope import Scope

# What to propose for an argument that a class needs.
EXAMPLES: dict[str, Any] = {
    "base_field": {"type": "IntegerField"},
    "db_persist": True,
    "expression": {"expr": "F('price') * F('quantity')"},
    "field_names": ["tenant_id", "id"],
    "from_fields": ["tenant_id", "home_id"],
    "on_delete": "CASCADE",
    "output_field": {"type": "IntegerField"},
    "to": "app.Model",
    "to_fields": ["tenant_id", "id"],
}


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of a class with arguments, by Django's names. All parts of an `inline` one stand in the same string."""

    class_name: str  # a known bare name, or a dotted path
    arguments: Mapping[str, Argument]
    positional: tuple[Argument, ...] = ()  # only of the project's own classes: their signatures are not known yet
    inline: bool = False

    def build(self, scope: Scope, *at: str | int, model: ModelState | None = None) -> AnyField:
        """Give the field, not bound to a model; E209, E302, E307, E309, E314 with its place.

        `model` is the one that the field is for. It need not be in the scope's state; references to it are allowed.
        """
        cls = import_class(self.class_name, scope, *(at if self.inline else (*at, "type")))
        parts = Parts(cls, self.arguments, positional=self.positional, at=at, inline=self.inline)
        return build_field(parts, scope, model)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return plain_schema(cls, read_field)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return field_json_schema(handler(core_schema.definition_reference_schema(schema_ref(cls))))


@dataclass(frozen=True, slots=True)
class PartialField:
    """Some arguments of a field that is there, and the names of those that go."""

    arguments: Mapping[str, Argument]
    removed: tuple[str, ...] = ()

    def build(self, scope: Scope, existing: AnyField, *at: str | int, model: ModelState | None = None) -> AnyField:
        """Give the existing field with the arguments changed, not bound to a model; FieldValue.build's errors, E204."""
        cls = type(existing)
        if known_class(cls.__name__) is cls:
            self.check(cls, scope, *at)
        parts = Parts(cls, self.arguments, existing=existing, removed=self.removed, at=at)
        return build_field(parts, scope, model)

    def check(self, cls: FieldType, scope: Scope, *at: str | int) -> None:
        """Check the arguments as those of a whole field are checked when they are read: now the class is known."""
        complaints = Complaints()
        for name, argument in self.arguments.items():
            if name in signature(cls).names:
                check(SLOTS.get(name), argument, (key_of(name),), complaints)
            else:
                message, hint = unknown_argument(key_of(name), cls.__name__, signature(cls))
                complaints.say("E209", message, (key_of(name),), hint=hint, key=True)
        complaints.located(scope, *at)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return plain_schema(cls, read_partial)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return partial_json_schema()


class _ByShape:
    """A mapping without `type` is a partial field. A union of pydantic would say what both have against a value."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        either_of = [handler.generate_schema(FieldValue), handler.generate_schema(PartialField)]
        return core_schema.json_or_python_schema(
            json_schema=core_schema.union_schema([*either_of]),
            python_schema=core_schema.no_info_plain_validator_function(read_altered),
        )


AlteredField = Annotated[FieldValue | PartialField, _ByShape()]


def plain_schema(cls: type, read: Callable[[Any], Any]) -> CoreSchema:
    """Give the schema of a type with a reader of its own; it is one definition of the JSON Schema."""
    return core_schema.no_info_plain_validator_function(
        lambda value: value if isinstance(value, cls) else read(value), ref=schema_ref(cls)
    )


def schema_ref(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"


# --- reading ---


def read_field(value: Any) -> FieldValue:
    """Read a field; ValidationError with everything that is wrong with it."""
    complaints = Complaints()
    field = field_at(value, (), complaints)
    complaints.done("field")
    assert field is not None
    return field


def read_partial(value: Any) -> PartialField:
    """Read a mapping without `type`; ValidationError with everything that is wrong with it."""
    complaints = Complaints()
    if not isinstance(value, dict):
        raise complaint("E204", f"the arguments that change are a mapping, not {found(value)}")
    removed = removed_names(value.get("remove", []), complaints)
    arguments = arguments_at(
        {key: item for key, item in value.items() if key != "remove"}, None, "a field", (), complaints
    )
    for index, name in enumerate(removed):
        if name in arguments:
            complaints.say("E208", f"'{key_of(name)}' is both changed and removed", ("remove", index))
    if not value:
        complaints.say(
            "E201", "the field is empty", (), hint=pasted({"max_length": 100}, "write the arguments that change:")
        )
    complaints.done("field")
    return PartialField(arguments, tuple(removed))


def read_altered(value: Any) -> FieldValue | PartialField:
    if isinstance(value, FieldValue | PartialField):
        return value
    return read_partial(value) if isinstance(value, dict) and "type" not in value else read_field(value)


def removed_names(value: Any, complaints: Complaints) -> list[str]:
    if not isinstance(value, list):
        said = f"'remove' takes a list of arguments, not {found(value)}"
        complaints.say("E204", said, ("remove",), hint=pasted([value]) if isinstance(value, str) else "")
        return []
    names = []
    for index, key in enumerate(value):
        if isinstance(key, str):
            names.append(name_of(key))
        else:
            complaints.say(
                "E204", f"an item of 'remove' is the name of an argument, not {found(key)}", ("remove", index)
            )
    return names


def field_at(value: Any, at: Path, complaints: Complaints) -> FieldValue | None:
    """Read the field that stands at `at` inside the value being validated."""
    if isinstance(value, FieldValue):
        return value
    if isinstance(value, str):
        return shorthand(value, at, complaints)
    if not isinstance(value, dict):
        said = f"a field is a mapping or a string as in models.py, not {found(value)}"
        complaints.say("E204", said, at, hint=pasted({"type": "CharField", "max_length": 50}))
        return None
    if "type" not in value:
        complaints.say("E201", "a field needs the key 'type'", at, hint=pasted_line("type", "CharField"), key=True)
        return None
    name = class_name(value["type"], (*at, "type"), complaints)
    if name is None:
        return None
    said, cls = name.rpartition(".")[2], known_class(name)
    arguments = arguments_at({key: item for key, item in value.items() if key != "type"}, cls, said, at, complaints)
    if cls is not None:
        for needed in signature(cls).required:
            if needed not in arguments and key_of(needed) not in value:
                complaints.say(
                    "E201",
                    f"{said} needs the argument '{needed}'",
                    at,
                    hint=pasted_line(needed, EXAMPLES[needed]) if needed in EXAMPLES else "",
                )
    return FieldValue(name, arguments)


def class_name(value: Any, at: Path, complaints: Complaints) -> str | None:
    """Read the class of a field: the name of one of Django's, or the dotted path of any other."""
    if not isinstance(value, str):
        complaints.say("E204", f"'type' takes the name of a field class, not {found(value)}", at)
        return None
    name = bare_name(value)
    if name in known_names():
        return name
    module, _, last = value.rpartition(".")
    if last in NOT_OFFERED and (not module or module.startswith(("models", "django."))):
        complaints.say("E209", f"{last} is not a field class for new migrations", at, hint=NOT_OFFERED[last])
    elif module == "models" or not module:
        hint = f"write '{last}'" if last in known_names() else nearest(last, known_names())
        hint = hint or "any class of the project is written with its module: 'app.fields.MyField'"
        complaints.say("E209", f"there is no field class '{value}'", at, hint=hint)
    elif not all(part.isidentifier() for part in value.split(".")):
        complaints.say(
            "E206", f"'{value}' is not the name of a class", at, hint="write 'CharField' or 'app.fields.MyField'"
        )
    else:
        return name
    return None


def arguments_at(
    written: Mapping[str, Any], cls: FieldType | None, said: str, at: Path, complaints: Complaints
) -> dict[str, Argument]:
    """Read the arguments in a mapping. `cls` is None where the class is not known yet: then names are not judged."""
    arguments: dict[str, Argument] = {}
    for key, value in written.items():
        here, name = (*at, key), name_of(key)
        if key == "null":
            complaints.say(
                "E209",
                "the argument null is written 'nullable'",
                here,
                hint=pasted_line("nullable", value, "write"),
                key=True,
            )
            continue
        if cls is not None and name not in signature(cls).names:
            message, hint = unknown_argument(key, said, signature(cls))
            complaints.say("E209", message, here, hint=hint, key=True)
            continue
        arguments[name] = argument_at(name, value, here, complaints)
        if cls is not None:
            check(SLOTS.get(name), arguments[name], here, complaints)
    return arguments


def unknown_argument(key: str, said: str, known: Signature, key_of: Callable[[str], str] = key_of) -> tuple[str, str]:
    """Give message and hint about a key that is no argument of a class."""
    others = [name for name in known_names() if (cls := known_class(name)) and name_of(key) in signature(cls).names]
    if key == "name":
        hint = "the field's name stands before its definition"
    elif others:
        hint = f"'{key}' is an argument of {either(others if len(others) < 5 else [*others[:3], 'others'], 'and')}"
    else:
        hint = nearest(key, map(key_of, known.names))
    return f"{said} has no argument '{key}'", hint


def argument_at(name: str, value: Any, at: Path, complaints: Complaints) -> Argument:
    """Read an argument by what its slot takes."""
    kind = SLOTS[name].kind if name in SLOTS else "value"
    if kind == "field" and not (isinstance(value, dict) and "expr" in value):
        return field_at(value, at, complaints)
    if kind == "expression" and isinstance(value, str):
        return read_expression(value, at, complaints)
    return read_argument(value, at, complaints)


# --- the string as in models.py ---


def example_call(name: str) -> str:
    """Give a call of the class that is named, where it needs no arguments; of another, an example."""
    cls = known_class(name) if name in known_names() and name not in ("CharField", *NOT_OFFERED) else None
    needs_nothing = cls is not None and cls.__module__.startswith("django.db.models.") and not signature(cls).required
    return f"models.{name}()" if needs_nothing else "models.CharField(max_length=50)"


def shorthand(text: str, at: Path, complaints: Complaints) -> FieldValue | None:
    """Read a call of a field class."""
    try:
        expression = parse(text)
    except ExpressionProblem as problem:
        complaints.add(complaint("E207", problem.message, hint=problem.hint, at=at, column=problem.column), text)
        return None
    call = Call.of(expression)
    if call is None:
        said = "a field in one string is the call of a field class, as in models.py"
        complaints.say("E207", said, at, hint=pasted(example_call(bare_name(text))))
        return None
    # In models.py Django's classes stand behind `models.`; their bare names are known too.
    name = class_name(call.name.removeprefix("models.") or call.name, at, complaints)
    if name is None:
        return None
    said, cls = name.rpartition(".")[2], known_class(name)
    if cls is None:
        return FieldValue(name, call.keywords(), call.arguments, inline=True)
    arguments = call.named(signature(cls), complaints, at)
    for key in arguments:
        if key not in signature(cls).names:
            message, hint = unknown_argument(key, said, signature(cls), key_of=str)
            complaints.add(complaint("E209", message, hint=hint, at=at, column=call.column(key)), text)
        elif key in ("to", "through"):
            check(SLOTS[key], arguments[key], at, complaints)
    for needed in signature(cls).required:
        if needed not in arguments:
            complaints.say("E201", f"{said} needs the argument '{needed}'", at)
    return FieldValue(name, arguments, inline=True)
