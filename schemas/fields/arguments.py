"""What each argument of Django's field classes takes, and what it is for."""

from __future__ import annotations

from typing import Final

from migspec.schemas.fields.classes import known_names
from migspec.schemas.python.slots import Json, Slot, json_schema

# By Django's names; a spec writes `null` as `nullable`.
SLOTS: Final = {
    # of every field
    "null": Slot("bool", "Whether the column may hold NULL (Django's null)."),
    "blank": Slot("bool", "Whether forms may leave the field empty."),
    "default": Slot("value", "The default in Python: a literal, or {expr: uuid.uuid4} for a callable."),
    "db_default": Slot("value", "The default in the database: a literal, or {expr: Now()}."),
    "choices": Slot("choices", "A list of [value, label], or of [group, [[value, label], ...]]."),
    "unique": Slot("bool", "Whether no two rows may have the same value."),
    "primary_key": Slot("bool", "Whether the field is the model's primary key."),
    "db_index": Slot("bool", "Whether the column has an index."),
    "max_length": Slot("int", "The greatest length."),
    "verbose_name": Slot("text", "The field's name for people."),
    "help_text": Slot("text", "Text below the field in forms."),
    "db_column": Slot("text", "The column's name in the database."),
    "db_comment": Slot("text", "A comment on the column in the database."),
    "db_tablespace": Slot("text", "The tablespace of the field's index."),
    "editable": Slot("bool", "Whether forms show the field."),
    "validators": Slot("callables", "A list of {expr: validator}."),
    "error_messages": Slot("mapping", "Messages by the code of the error."),
    "unique_for_date": Slot("text", "The date field for each of whose days the value is unique."),
    "unique_for_month": Slot("text", "The date field for each of whose months the value is unique."),
    "unique_for_year": Slot("text", "The date field for each of whose years the value is unique."),
    "serialize": Slot("bool", "Whether serializers write the field."),
    "auto_created": Slot("bool", "Whether Django made the field by itself, as it does an 'id'."),
    # of some
    "allow_files": Slot("bool", "Whether the path may be that of a file."),
    "allow_folders": Slot("bool", "Whether the path may be that of a folder."),
    "allow_unicode": Slot("bool", "Whether letters beyond ASCII are allowed."),
    "auto_now": Slot("bool", "Whether each save sets the field to the present."),
    "auto_now_add": Slot("bool", "Whether the first save sets the field to the present."),
    "base_field": Slot("field", "The field of the array's items."),
    "db_collation": Slot("text", "The column's collation."),
    "db_constraint": Slot("bool", "Whether the database has a foreign key constraint."),
    "db_persist": Slot("bool", "Whether the database stores the value."),
    "db_table": Slot("text", "The name of the join table."),
    "decimal_places": Slot("int", "How many digits stand after the point."),
    "decoder": Slot("callable", "The JSON decoder, as {expr: dotted.Class}."),
    "default_bounds": Slot("text", "The bounds of ranges that are given as lists: '[)', '(]', '()' or '[]'."),
    "encoder": Slot("callable", "The JSON encoder, as {expr: dotted.Class}."),
    "expression": Slot("expression", "What the database computes the value from."),
    "field_names": Slot("names", "The fields of the key, in order."),
    "from_fields": Slot("names", "The fields of this model, in the order of to_fields."),
    "height_field": Slot("text", "The field that takes the image's height."),
    "limit_choices_to": Slot("mapping", "Lookups that rows have to match to be chosen, or {expr: Q(...)}."),
    "match": Slot("text", "A regular expression that file names have to match."),
    "max_digits": Slot("int", "How many digits there are in all."),
    "on_delete": Slot("on_delete", "What happens to the row when the row it points to is deleted."),
    "output_field": Slot("field", "The field of the computed value."),
    "parent_link": Slot("bool", "Whether the field links to the model that this one inherits from."),
    "path": Slot("path", "The folder of the files, or {expr: a.callable}."),
    "protocol": Slot("text", "both, IPv4 or IPv6."),
    "recursive": Slot("bool", "Whether folders within are searched too."),
    "related_name": Slot("text", "The name of the relation from the other side; '+' for none."),
    "related_query_name": Slot("text", "The name of the relation in queries from the other side."),
    "size": Slot("int", "The greatest number of items."),
    "storage": Slot("callable", "The file storage, as {expr: ...}."),
    "swappable": Slot("bool", "Whether the relation follows a setting that names the model."),
    "symmetrical": Slot("bool", "Whether a relation to the model itself holds both ways."),
    "through": Slot("model", "The model of the join table."),
    "through_fields": Slot("names", "The two foreign keys of the join model that are the relation."),
    "to": Slot("model", "The model pointed to: self, Model, app.Model or settings.NAME."),
    "to_field": Slot("text", "The field pointed to; without it the primary key."),
    "to_fields": Slot("names", "The fields of the other model."),
    "unpack_ipv4": Slot("bool", "Whether mapped IPv4 addresses are unpacked."),
    "upload_to": Slot("path", "The folder for uploads, or {expr: a.callable}."),
    "width_field": Slot("text", "The field that takes the image's width."),
}


def key_of(name: str) -> str:
    """Give the key of a spec for an argument of Django's."""
    return "nullable" if name == "null" else name


def name_of(key: str) -> str:
    """Give Django's name of an argument for a key of a spec."""
    return "null" if key == "nullable" else key


# --- JSON Schema ---


def argument_properties(nested: Json | None = None) -> Json:
    """Give the schemas of the arguments by key; `nested` is that of a field."""
    found = {key_of(name): json_schema(slot) for name, slot in SLOTS.items()}
    for name, slot in SLOTS.items():
        if slot.kind == "field" and nested:
            found[name] |= nested
    return found


def field_json_schema(nested: Json) -> Json:
    """Give the JSON Schema of a field: which arguments each class has is left to migspec itself."""
    known = list(known_names())
    dotted = {"type": "string", "pattern": r"^[^\s.]+(\.[^\s.]+)+$", "description": "The dotted path of another class."}
    mapping = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"description": "The class.", "anyOf": [{"enum": known}, dotted]}},
        "if": {"properties": {"type": {"enum": known}}},
        "then": {"properties": {"type": True, **argument_properties(nested)}, "additionalProperties": False},
    }
    call = {"type": "string", "pattern": r"^\s*[\w.]+\s*\(", "description": "A field as in models.py."}
    return {
        "description": "A field: {type: CharField, max_length: 50} or a string as in models.py.",
        "anyOf": [mapping, call],
        "examples": [
            {"type": "CharField", "max_length": 50, "nullable": True},
            "models.CharField(max_length=50, null=True)",
        ],
    }


def partial_json_schema() -> Json:
    """Give the JSON Schema of a mapping that changes some arguments; the class may have others than Django's."""
    removed = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Arguments that go.",
        "examples": [["default"]],
    }
    return {
        "description": "The arguments of the field that change.",
        "type": "object",
        "not": {"required": ["type"]},
        "properties": {**argument_properties(), "remove": removed},
        "minProperties": 1,
        "examples": [{"max_length": 200}],
    }
