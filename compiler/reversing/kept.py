"""keep_old: what a row change would lose, saved in side tables, and the changes that bring it back from there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import Literal

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.emit.sql.proofs import is_never_null
from migspec.compiler.reversing.reversal import Reversal, Underivable
from migspec.compiler.reversing.reverse import check_nothing_is_lost
from migspec.compiler.reversing.reverse_insert import reverse_insert
from migspec.compiler.reversing.reverse_update import reverse_update
from migspec.compiler.reversing.side_table import Names, Save
from migspec.compiler.reversing.view import View, key_of
from migspec.schemas.changes import RowChange
from migspec.schemas.data.join_tables import join_tables
from migspec.schemas.data.paths import (
    Held,
    columns,
    concrete,
    parents,
    pointing_at,
    primary_key,
    query_name,
    related,
    target,
)
from migspec.schemas.data.rows import Column, Constant, Delete, Insert, Join, ModelKey, Update, Value, value_paths


class CannotKeep(Exception):
    """What keep_old cannot save; `code` is E502, or E503 where there is nothing to save."""

    def __init__(self, message: str, hint: str, code: str = "E502") -> None:
        super().__init__(message)
        self.message, self.hint, self.code = message, hint, code


NOTHING = "leave out 'keep_old'"
WRITE_REVERSE = "leave out 'keep_old' and write the reverse"


def keep(view: View, names: Names, emit: Literal["python", "sql"]) -> Reversal:
    """Give what undoes a change from what it saves; CannotKeep, and Underivable where even that does not do."""
    match view.change:
        case Update():
            found = keep_update(view, view.change, names)
        case Insert():
            found = keep_insert(view, view.change, names, emit)
        case Delete():
            found = keep_delete(view, view.change, names)
    kept = {
        view.number(held)
        for save in found.saves
        for name, held in view.columns(save.of).items()
        if name in save.into.fields
    }
    check_nothing_is_lost(view, kept)
    return found


def made(changes: Sequence[RowChange], saves: Sequence[Save], differs: str = "") -> Reversal:
    """Give a reversal that ends with emptying the side tables: until then it may begin again."""
    sides = dict.fromkeys(save.key for save in saves)
    emptied = [Delete(model=key, cascade=False) for key in sides]
    return Reversal(
        changes=(*changes, *emptied),
        fidelity="best effort" if differs else "exact",
        differs=differs,
        saves=tuple(saves),
    )


def from_side(save: Save, attnames: Sequence[str], key: Sequence[str], owner: ModelKey | None = None) -> Update:
    """Set columns of the rows that are in a side table to what it holds."""
    join = Join(source=save.key, on=tuple((name, name) for name in key))
    return Update(model=owner or save.of, assign=tuple((name, Column(name, "source")) for name in attnames), join=join)


# --- updates ---


def keep_update(view: View, change: Update, names: Names) -> Reversal:
    """Save the old values of what is overwritten and owed, and of what is read and dropped later.

    What goes elsewhere, or was taken from elsewhere, comes back as without keep_old where that is exact.
    """
    model, key = view.model(change.model), primary_key(view.state, view.model(change.model))
    owed = [name for name, _ in change.assign if view.is_owed(view.held(change.model, name))]
    dropped = [name for name in dropped_columns(view, change) if name not in owed]
    saves, changes = list[Save](), list[RowChange]()
    for attnames, every_row in ((owed, False), (dropped, True)):
        for owner, some in by_table(view, model, attnames).items():
            saves.append(replace(old_values(view, change, model, some, names, owner), every_row=every_row))
            changes.append(from_side(saves[-1], some, primary_key(view.state, view.model(owner)), owner))

    def rest() -> Reversal | Underivable:
        return derived(view, saves, lambda there: reverse_update(there, change, kept=owed))

    others = rest()
    matched = [name for name, _ in change.join.on] if change.join else []
    matched = [name for name in matched if keeping(view, saves).goes_later(view.held(change.model, name))]
    if matched and not is_exact(others):
        saves.append(replace(old_values(view, change, model, matched, names), every_row=True))
        changes.append(from_side(saves[-1], matched, key))
        others = rest()
    if not is_exact(others):
        sources, back = keep_source(keeping(view, saves), change, names)
        saves += sources
        changes = [*back, *changes]
        others = rest()
    if isinstance(others, Underivable):
        raise others
    if not saves and not kept_later(view, change):
        message = f"nothing of {model.name} would be lost, so there is nothing to keep"
        raise CannotKeep(message, NOTHING, "E503")
    return made([*(others.changes or ()), *changes], saves, others.differs)


def dropped_columns(view: View, change: Update) -> list[str]:
    """Give the columns of the row itself that values are computed from and that are dropped later."""
    found = dict[str, None]()
    for _, value in change.assign:
        for path, of in value_paths(value):
            walked = view.walk(change.model, path) if of == "row" else None
            if walked and walked.held and not walked.hops and view.goes_later(walked.held):
                found[walked.held.field.attname] = None
    return list(found)


def by_table(view: View, model: ModelState, attnames: Sequence[str]) -> dict[ModelKey, list[str]]:
    """Give columns of a model by the one in whose table they are: itself, or one that it inherits from."""
    found: dict[ModelKey, list[str]] = {}
    for name in attnames:
        owner = view.held(key_of(model), name).model
        found.setdefault(key_of(model if owner is concrete(view.state, model) else owner), []).append(name)
    return found


def old_values(
    view: View,
    change: RowChange,
    model: ModelState,
    attnames: Sequence[str],
    names: Names,
    owner: ModelKey | None = None,
) -> Save:
    """Save columns of the rows of a model; `owner` is the one in whose table they are, where it inherits them."""
    table = view.model(owner) if owner else model
    key = primary_key(view.state, table)
    if set(key) & set(attnames):
        message = f"the step writes {', '.join(key)}, by which the rows of {model.name} are found again"
        raise CannotKeep(message, WRITE_REVERSE)
    return Save(into=names.side_table("Kept", table, attnames, key, view.state), rows=model, during=change)


# --- what is dropped where values were taken from ---


def saved_whole(view: View, saves: Sequence[Save]) -> frozenset[tuple[int, int]]:
    """Give what comes back in every row from side tables, as Fates.kept takes it: tables and columns."""
    found = set()
    for save in saves:
        if not save.every_row and not save.source:
            continue
        held = view.columns(save.of)
        found |= {(view.at, view.number(held[name])) for name in save.into.fields if name in held}
        if view.goes_whole(save.of):
            found.add((view.at, view.fates.number(view.at, save.of)))
    return frozenset(found)


def keeping(view: View, saves: Sequence[Save]) -> View:
    """Give the view in which nothing is owed of what side tables bring back in every row."""
    return View(replace(view.fates, kept=view.fates.kept | saved_whole(view, saves)), view.at)


def derived(view: View, saves: Sequence[Save], reverse: Callable[[View], Reversal]) -> Reversal | Underivable:
    """Give what undoes the rest of a change, beside what side tables bring back; or why nothing does."""
    there = keeping(view, saves)
    try:
        found = reverse(there)
        check_nothing_is_lost(there)
    except Underivable as error:
        return error
    return found


def is_exact(found: Reversal | Underivable) -> bool:
    return isinstance(found, Reversal) and found.fidelity == "exact"


def keep_source(view: View, change: Update | Insert, names: Names) -> tuple[list[Save], list[RowChange]]:
    """Save what is dropped later of the models from which a change takes values: their rows, or columns of theirs."""
    wanted: dict[ModelKey, dict[str, None]] = {}
    for held in read_elsewhere(view, change):
        if view.goes_later(held):
            wanted.setdefault(key_of(held.model), {})[held.field.attname] = None
    whole = with_pointed_at(view, [key for key in wanted if view.goes_whole(key)])
    if view.source is not None and view.goes_whole(view.source):
        whole = with_pointed_at(view, [view.source, *whole])
    saves, changes = list[Save](), list[RowChange]()

    def save(model: ModelState, attnames: Collection[str]) -> Save:
        side = names.side_table("Kept", model, attnames, primary_key(view.state, model), view.state)
        saves.append(Save(into=side, rows=model, during=change, source=True))
        return saves[-1]

    for model in whole.values():
        check_one_table(model, view.state)
        save(model, own_columns(view.state, model))
    back, late = rows_back(whole, saves, view.state)
    for key, attnames in wanted.items():
        if key not in whole:
            changes.append(
                from_side(save(view.model(key), attnames), list(attnames), primary_key(view.state, view.model(key)))
            )
    return saves, [*back, *late, *changes]


def read_elsewhere(view: View, change: Update | Insert) -> list[Held]:
    """Give the columns of other models that a change reads, for its values or to find the source row."""
    found = [walked.held for _, value in view.assigned for walked in view.read_by(value) if walked.held is not None]
    if isinstance(change, Update) and change.join is not None:
        found += [view.held(change.join.source, theirs) for _, theirs in change.join.on]
    return [held for held in found if key_of(held.model) != change.model]


def with_pointed_at(view: View, keys: Sequence[ModelKey]) -> dict[ModelKey, ModelState]:
    """Add the join tables of models that are dropped, and the dropped models to which rows of all these point.

    Rows cannot come back before those that they point at.
    """
    found: dict[ModelKey, ModelState] = {}
    waiting = [*keys]
    while waiting:
        key = waiting.pop(0)
        if key in found:
            continue
        found[key] = view.model(key)
        pointed_at = [related(view.state, held) for held in view.columns(key).values() if held.field.remote_field]
        joined = [table for table in join_tables(view.state) if table.owner == key.lower]
        waiting += [key_of(to) for to in (*pointed_at, *joined) if to is not None and view.goes_whole(key_of(to))]
    return found


def kept_later(view: View, change: Update | Insert) -> bool:
    """Whether a later step keeps what this one takes values from."""
    return any(view.keeps(view.number(held)) for held in read_elsewhere(view, change))


def check_one_table(model: ModelState, state: ProjectState) -> None:
    if parent := next(parents(state, model), None):
        message = f"the rows of {model.name} are in several tables, its own and that of {parent.name}"
        raise CannotKeep(message, WRITE_REVERSE)


# --- inserts ---


def keep_insert(view: View, change: Insert, names: Names, emit: Literal["python", "sql"]) -> Reversal:
    """Save the keys of the new rows, the old values of those that are brought up to date, and what the source loses."""
    if view.table_fate(change.model) != "kept":
        others = derived(view, [], lambda there: reverse_insert(there, change))
        saves, back = ([], []) if is_exact(others) else keep_source(view, change, names)
        if not saves:
            if isinstance(others, Underivable):
                raise others
            if kept_later(view, change):
                return others
            message = f"{change.model.name} is not a table that stays, so nothing of it would be lost"
            raise CannotKeep(message, NOTHING, "E503")
        rest = reverse_insert(keeping(view, saves), change)
        return made([*back, *(rest.changes or ())], saves, rest.differs)
    model = view.model(change.model)
    by_row = emit == "sql" and change.source is None
    key = key_of_literal_rows(view, change, model) if by_row else key_of_new_rows(view, change, model)
    side = names.side_table("Added", model, (), key, view.state)
    added = Save(into=side, rows=model, during=change, added=True)
    sources, back = keep_source(view, change, names)
    join = Join(source=added.key, on=tuple((name, name) for name in key))
    away = Delete(model=change.model, join=join, cascade=False)
    written = dict.fromkeys(name for row in change.rows or (change.assign,) for name, _ in row)
    updated = [name for name in written if name not in change.key]
    if change.existing != "update" or not change.key or not updated:
        return made([*back, away], [added, *sources])
    old = old_values(view, change, model, updated, names)
    there = from_side(old, updated, primary_key(view.state, model))
    return made([*back, away, there], [added, old, *sources])


def key_of_new_rows(view: View, change: Insert, model: ModelState) -> tuple[str, ...]:
    """Give the columns by which the new rows are known: for a literal row the primary key that it got."""
    own = primary_key(view.state, model)
    if change.source is None:
        return own
    given = dict(change.assign)
    key = own if set(own) <= set(given) else change.key
    if not key:
        message = f"the database numbers the new rows of {model.name}, and only a key tells them from others"
        raise CannotKeep(message, "add 'key', with columns that say which row it is")
    for name in key:
        value = given[name]
        source = view.model(change.source)
        known = not isinstance(value, Column) or is_never_null(value.path, source, change.where, view.state)
        if value == Constant(None) or not known:
            message = f"'{name}' may be NULL, which equals nothing, so the new rows could not be found again"
            raise CannotKeep(message, "leave it out of 'key', or leave rows without it out by 'where'")
    check_types(view, change, key)
    return key


def key_of_literal_rows(view: View, change: Insert, model: ModelState) -> tuple[str, ...]:
    """Give the columns by which SQL knows literal rows before they are there: their primary key, if they have one."""
    given = [{name for name, value in row if is_known(value)} for row in change.rows]
    for key in (primary_key(view.state, model), change.key):
        if key and all(set(key) <= names for names in given):
            check_types(view, change, key)
            return tuple(key)
    message = f"the database numbers the new rows of {model.name}, and SQL cannot tell which numbers they got"
    raise CannotKeep(message, "add 'key', with columns that have a value in every row, or write emit: python")


def is_known(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is not None


def check_types(view: View, change: Insert, key: Sequence[str]) -> None:
    for name in key:
        if view.held(change.model, name).field.get_internal_type() in ("TextField", "JSONField", "BinaryField"):
            raise CannotKeep(f"'{name}' is of a type that MySQL takes for no key", "choose another 'key'")


# --- deletes ---


@dataclass(frozen=True, slots=True)
class Way:
    """The relations that lead from rows to the deleted ones, or to those of a tree, all rows of which are saved."""

    path: str = ""
    tree: ModelKey | None = None
    column: str = ""  # of the tree's rows, to which the last relation points

    def longer(self, name: str) -> Way:
        return replace(self, path=f"{name}__{self.path}" if self.path else name)


@dataclass
class Losses:
    """What goes with deleted rows: whole rows, and foreign keys that are set to something else."""

    state: ProjectState
    models: dict[ModelKey, ModelState] = field(default_factory=dict)
    whole: dict[ModelKey, list[Way]] = field(default_factory=dict)
    trees: dict[ModelKey, list[Held]] = field(default_factory=dict)  # foreign keys that cascade within a table
    emptied: dict[ModelKey, dict[str, Way]] = field(default_factory=dict)  # the way by foreign key

    def follow(self, model: ModelState, way: Way, stack: tuple[ModelState, ...] = (), *, cascade: bool = True) -> None:
        """Take in that rows of a model go, and what on_delete does to those that point at them."""
        self._goes(model, way)
        pointing = [held for held in self._pointing_at(model) if _is_followed(held)] if cascade else []
        pointing = [held for held in pointing if not (_is_parent_link(held) and held.model in stack)]
        if within := [held for held in pointing if held.model is model and _cascades(held)]:
            self.trees[key_of(model)] = within
        for held in filter(_is_parent_link, columns(self.state, model).values()):
            parent = related(self.state, held)
            if held.model is model and parent is not None and parent not in stack:
                name = query_name(held)
                up = Way(name, key_of(model), held.field.attname) if within else way.longer(name)
                self.follow(parent, up, (*stack, model))
        for held in pointing:
            longer = way.longer(held.field.name)
            if within:
                found = target(self.state, held)
                assert found is not None
                longer = Way(held.field.name, key_of(model), found.field.attname)
            if not _cascades(held):
                self.models[key_of(held.model)] = held.model
                self.emptied.setdefault(key_of(held.model), {})[held.field.attname] = longer
            elif held.model in stack:
                message = f"{held.model.name}.{held.field.name} cascades in a circle of several tables"
                raise CannotKeep(message, WRITE_REVERSE)
            elif held not in within:
                self.follow(held.model, longer, (*stack, model))

    def _pointing_at(self, model: ModelState) -> Iterator[Held]:
        """Give the relations to a model, by itself or by a proxy of it."""
        proxies = [one for one in self.state.models.values() if one.options.get("proxy")]
        for one in [model, *(proxy for proxy in proxies if concrete(self.state, proxy) is model)]:
            yield from (held for held in pointing_at(self.state, one) if related(self.state, held) is one)

    def ordered(self) -> list[ModelKey]:
        """Give the models of whole rows, each after the trees that its rows hang on."""
        bases = {key: [way.tree for way in ways if way.tree] for key, ways in self.whole.items()}
        return list(TopologicalSorter(bases).static_order())

    def _goes(self, model: ModelState, way: Way) -> None:
        self.models[key_of(model)] = model
        ways = self.whole.setdefault(key_of(model), [])
        if way not in ways:
            ways.append(way)


def _is_followed(held: Held) -> bool:
    action = getattr(held.field.remote_field, "on_delete", None)
    return not held.field.many_to_many and action not in (models.DO_NOTHING, models.PROTECT, models.RESTRICT)


def _is_parent_link(held: Held) -> bool:
    return bool(getattr(held.field.remote_field, "parent_link", False))


def _cascades(held: Held) -> bool:
    action = getattr(held.field.remote_field, "on_delete", None)
    return action is models.CASCADE or getattr(action, "operation", "") == "CASCADE"


def keep_delete(view: View, change: Delete, names: Names) -> Reversal:
    """Save whole rows, those that cascade too, and the foreign keys that on_delete sets to something else."""
    if view.table_fate(change.model) in ("fresh", "transient"):
        raise CannotKeep(f"{change.model.name} is new, so nothing of it would be lost", NOTHING, "E503")
    losses, state = Losses(view.state), view.state
    losses.follow(concrete(state, view.model(change.model)), Way(), cascade=change.cascade)
    saves: list[Save] = []
    sides: dict[ModelKey, ModelState] = {}

    def save(side: ModelState, model: ModelState, way: Way) -> Save:
        below = sides[way.tree] if way.tree else None
        return Save(into=side, rows=model, during=change, way=way.path, below=below, column=way.column)

    for key in losses.ordered():
        model, within = losses.models[key], losses.trees.get(key, [])
        sides[key] = names.side_table("Kept", model, own_columns(state, model), primary_key(state, model), state)
        ends = [(held.field.attname, end.field.attname) for held in within if (end := target(state, held))]
        saves += [replace(save(sides[key], model, way), tree=tuple(ends)) for way in losses.whole[key]]
    back, late = rows_back({key: losses.models[key] for key in losses.whole}, saves, state)
    for key, emptied in losses.emptied.items():
        model, own = losses.models[key], primary_key(state, losses.models[key])
        side = names.side_table("Kept", model, emptied, own, state)
        found = [save(side, model, way) for way in emptied.values()]
        saves += found
        late.append(from_side(found[0], list(emptied), own))
    return made([*back, *late], saves)


def own_columns(state: ProjectState, model: ModelState) -> list[str]:
    """Give the columns of a model's own table that are written."""
    held = columns(state, model)
    return [name for name in held if held[name].model is model and not getattr(held[name].field, "generated", False)]


def rows_back(
    models: Mapping[ModelKey, ModelState], saves: Sequence[Save], state: ProjectState
) -> tuple[list[RowChange], list[RowChange]]:
    """Insert the rows again, each after those that it points at; where that goes in a circle, its foreign key later."""
    sides = {save.of: save for save in saves}
    back: list[RowChange] = []
    late: list[RowChange] = []
    left = {**models}
    while left:
        waits = {key: points_into(left, model, state) for key, model in left.items()}
        key = min(left, key=lambda one: len(waits[one]))
        model, later = left.pop(key), [held.field.attname for held in waits[key]]
        if not all(held.field.null for held in waits[key]):
            raise CannotKeep(f"rows of {model.name} point at rows that come back after them", WRITE_REVERSE)
        own = primary_key(state, model)
        values = {name: Constant(None) if name in later else Column(name) for name in own_columns(state, model)}
        back.append(Insert(model=key, source=sides[key].key, assign=tuple(values.items()), key=own))
        if later:
            late.append(from_side(sides[key], later, own))
    return back, late


def points_into(left: Mapping[ModelKey, ModelState], model: ModelState, state: ProjectState) -> list[Held]:
    """Give the foreign keys of a model to models that are left."""
    relations = [held for held in columns(state, model).values() if held.field.remote_field and held.model is model]
    targets = [(held, related(state, held)) for held in relations]
    return [held for held, to in targets if to is not None and key_of(to) in left]
