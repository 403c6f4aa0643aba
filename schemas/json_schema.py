"""The published JSON Schema, which gives editors completion and checks while a spec is written.

`schemas/migspec.schema.json` holds what `json_schema_text` gives: `pytest --update` writes it, `migspec json-schema`
prints it.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from migspec.schemas.document import Spec
from migspec.schemas.errors.faults import own_keys
from migspec.schemas.step import Step
from migspec.schemas.steps import STEPS, describe_all, example_of

Json = dict[str, Any]


def json_schema() -> Json:
    """Give the JSON Schema (2020-12) of a spec."""
    describe_all(Spec)
    schema = Spec.model_json_schema(schema_generator=EditorSchema)
    definitions = dict(sorted(schema.pop("$defs").items()))
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "migspec", "$defs": definitions}


def json_schema_text() -> str:
    """Give the text of the published file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


class EditorSchema(GenerateJsonSchema):
    """Pydantic's JSON Schema without what only repeats the keys, and with the steps' examples."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value  # keys stand in the order in which they are declared, which is that of an editor's proposals

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = super().default_schema(schema)
        # A null in an editor's proposal would be in the way of the value that is to be written.
        if inner.get("default", ...) is None:
            del inner["default"]
        return inner

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Give a step: with a verb what it takes, without one only the verbs, which an editor then proposes alone."""
        if not schema["choices"].keys() <= STEPS.keys():
            # What tells the forms apart is Python, so a value may look like several of them.
            return {"anyOf": super().tagged_union_schema(schema)["oneOf"]}
        kinds = {str(verb): self.generate_inner(choice) for verb, choice in schema["choices"].items()}
        verbs = {verb: {"description": " ".join((STEPS[verb].__doc__ or "").split())} for verb in kinds}
        return {
            "type": "object",
            # Each condition says "object", because a step that is not begun yet is null and has all that is required.
            "allOf": [{"if": {"type": "object", "required": [verb]}, "then": kind} for verb, kind in kinds.items()],
            "if": {"type": "object", "anyOf": [{"required": [verb]} for verb in kinds]},
            "else": {"properties": verbs, "additionalProperties": False, "minProperties": 1},
        }

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        found.pop("title", None)
        if "description" in found:
            found["description"] = " ".join(found["description"].split())
        model = schema["cls"]
        if issubclass(model, Step):
            properties = found["properties"]
            found["properties"] = {key: properties[key] for key in (model.verb, *own_keys(model), *properties)}
            # Editors show this where they propose the verb.
            verb = properties[model.verb]
            verb["description"] = "\n\n".join(filter(None, (found["description"], verb.get("description"))))
            found["examples"] = [example_of(model)]
        return found
