"""What pydantic finds wrong with a document, as one fault for each mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from migspec.dsl.diagnostics import Path
from migspec.schemas.errors.trace import Trace, trace


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of pydantic, and where its loc leads. `type` is pydantic's, or that of a PydanticCustomError."""

    type: str
    loc: Path
    message: str
    found: Any
    context: dict[str, Any]
    trace: Trace
    meant: str = ""  # of an unknown key: the missing key that it probably should be


def faults(error: ValidationError, model: type[BaseModel], data: dict[str, Any]) -> list[Fault]:
    """Give the mistakes behind the error of `model.model_validate(data)`."""
    schema: dict[str, Any] = dict(model.__pydantic_core_schema__)
    found = [
        Fault(e["type"], e["loc"], e["msg"], e["input"], e.get("ctx", {}), trace(schema, e["loc"]))
        for e in error.errors(include_url=False)
    ]
    return list(without_consequences(one_for_each_union(schema, found, data)))


# --- unions: pydantic reports what each member has against the value ---


def one_for_each_union(schema: dict[str, Any], found: list[Fault], data: Any, depth: int = 0) -> list[Fault]:
    """Keep what the member of a union says that was meant, or say once what the union takes."""
    plain: list[Fault] = []
    unions: dict[Path, dict[str | int, list[Fault]]] = {}
    for fault in found:
        at = next((index for index in fault.trace.unions if index >= depth), None)
        if at is None:
            plain.append(fault)
        else:
            unions.setdefault(fault.loc[:at], {}).setdefault(fault.loc[at], []).append(fault)
    for loc, by_label in unions.items():
        members = [one_for_each_union(schema, said, data, len(loc) + 1) for said in by_label.values()]
        union = trace(schema, loc)
        plain += meant(members, Fault("no_member", loc, "", value_at(data, union.path), {}, union))
    return plain


def meant(members: list[list[Fault]], nobody: Fault) -> list[Fault]:
    """Choose the member of a union whose form the value has; `nobody` is the fault where it has none of the forms."""
    inside = len(nobody.loc) + 1
    fitting = [said for said in members if not any(refuses_form(fault, inside) for fault in said)]
    if not fitting:
        own_words = [fault for said in members for fault in said if is_custom(fault)]
        return own_words[:1] or [nobody]
    wrong_keys = [said for said in fitting if all(is_about_keys(fault, inside) for fault in said)]
    if len(fitting) == 1 or len(wrong_keys) < len(fitting):
        return min(fitting, key=lambda said: (sum(is_about_keys(fault, inside) for fault in said), len(said)))
    begun = [said for said in fitting if nobody.found and all(fault.type == "missing" for fault in said)]
    if len(begun) == 1:
        return begun[0]
    # Several kinds of mapping, and the keys are those of none.
    return [replace(nobody, type="no_form")]


def refuses_form(fault: Fault, inside: int) -> bool:
    """Whether a member of a union refuses the value for what it is, not for something in it."""
    kinds = ("literal_error", "none_required", "no_member", "union_tag_not_found", "union_tag_invalid", "E204")
    return len(fault.loc) == inside and (fault.type.endswith("_type") or fault.type in kinds)


def is_about_keys(fault: Fault, inside: int) -> bool:
    return fault.type in ("missing", "extra_forbidden") and len(fault.loc) == inside + 1


def is_custom(fault: Fault) -> bool:
    """Whether the sentence was written by migspec, not by pydantic."""
    return fault.type.startswith("E") or fault.type == "value_error"


# --- one mistake, one fault ---


def without_consequences(found: Sequence[Fault]) -> Iterator[Fault]:
    """Leave out the missing keys that follow from another fault: the key was mistyped, or the step has no body."""
    bodyless = {fault.trace.owner_path for fault in found if is_bodyless(fault)}
    missing = {(fault.trace.owner_path, str(fault.trace.path[-1])) for fault in found if fault.type == "missing"}
    mistyped: set[tuple[Path, str]] = set()
    for fault in found:
        if fault.type == "extra_forbidden":
            owed = [key for at, key in sorted(missing - mistyped) if at == fault.trace.owner_path]
            # Less likeness is enough than for a hint alone: a key is missing here and another one is too many.
            for meant in get_close_matches(str(fault.trace.path[-1]), owed, n=1, cutoff=0.5):
                mistyped.add((fault.trace.owner_path, meant))
                fault = replace(fault, meant=meant)
        if fault.type != "missing":
            yield fault
    for fault in found:
        at = fault.trace.owner_path
        if fault.type == "missing" and at not in bodyless and (at, fault.trace.path[-1]) not in mistyped:
            yield fault


def is_bodyless(fault: Fault) -> bool:
    """Whether the fault is that a step's verb holds nothing, or the whole step."""
    verb = getattr(fault.trace.owner, "verb", None)
    at_verb = fault.trace.path == (*fault.trace.owner_path, verb)
    return at_verb and (fault.found is None or isinstance(fault.found, dict))


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """Give the keys of the mappings that a model reads."""
    return [] if model is None else [field.alias or name for name, field in model.model_fields.items()]


def own_keys(model: type[BaseModel]) -> list[str]:
    """Give the keys that the model has from none of its bases."""
    inherited = {name for base in model.__mro__[1:] if issubclass(base, BaseModel) for name in base.model_fields}
    return [field.alias or name for name, field in model.model_fields.items() if name not in inherited]


def value_at(data: Any, path: Path) -> Any:
    """Give the value at a path of a document, None where the path leaves it."""
    for part in path:
        try:
            data = data[part]
        except (LookupError, TypeError):
            return None
    return data
