"""Turning updates round."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from migspec.compiler.changes.cells import is_checked
from migspec.compiler.reversing.inverses import image, same
from migspec.compiler.reversing.reversal import Reversal, Underivable, check_reads_columns, made, together
from migspec.compiler.reversing.reverse_insert import takes_rows_away
from migspec.compiler.reversing.view import (
    Carried,
    View,
    comes_back_filled,
    is_followed,
    key_of,
    not_empty,
    selects_all_but_null,
)
from migspec.compiler.reversing.whole_rows import whole_row
from migspec.schemas.data.distinct import fixed, is_key
from migspec.schemas.data.literals import KIND
from migspec.schemas.data.paths import Held, primary_key, related, stored, target
from migspec.schemas.data.rows import (
    Column,
    Condition,
    Constant,
    Converted,
    Delete,
    Insert,
    Join,
    Lookups,
    Mapped,
    ModelKey,
    Update,
    Value,
)
from migspec.schemas.errors.pasting import Line


def reverse_update(view: View, change: Update, kept: Collection[str] = ()) -> Reversal:
    """Undo what is owed: in the rows themselves, in the model they took values from, or by making its rows anew.

    What the columns `kept` held comes back from elsewhere.
    """
    return together(
        [
            *own_columns_back(view, change, kept),
            *other_columns_back(view, change),
            *source_rows_back(view, change),
            *matched_columns_back(view, change),
            *rows_released(view, change),
        ]
    )


# --- columns of the row itself ---


@dataclass(frozen=True, slots=True)
class Back:
    """A column of the row that comes back from what another one, or it itself, has become."""

    carried: Carried
    copy: str  # the column that took its values over
    forward: Value
    overwritten: bool

    @property
    def value(self) -> Value:
        return self.carried.value(Column(self.copy))


def own_columns_back(view: View, change: Update, kept: Collection[str]) -> list[Reversal]:
    """`c = f(c)`, `c, d = d, c`, and `new = f(old)` where `old` is dropped later: the same with the inverse of f."""
    written = {name: view.held(change.model, name) for name, _ in change.assign}
    back: dict[str, Back] = {}
    for name, value in change.assign:
        found = view.carried(value, written[name])
        if found is None or found.walked.hops or found.inverse.of.of == "source" or found.attname in {*back, *kept}:
            continue
        overwritten = found.attname in written
        taken_over = found.attname != name and view.goes_later(found.held)
        if (taken_over or (overwritten and view.is_owed(found.held))) and view.survives(written[name]):
            back[found.attname] = Back(found, name, value, overwritten)
    for name, value in change.assign:
        if view.is_owed(written[name]) and name not in {*back, *kept}:
            raise lost_values(change, name, reason_of(value))
    if not back:
        return []
    where, differs = rows_to_undo(view, change, back)
    assign = tuple((name, without_nulls(one.value, where)) for name, one in back.items())
    differs += [words for one in back.values() for words in one.carried.differs]
    return [made([Update(model=change.model, assign=assign, where=where)], differs)]


def without_nulls(value: Value, where: Condition) -> Value:
    """Give a conversion that need not look for NULL where the condition leaves it out."""
    if isinstance(value, Converted) and selects_all_but_null(where, value.column.path):
        return replace(value, nulls="null")
    return value


def rows_to_undo(view: View, change: Update, back: Mapping[str, Back]) -> tuple[Condition, list[str]]:
    """Give the rows in which an update is undone, and what may differ afterwards."""
    for name, one in back.items():
        check_map_tells(change, name, one)
    if change.where is None:
        (name, one), *more = back.items()
        lasting = more or one.overwritten
        return (None if lasting else not_empty(one.carried.held, view.held(change.model, one.copy))), []
    stable = view.is_stable(change.model, change.where)
    differs = []
    for name, one in back.items():
        if one.overwritten and not stable:
            raise lost_values(
                change, name, ": 'where' reads columns that the spec changes, so it does not find the rows again"
            )
        if not one.overwritten and not selects_all_but_null(change.where, name):
            if not comes_back_filled(one.carried.held):
                message = (
                    f"{change.model.name}.{name} is NOT NULL, and rows that 'where' leaves out would have no value"
                )
                raise Underivable(message, skeleton(change.model, [name]))
            differs.append(f"rows that 'where' leaves out lose {name}")
    if stable:
        return change.where, differs
    # Rows that were left out have nothing in the new column, as nothing else has filled it.
    copies = dict.fromkeys(one.copy for one in back.values() if view.held(change.model, one.copy).field.null)
    return (Lookups(tuple((f"{copy}__isnull", False) for copy in copies), tuple(copies)) if copies else None), differs


def check_map_tells(change: Update, name: str, back: Back) -> None:
    """Underivable where a map leaves values alone that may be among those that it gives."""
    value = back.forward
    if not back.overwritten or not isinstance(value, Mapped) or value.unmatched != "keep":
        return
    keys = [old for old, _ in value.pairs]
    given = [new for new in image(value) if not any(same(new, old) for old in keys)]
    field = back.carried.held.field
    others = [choice for choice, _ in field.flatchoices] if field.choices else given
    doubtful = [new for new in given if any(same(new, other) for other in others)]
    if doubtful:
        values = ", ".join(map(repr, doubtful))
        message = f"rows that held {values} before could not be told from those to which the map gives it"
        raise Underivable(message, skeleton(change.model, [name]))


def reason_of(value: Value) -> str:
    if isinstance(value, Mapped) and not value.one_to_one:
        return ": the map gives several of them one value"
    return ""


def lost_values(change: Update, name: str, why: str = "") -> Underivable:
    return Underivable(
        f"the old values of {change.model.name}.{name} would be lost{why}", skeleton(change.model, [name])
    )


def skeleton(model: ModelKey, names: Sequence[str]) -> Line:
    """Give the beginning of a reverse that the author completes."""
    return "reverse", [{"update_rows": model, "set": dict.fromkeys(names, ...)}]


# --- columns of another model, which stays ---


Taken = tuple[str, Carried]  # the column that took values over, and what it took


@dataclass(frozen=True, slots=True)
class Link:
    """How rows of the updated model and rows of the one that they read are paired."""

    other: ModelKey
    on: tuple[tuple[str, str], ...]  # column of the updated model, column of the other one
    where: Condition = None
    order: tuple[str, ...] = ()


def other_columns_back(view: View, change: Update) -> list[Reversal]:
    """Columns that values were taken from and that are dropped later: the match turned round fills them again."""
    by_rows: dict[tuple[ModelKey, tuple[tuple[str, str], ...]], tuple[Link, dict[str, Taken]]] = {}
    for name, value in change.assign:
        held = view.held(change.model, name)
        found = view.carried(value, held)
        link = link_to(view, change, found) if found else None
        if found is None or link is None or view.goes_whole(link.other):
            continue
        if view.goes_later(found.held) and view.survives(held):
            _, taken = by_rows.setdefault((link.other, link.on), (link, {}))
            taken.setdefault(found.attname, (name, found))
    return [column_fill(view, change, link, taken) for link, taken in by_rows.values()]


def link_to(view: View, change: Update, found: Carried) -> Link | None:
    """Give how the row is paired with the one that a column was read from; None where it is the row itself."""
    if found.inverse.of.of == "source":
        join = change.join
        return Link(join.source, join.on, join.where, join.order) if join and not found.walked.hops else None
    if not found.walked.hops or not is_followed(found):
        return None
    (hop,) = found.walked.hops
    key = target(view.state, hop.held)
    return Link(key_of(hop.to), ((hop.held.field.attname, key.field.attname),)) if key else None


def column_fill(view: View, change: Update, link: Link, taken: Mapping[str, Taken]) -> Reversal:
    """Fill columns of the other model from the columns that took their values."""
    differs = rows_without(view, change, link, "get no value")
    if link.order:
        differs.append(f"every row of {link.other.name} gets the value of the one that was picked")
    for name in taken:
        if any("no value" in words for words in differs) and not comes_back_filled(view.held(link.other, name)):
            message = f"{link.other.name}.{name} is NOT NULL, and some rows of {link.other.name} would have no value"
            raise Underivable(message, skeleton(change.model, list(taken)))
    (copy, first), *more = taken.values()
    join = Join(
        source=change.model,
        on=tuple((theirs, ours) for ours, theirs in link.on),
        where=None if more else not_empty(first.held, view.held(change.model, copy)),
        order=order_of(view, change, link),
    )
    assign = tuple((name, found.value(Column(copy, "source"))) for name, (copy, found) in taken.items())
    check_reads_columns(link.other, assign)
    differs += [words for _, found in taken.values() for words in found.differs]
    where = link.where if view.is_stable(link.other, link.where) else None
    return made([Update(model=link.other, assign=assign, where=where, join=join)], differs)


def order_of(view: View, change: Update, link: Link) -> tuple[str, ...]:
    """Give an order of the rows that one row of the other model belongs to; none where it is at most one."""
    model = view.model(change.model)
    return () if is_key(model, {ours for ours, _ in link.on}, view.state) else primary_key(view.state, model)


def rows_without(view: View, change: Update, link: Link, what: str) -> list[str]:
    """Say which rows of the other model no row of the updated one stands for."""
    other, own = link.other.name, change.model.name
    differs = []
    if not all_matched(view, change, link):
        differs.append(f"rows of {other} that match no {own} {what}")
    known = fixed(link.where, view.model(link.other), view.state)
    if link.where is not None and not (isinstance(link.where, Lookups) and len(known) == len(link.where.items)):
        differs.append(f"rows of {other} that 'source_where' leaves out {what}")
    if change.where is not None:
        differs.append(f"rows of {other} whose {own} 'where' leaves out {what}")
    return differs


def all_matched(view: View, change: Update, link: Link) -> bool:
    """Whether every row of the other model has its row: a NOT NULL foreign key points there."""
    for ours, theirs in link.on:
        held, pointed_at = view.held(link.other, theirs), view.held(change.model, ours)
        if held.field.remote_field is None or held.field.null or not getattr(held.field, "db_constraint", True):
            return False
        key = target(view.state, held)
        if key is None or (key.model, key.field.name) != (pointed_at.model, pointed_at.field.name):
            return False
    return True


# --- a source that is dropped as a whole ---


def source_rows_back(view: View, change: Update) -> list[Reversal]:
    """Make the rows of the source anew from the rows that took values from it."""
    join = change.join
    if join is None or not view.goes_whole(join.source):
        return []
    carriers: list[tuple[str, Carried]] = []  # the column of the row, and the source column whose values it has
    for name, value in change.assign:
        held = view.held(change.model, name)
        found = view.carried(value, held)
        if found and found.inverse.of.of == "source" and not found.walked.hops and view.survives(held):
            carriers.append((name, found))
    if not carriers:
        return []
    later = view.brought_back_before(join.source)
    if not later:
        return [new_source_rows(view, change, join, carriers)]
    # Rows that are there by then get what this change took from them.
    link = Link(join.source, join.on, join.where, join.order)
    taken = {found.attname: (name, found) for name, found in reversed(carriers)}
    all_there = any(isinstance(one.change, Insert) and one.takes_all_rows for one in later)
    rows = [] if all_there else [new_source_rows(view, change, join, carriers)]
    return [*rows, column_fill(view, change, link, taken)]


def new_source_rows(view: View, change: Update, join: Join, carriers: Sequence[tuple[str, Carried]]) -> Reversal:
    known = fixed(join.where, view.model(join.source), view.state)
    values: dict[str, Value] = {name: Constant(value) for name, value in known.items()}
    values |= {found.attname: found.value(Column(name, "source")) for name, found in reversed(carriers)}
    values |= {theirs: Column(ours, "source") for ours, theirs in join.on}
    assign, differs = whole_row(view, join.source, values)
    differs += [words for _, found in carriers for words in found.differs]
    if join.order:
        differs.append(f"one row for each {change.model.name}")
    link = Link(join.source, join.on, join.where, join.order)
    differs += rows_without(view, change, link, "do not come back")
    # A column that the source could not leave empty says best whether there was a row.
    copy, sign = next(((name, found) for name, found in carriers if not found.held.field.null), carriers[0])
    where: Condition = None
    if view.held(change.model, copy).field.null:
        where = Lookups(((f"{copy}__isnull", False),), (copy,))
        if sign.held.field.null:
            differs.append(f"rows of {join.source.name} whose {sign.attname} was NULL do not come back")
    else:
        differs.append(f"a row for every {change.model.name}")
    key = dict.fromkeys([*(theirs for _, theirs in join.on), *known])
    return made([Insert(model=join.source, source=change.model, assign=assign, where=where, key=tuple(key))], differs)


# --- columns by which the source row was found ---


def matched_columns_back(view: View, change: Update) -> list[Reversal]:
    """Columns of the match that are dropped later: the key taken from the source row tells what they held."""
    taken = {told.held.field.attname: told for told in view.told if view.goes_later(told.held)}
    if not taken:
        return []
    assert change.join is not None
    own, source, names = change.model.name, change.join.source, " and ".join(taken)
    differs = []
    if not all_copied(view, change):
        differs.append(f"rows of {own} that match no {source.name} lose {names}")
    if change.where is not None and not all(selects_all_but_null(change.where, name) for name in taken):
        differs.append(f"rows of {own} that 'where' leaves out lose {names}")
    if differs and not all(comes_back_filled(told.held) for told in taken.values()):
        message = f"{own}.{names} is NOT NULL, and some rows would have no value"
        raise Underivable(message, skeleton(change.model, list(taken)))
    texts = [name for name, told in taken.items() if folds(view, told.held)]
    if texts:
        differs.append(f"{' and '.join(texts)} in one of the spellings that MySQL takes to be equal")
    on = tuple({told.by: told.key for told in taken.values()}.items())
    assign = tuple((name, Column(told.theirs, "source")) for name, told in taken.items())
    return [made([Update(model=change.model, assign=assign, join=Join(source=source, on=on))], differs)]


def all_copied(view: View, change: Update) -> bool:
    """Whether an earlier insert has made a source row for each row: by the one column of the match, but for NULL."""
    assert change.join is not None
    if len(change.join.on) > 1 or change.join.where is not None:
        return False
    ((ours, theirs),) = change.join.on
    source = view.fates.number(view.at, change.join.source)
    wanted = (view.number(view.held(change.join.source, theirs)), view.number(view.held(change.model, ours)))
    found = False
    for one in view.earlier:
        if one.table_number != source:
            continue
        if isinstance(one.change, Delete):
            found = False
        elif isinstance(one.change, Insert) and one.change.source is not None and one.change.existing != "error":
            for held, value in one.assigned:
                read = one.walk(one.change.source, value.path) if isinstance(value, Column) else None
                if read is None or read.held is None or read.hops:
                    continue
                every = one.change.where is None or selects_all_but_null(one.change.where, read.held.field.attname)
                found |= every and (one.number(held), one.number(read.held)) == wanted
    return found


def folds(view: View, held: Held) -> bool:
    """Whether a declared database takes different texts of a column to be equal."""
    collation = getattr(held.field, "db_collation", None) or ""
    kind = KIND.get(stored(view.state, held).field.get_internal_type())
    return "mysql" in view.fates.vendors and kind == "text" and not collation.endswith("_bin")


# --- rows that an earlier step has inserted ---


def rows_released(view: View, change: Update) -> list[Reversal]:
    """Let new foreign keys go of rows that undoing an earlier insert takes away: nothing may point at them then."""
    released = []
    for name, value in change.assign:
        held = view.held(change.model, name)
        if held.field.remote_field is None or not held.field.null or view.life(held).at_start or not is_checked(held):
            continue
        to = related(view.state, held)
        inserts = [one for one in view.inserts_into(key_of(to)) if one.at < view.at] if to else []
        if value != Constant(None) and any(takes_rows_away(one) for one in inserts):
            where = Lookups(((f"{name}__isnull", False),), (name,))
            released.append(made([Update(model=change.model, assign=((name, Constant(None)),), where=where)]))
    return released
