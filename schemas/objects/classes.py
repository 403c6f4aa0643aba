"""The classes of indexes and constraints, and what each of their arguments takes."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from migspec.schemas.fields.classes import SIGNATURES, Signature, read_signature
from migspec.schemas.python.slots import Json, Slot, json_schema

POSTGRES_INDEXES: Final = "django.contrib.postgres.indexes"

# Bare name and module.
INDEXES: Final = {
    "Index": "django.db.models",
    "BTreeIndex": POSTGRES_INDEXES,
    "BloomIndex": POSTGRES_INDEXES,
    "BrinIndex": POSTGRES_INDEXES,
    "GinIndex": POSTGRES_INDEXES,
    "GistIndex": POSTGRES_INDEXES,
    "HashIndex": POSTGRES_INDEXES,
    "SpGistIndex": POSTGRES_INDEXES,
}
CONSTRAINTS: Final = {
    "CheckConstraint": "django.db.models",
    "UniqueConstraint": "django.db.models",
    "ExclusionConstraint": "django.contrib.postgres.constraints",
}

SLOTS: Final = {
    "fields": Slot("names", "The fields; in an index '-name' is descending."),
    "expressions": Slot("expressions", "Expressions instead of fields: Lower('name')."),
    "name": Slot("text", "The name in the database."),
    "condition": Slot("expression", "A Q expression: the rows that it is about, or what a check demands."),
    "include": Slot("names", "Fields that are stored in the index and not searched by it."),
    "opclasses": Slot("texts", "The operator class of each field (PostgreSQL)."),
    "db_tablespace": Slot("text", "The tablespace of the index."),
    "deferrable": Slot("choice", "DEFERRED or IMMEDIATE: when a constraint that can wait is checked."),
    "nulls_distinct": Slot("bool", "Whether two NULLs differ (PostgreSQL)."),
    "violation_error_code": Slot("text", "The code of the error that validation raises."),
    "violation_error_message": Slot("text", "The message of the error that validation raises."),
    "index_type": Slot("text", "GIST or SPGIST."),
    "autosummarize": Slot("bool", "Whether new pages are summarized by themselves."),
    "buffering": Slot("bool", "Whether the index is built with buffering."),
    "columns": Slot("ints", "How many bits each field gets."),
    "deduplicate_items": Slot("bool", "Whether equal keys are stored once."),
    "fastupdate": Slot("bool", "Whether new entries wait in a list."),
    "fillfactor": Slot("int", "How full pages are packed, in percent."),
    "gin_pending_list_limit": Slot("int", "The size of the waiting list, in kB."),
    "length": Slot("int", "The length of each signature, in bits."),
    "pages_per_range": Slot("int", "How many pages one entry summarizes."),
}
# The same key means pairs there.
EXCLUSIONS: Final = Slot("exclusions", "A list of [expression, operator]: a field's name, or {expr: ...}.")


def known_object(name: str) -> type[Any] | None:
    """Give the class of a known name; None where it cannot be imported."""
    try:
        found: type[Any] = getattr(import_module({**INDEXES, **CONSTRAINTS}[name]), name)
    except Exception:  # a missing driver for PostgreSQL shows as ImportError or ImproperlyConfigured
        return None
    return found


def slot(class_name: str, name: str) -> Slot | None:
    return EXCLUSIONS if (class_name, name) == ("ExclusionConstraint", "expressions") else SLOTS.get(name)


def object_signature(cls: type[Any]) -> Signature:
    """Give the arguments of the class of an index or a constraint."""
    if cls not in SIGNATURES:
        SIGNATURES[cls] = read_signature(cls, never={"check"})
    return SIGNATURES[cls]


def object_json_schema(known: dict[str, str], examples: list[Any]) -> Json:
    """Give the JSON Schema of an index or a constraint."""
    names: dict[str, None] = {}
    for name in known:
        cls = known_object(name)
        names |= dict.fromkeys(object_signature(cls).names if cls else SLOTS)
    properties: Json = {name: json_schema(SLOTS[name]) for name in names}
    if known is CONSTRAINTS:
        pairs = {"anyOf": [json_schema(SLOTS["expressions"]), json_schema(EXCLUSIONS)]}
        properties["expressions"] = {
            "description": "Expressions; in an ExclusionConstraint with their operators.",
            **pairs,
        }
    dotted = {"type": "string", "pattern": r"^[^\s.]+(\.[^\s.]+)+$", "description": "The dotted path of another class."}
    mapping = {
        "type": "object",
        "required": ["type", "name"] if known is CONSTRAINTS else [],
        "properties": {"type": {"description": "The class.", "anyOf": [{"enum": list(known)}, dotted]}},
        "if": {"properties": {"type": {"enum": list(known)}}},
        "then": {"properties": {"type": True, **properties}, "additionalProperties": False},
    }
    call = {"type": "string", "pattern": r"^\s*[\w.]+\s*\(", "description": "As in models.py."}
    return {"anyOf": [mapping, call], "examples": examples}
