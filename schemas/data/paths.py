"""Columns and ORM paths ("address__city_id") in a project state: what they lead to and what reading them touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from migspec.dsl.diagnostics import nearest
from migspec.schemas.changes import Touch
from migspec.schemas.data.join_tables import through_key
from migspec.schemas.identical import Identical

AnyField: TypeAlias = "models.Field[Any, Any]"
LOOKUP_SEP = "__"


class PathProblem(ValueError):
    """A path that leads nowhere; `word` is the part that is wrong."""

    def __init__(self, code: str, message: str, word: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.word, self.hint = code, message, word, hint


@dataclass(frozen=True, slots=True)
class Held:
    """A field and the model that holds it (a parent, for an inherited one); `name`, `attname` and `column` are set."""

    model: ModelState
    field: AnyField

    @property
    def is_column(self) -> bool:
        """Whether rows have a column for it; many-to-many fields and virtual links have none."""
        return bool(self.field.column) and bool(self.field.concrete) and not self.field.many_to_many


@dataclass(frozen=True, slots=True)
class Hop:
    """One relation of a path; one that is not `forward` leads from the model pointed at to the one that points."""

    start: ModelState
    held: Held
    to: ModelState
    forward: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """Where an ORM path leads."""

    hops: tuple[Hop, ...]
    model: ModelState  # where it ends
    held: Held | None  # the column there; None where it ends at a relation that has no column on this side
    spelled: str  # the column as it was written: its attname, its field's name, or pk
    rest: tuple[str, ...]  # transforms and lookups

    @property
    def path(self) -> str:
        """The path without transforms and lookups."""
        names = [hop.held.field.name if hop.forward else query_name(hop.held) for hop in self.hops]
        return LOOKUP_SEP.join([*names, *([self.spelled] if self.held else [])])


# --- fields ---

ORDER_IS_DJANGOS = "'_order' is the column that Django keeps for order_with_respect_to; row steps cannot use it yet"
CODE_INSTEAD = "write the step as run_python or run_sql"


def is_order(model: ModelState, name: str) -> bool:
    """Whether the name is that of the column that order_with_respect_to adds, which states do not hold."""
    return name == "_order" and bool(model.options.get("order_with_respect_to"))


def held_fields(state: ProjectState, model: ModelState) -> dict[str, Held]:
    """Give the fields of a model by name, those of its parents too."""
    found: dict[str, Held] = {}
    for parent in parents(state, model):
        found |= held_fields(state, parent)
    for name, unbound in model.fields.items():
        found[name] = Held(model, bound(model, name, unbound))
    return found


def bound(model: ModelState, name: str, field: AnyField) -> AnyField:
    """Copy a field of a state with its names set, and its relation spelled out. Nobody changes the copy."""
    return _bound(Identical(field), model.app_label, model.name, name)


@lru_cache(maxsize=10_000)  # a walk over a few paths asks for every field of a model some hundred times
def _bound(unbound: Identical[AnyField], app_label: str, model_name: str, name: str) -> AnyField:
    copy = unbound.kept.clone()
    copy.set_attributes_from_name(name)
    remote: Any = copy.remote_field
    to = remote.model if remote is not None else None
    if isinstance(to, str) and "." not in to:
        remote.model = f"{app_label}.{model_name if to == 'self' else to}"
    return copy


def parents(state: ProjectState, model: ModelState) -> Iterator[ModelState]:
    """Give the models that a model inherits columns from."""
    for base in model.bases:
        if isinstance(base, str):
            parent = state.models.get(tuple(base.lower().split(".")))
            if parent is not None:
                yield parent


def columns(state: ProjectState, model: ModelState) -> dict[str, Held]:
    """Give the fields of a model that rows have a column for, by attname."""
    return {held.field.attname: held for held in held_fields(state, model).values() if held.is_column}


def primary_key(state: ProjectState, model: ModelState) -> tuple[str, ...]:
    """Give the attnames of the primary key, several for a composite one."""
    held = held_fields(state, model)
    own = [one for one in held.values() if one.model is model and getattr(one.field, "primary_key", False)]
    for one in own or [one for one in held.values() if getattr(one.field, "primary_key", False)]:
        names = getattr(one.field, "field_names", None)  # CompositePrimaryKey
        return tuple(held[name].field.attname for name in names) if names else (one.field.attname,)
    return ("id",)


def related(state: ProjectState, held: Held) -> ModelState | None:
    """Give the model that a relation points to, if it is there."""
    remote: Any = held.field.remote_field
    to = remote.model
    if to == "self":
        return held.model
    label = to if isinstance(to, str) else to._meta.label
    app_label, _, name = label.rpartition(".")
    return state.models.get((app_label or held.model.app_label, name.lower()))


def target(state: ProjectState, held: Held) -> Held | None:
    """Give the column that a foreign key points to."""
    model = related(state, held)
    if model is None:
        return None
    name = getattr(held.field.remote_field, "field_name", None)
    by_name = held_fields(state, model)
    if name:
        return by_name.get(name)
    keys = [one for one in by_name.values() if getattr(one.field, "primary_key", False)]
    own = [one for one in keys if one.model is model]
    return next(iter(own or keys), None)


def concrete(state: ProjectState, model: ModelState) -> ModelState:
    """Give the model whose table a proxy stands for; any other model as it is."""
    while model.options.get("proxy") and (parent := next(parents(state, model), None)) is not None:
        model = parent
    return model


def stored(state: ProjectState, held: Held) -> Held:
    """Follow foreign keys to the column whose values they hold."""
    seen = 0
    while held.field.remote_field is not None and not held.field.many_to_many and seen < 10:
        following = target(state, held)
        if following is None:
            return held
        held, seen = following, seen + 1
    return held


def unique_sets(state: ProjectState, model: ModelState) -> list[frozenset[str]]:
    """Give each set of columns (attnames) that no two rows of the model share, the primary key first.

    Constraints with a condition or over expressions prove nothing about all rows and are left out.
    """
    by_name = held_fields(state, model)
    found = [frozenset(primary_key(state, model))]
    found += [
        frozenset({held.field.attname})
        for held in by_name.values()
        if held.is_column and getattr(held.field, "unique", False)
    ]
    groups = [tuple(group) for group in model.options.get("unique_together") or ()]
    groups += [
        tuple(constraint.fields)
        for constraint in model.options.get("constraints") or ()
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields and constraint.condition is None
    ]
    found += [
        frozenset(by_name[name].field.attname for name in group) for group in groups if set(group) <= set(by_name)
    ]
    return list(dict.fromkeys(found))


# --- reverse relations ---


def query_name(held: Held) -> str:
    """Give the name by which lookups on the other model reach the model that holds this relation; empty if hidden."""
    remote: Any = held.field.remote_field
    related_name = remote.related_name or held.model.options.get("default_related_name")
    if related_name and related_name.endswith("+"):
        return ""
    name: str = getattr(remote, "related_query_name", None) or related_name or held.model.name_lower
    return name % {
        "class": held.model.name_lower,
        "model_name": held.model.name_lower,
        "app_label": held.model.app_label.lower(),
    }  # fmt: skip


def pointing_at(state: ProjectState, model: ModelState) -> Iterator[Held]:
    """Give the relations of all models that point at a model, or at a parent of it."""
    wanted = {(model.app_label, model.name_lower)}
    wanted |= {(parent.app_label, parent.name_lower) for parent in parents(state, model)}
    for other in state.models.values():
        for name, unbound in other.fields.items():
            remote = getattr(unbound, "remote_field", None)
            if remote is None or getattr(remote, "model", None) is None:
                continue
            to = related(state, Held(other, unbound))
            if to is not None and (to.app_label, to.name_lower) in wanted:
                yield Held(other, bound(other, name, unbound))


# --- paths ---


def walk(state: ProjectState, model: ModelState, path: str) -> Walk:
    """Follow an ORM path as Django does: relations either way, then a column, then transforms and lookups.

    PathProblem where a part is neither; whether the transforms and lookups exist is not judged.
    """
    words = path.split(LOOKUP_SEP)
    hops: list[Hop] = []
    for index, word in enumerate(words):
        by_name = held_fields(state, model)
        by_attname = {held.field.attname: held for held in by_name.values() if held.is_column}
        held = by_name.get(word) or by_attname.get(word)
        rest = tuple(words[index + 1 :])
        if word == "pk" and held is None:
            names = primary_key(state, model)
            held = by_attname.get(names[0]) if len(names) == 1 else by_name.get("pk")
        if held is not None:
            follows = word == held.field.name and held.field.remote_field is not None
            if not follows or (held.is_column and not (rest and _is_below(state, held, rest[0]))):
                return Walk(tuple(hops), model, held, word, rest)
            hop = Hop(model, held, _must(related(state, held), held, word), forward=True)
        else:
            backwards = next((one for one in pointing_at(state, model) if query_name(one) == word), None)
            if backwards is None:
                if is_order(model, word):
                    raise PathProblem("E502", ORDER_IS_DJANGOS, word, CODE_INSTEAD)
                known = [*by_attname, *(query_name(one) for one in pointing_at(state, model))]
                message = f"{model.app_label}.{model.name} has no column or relation '{word}' at this place"
                raise PathProblem("E303", message, word, nearest(word, known))
            hop = Hop(model, backwards, backwards.model, forward=False)
        hops.append(hop)
        model = hop.to
        if not rest or (not _is_name(state, model, rest[0]) and _is_lookup(state, model, rest[0])):
            return Walk(tuple(hops), model, None, word, rest)
    raise PathProblem("E303", f"'{path}' is empty", path)


def is_never_null(state: ProjectState, model: ModelState, path: str) -> bool:
    """Whether a path over foreign keys always leads to a value: none of its columns takes NULL."""
    walked = walk(state, model, path)
    fields = [hop.held.field for hop in walked.hops]
    return (
        walked.held is not None
        and all(hop.forward for hop in walked.hops)
        and not any(field.null for field in [*fields, walked.held.field])
    )


def _must(model: ModelState | None, held: Held, word: str) -> ModelState:
    if model is None:
        raise PathProblem("E302", f"the model that '{held.field.name}' points to is not there", word)
    return model


def _is_below(state: ProjectState, held: Held, word: str) -> bool:
    model = related(state, held)
    return model is not None and (_is_name(state, model, word) or held.field.get_lookup(word) is None)


def _is_lookup(state: ProjectState, model: ModelState, word: str) -> bool:
    """Whether rows of a model can be looked up by it, as their primary key can."""
    names = primary_key(state, model)
    keys = [held.field for held in held_fields(state, model).values() if held.field.attname == names[0]]
    return any(key.get_lookup(word) is not None for key in keys)


def _is_name(state: ProjectState, model: ModelState, word: str) -> bool:
    by_name = held_fields(state, model)
    return (
        word == "pk"
        or word in by_name
        or any(held.field.attname == word for held in by_name.values())
        or any(query_name(held) == word for held in pointing_at(state, model))
    )


# --- what reading touches ---


def reads(walked: Walk) -> Iterator[Touch]:
    """Give what reading a path depends on."""
    for hop in walked.hops:
        yield from column_reads(hop.held)
        yield _rows(hop.start)
        yield _rows(hop.to)
        yield Touch("exists", hop.to.app_label, hop.to.name_lower)
        if through := through_key(hop.held.model, hop.held.field):
            yield Touch("rows", *through)
    yield _rows(walked.model)
    if walked.held is not None:
        yield from column_reads(walked.held)


def column_reads(held: Held) -> Iterator[Touch]:
    owner = (held.model.app_label, held.model.name_lower)
    yield Touch("definition", *owner, held.field.name)
    yield Touch("values", *owner, held.field.name)
    yield _rows(held.model)


def _rows(model: ModelState) -> Touch:
    return Touch("rows", model.app_label, model.name_lower)
