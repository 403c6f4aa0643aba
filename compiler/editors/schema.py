"""The JSON Schema of a spec with the names of a project: editors propose them, and nothing more is refused.

A spec may name what only its own steps make, so wherever a name is proposed any other of the right form is taken too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo

from migspec.compiler.editors.names import KnownModel, ProjectNames
from migspec.schemas.fields.arguments import SLOTS, key_of, name_of
from migspec.schemas.fields.classes import known_class, known_names, signature
from migspec.schemas.json_schema import Json, json_schema
from migspec.schemas.names import ElementRef, ModelRef, ObjectRef
from migspec.schemas.step import DataStep, Step
from migspec.schemas.steps import STEPS

MODELS, TABLES, FIELDS, OBJECTS = "names of models", "names of tables", "names of fields", "names of objects"
ROWS = "rows of models"
GROUPS: Final[Sequence[tuple[Any, str]]] = ((ModelRef, MODELS), (ElementRef, FIELDS), (ObjectRef, OBJECTS))
RELATIONS: Final = ("through", "to")
ROW_KEYS: Final = ("expect", "expect_reversed", "given")


def project_schema(names: ProjectNames) -> Json:
    """Give the JSON Schema (2020-12) of the specs of a project."""
    schema = json_schema()
    definitions = schema["$defs"]
    schema["properties"]["app"] = proposing(schema["properties"]["app"], {"enum": list(names.apps)})
    for kind in STEPS.values():
        name_the_columns(definitions[kind.__name__], kind, names, definitions)
    kinds = {kind.__name__: kind for kind in STEPS.values()}
    for name in list(definitions):
        name_the_models(definitions[name], kinds.get(name))
    name_the_rows(definitions["SpecTest"])
    name_the_arguments(definitions, names)
    schema["allOf"] = [in_app(app_label) for app_label in names.apps]
    return {**schema, "$defs": {**definitions, **definitions_of(names)}}


def project_schema_text(names: ProjectNames) -> str:
    """Give the text of the file: a line for each definition, so that it stays small and a change of it can be read."""
    schema = project_schema(names)
    definitions = schema.pop("$defs")
    lines = [*members(schema), '"$defs": {\n' + ",\n".join(members(definitions)) + "\n}"]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def members(mapping: Json) -> list[str]:
    return [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in mapping.items()]


def proposing(schema: Json, names: Json) -> Json:
    """Give a schema that takes what it took, and of which editors propose names."""
    taken = {key: value for key, value in schema.items() if key in ("type", "pattern", "anyOf")}
    # The examples are of nobody's project, and editors propose them too.
    rest = {key: value for key, value in schema.items() if key not in (*taken, "examples")}
    return {**rest, "anyOf": [names, taken]}


def ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def columns_name(model: KnownModel) -> str:
    return f"columns of {model.label}"


def definitions_of(names: ProjectNames) -> Json:
    """Give what the rest refers to: columns by model, the names for everywhere and those for specs of an app."""
    found: Json = {
        columns_name(model): {"properties": {name: {"description": words} for name, words in model.columns.items()}}
        for model in names.models
    }
    found |= named([(name, model) for model in names.models for name in model.names])
    for app_label in names.apps:
        own = [(model.short, model) for model in names.models if model.short and model.app_label == app_label]
        # Here they stand beside what is proposed everywhere, and so refuse nothing by themselves.
        for group, schema in named(own).items():
            found[f"{group} in {app_label}"] = schema if group == ROWS else {"anyOf": [schema, {}]}
    return found


def named(models: Sequence[tuple[str, KnownModel]]) -> Json:
    """Give the groups of names for models by the names that are theirs."""
    own = [(name, model) for name, model in models if not model.is_join_table]
    return {
        MODELS: {"enum": [name for name, _ in own]},
        TABLES: {"enum": [name for name, _ in models]},
        FIELDS: {"enum": [f"{name}.{field}" for name, model in own for field in model.fields]},
        OBJECTS: {"enum": [f"{name}.{one}" for name, model in own for one in model.objects]},
        ROWS: {"properties": {name: {"items": ref(columns_name(model))} for name, model in models}},
    }


def in_app(app_label: str) -> Json:
    """Give what a spec of an app is proposed besides: names without the label of the app."""
    steps: Json = {}
    for kind in STEPS.values():
        for key, field in kind.model_fields.items():
            group = group_of(field, kind)
            if group and key not in kind.new_names:
                steps[key] = ref(f"{group} in {app_label}")
    relations = [name for name in known_names() if "to" in names_of_arguments(name)]
    related = {
        "if": {"required": ["type"], "properties": {"type": {"enum": relations}}},
        "then": {"properties": {key: ref(f"{MODELS} in {app_label}") for key in RELATIONS}},
    }
    steps |= {"field": related, "fields": {"additionalProperties": related}}
    tests = {key: ref(f"{ROWS} in {app_label}") for key in ROW_KEYS}
    return {
        "if": {"required": ["app"], "properties": {"app": {"const": app_label}}},
        "then": {
            "properties": {
                "steps": {"items": {"properties": steps}},
                "tests": {"items": {"properties": tests}},
            }
        },
    }


def group_of(field: FieldInfo, kind: type[Step]) -> str:
    """Give the group of names that a key of a step takes; nothing where it takes no name."""
    for reference, group in GROUPS:
        marks = [
            *field.metadata,
            *(mark for part in get_args(field.annotation) for mark in getattr(part, "__metadata__", ())),
        ]
        if reference.__metadata__[0] in marks:
            return TABLES if group == MODELS and issubclass(kind, DataStep) else group
    return ""


# --- models and their elements ---


def name_the_models(schema: Any, kind: type[Step] | None) -> None:
    """Let each place for the name of a model, a field, an index or a constraint propose those that are there."""
    names = {reference.__metadata__[0].pattern: group for reference, group in GROUPS}
    if kind is not None and issubclass(kind, DataStep):
        names = {pattern: TABLES if group == MODELS else group for pattern, group in names.items()}

    def visit(node: Any) -> Any:
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        if node.get("pattern") in names and node.get("type") == "string":
            return proposing(node, ref(names[node["pattern"]]))
        return {key: visit(value) for key, value in node.items()}

    new = kind.new_names if kind is not None else ()
    for key, value in schema.get("properties", {}).items():
        if key not in new:
            schema["properties"][key] = visit(value)


# --- columns ---


def name_the_columns(schema: Json, kind: type[Step], names: ProjectNames, definitions: Json) -> None:
    """Let the keys about columns propose those of the model that the step names."""
    by_model: dict[str, list[str]] = {}
    for key, model in kind.columns_of.items():
        by_model.setdefault(model, []).append(key)
    conditions = [
        {
            "if": {
                "required": [about],
                "properties": {about: {"enum": list(filter(None, [*model.names, model.short]))}},
            },
            "then": {"properties": {key: of_columns(schema["properties"][key], model) for key in keys}},
        }
        for about, keys in by_model.items()
        for model in names.models
    ]
    if conditions:
        schema["allOf"] = [*schema.get("allOf", ()), *conditions]


def of_columns(schema: Json, model: KnownModel) -> Json:
    """Give what a key about columns adds: to a mapping its keys, to a list of rows theirs, to a list of names these."""
    forms = [form for form in schema.get("anyOf", [schema]) if isinstance(form, dict)]
    if any(form.get("type") == "object" for form in forms):
        return ref(columns_name(model))
    [items] = [form["items"] for form in forms if form.get("type") == "array"]
    if items.get("type") == "object":
        return {"items": ref(columns_name(model))}
    each: Json = {"anyOf": [{"enum": list(model.columns)}, {"type": "string"}]}
    return {"anyOf": [*each["anyOf"], {"type": "array", "items": each}]}


def name_the_rows(schema: Json) -> None:
    """Let the rows of tests propose models, and the columns of each."""
    schema["allOf"] = [{"properties": {key: ref(ROWS) for key in ROW_KEYS}}]


# --- fields ---


def name_the_arguments(definitions: Json, names: ProjectNames) -> None:
    """Let a field propose the arguments of its class alone, and relations the models that there are."""
    field = definitions["FieldValue"]
    mapping = next(form for form in field["anyOf"] if form.get("type") == "object")
    everything = mapping.pop("then")["properties"]
    del mapping["if"]
    given, other = mapping["properties"]["type"]["anyOf"]
    mapping["properties"]["type"]["anyOf"] = [{"enum": [*given["enum"], *names.field_classes]}, other]
    for key, argument in everything.items():
        if key != "type":
            definitions[argument_name(key)] = with_models(argument) if key in RELATIONS else argument
    partial = definitions["PartialField"]["properties"]
    partial |= {key: ref(argument_name(key)) for key in partial if argument_name(key) in definitions}
    mapping["allOf"] = [
        *(of_class(name, known_class(name), strict=True) for name in known_names()),
        *(of_class(path, cls, strict=False) for path, cls in names.field_classes.items()),
    ]


def of_class(name: str, cls: type[Any] | None, *, strict: bool) -> Json:
    """Give the arguments of a class; all, where its module cannot be imported here."""
    keys = [key_of(one) for one in (signature(cls).names if cls is not None else SLOTS)]
    properties = {key: ref(argument_name(key)) if name_of(key) in SLOTS else {} for key in keys}
    needed = [key_of(one) for one in signature(cls).required] if cls is not None and strict else []
    then = {"properties": {"type": True, **properties}, **({"additionalProperties": False} if strict else {})}
    return {
        "if": {"required": ["type"], "properties": {"type": {"const": name}}},
        "then": {**({"required": needed} if needed else {}), **then},
    }


def names_of_arguments(name: str) -> Collection[str]:
    cls = known_class(name)
    return signature(cls).names if cls is not None else ()


def with_models(schema: Json) -> Json:
    """Give the schema of a relation's target."""
    return {**schema, "anyOf": [{"const": "self"}, ref(MODELS), *schema["anyOf"]]}


def argument_name(key: str) -> str:
    return f"argument {key}"
