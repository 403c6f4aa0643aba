"""Schema steps counted: what the rows hold that NOT NULL, a constraint or a narrower type would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AlterField,
    AlterUniqueTogether,
    RenameField,
    RenameModel,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState
from django.db.models import Value

from migspec.compiler.census.asking import TELLING, run
from migspec.compiler.census.base import Base
from migspec.compiler.census.finding import Finding
from migspec.compiler.census.rows import gone, waits_for
from migspec.compiler.census.telling import any_of
from migspec.compiler.census.values import Rows, duplicates, misfits, missing, nulls, one_value, violating
from migspec.compiler.changes.cells import ROWS, model_of, points_at_itself
from migspec.compiler.emit.change import Writing
from migspec.compiler.emit.code import db, fill, plain
from migspec.compiler.emit.local import Constants, Local, quoted
from migspec.compiler.emit.rows import RowStep, writing_of
from migspec.compiler.emit.update import in_query, looked_at, value_after
from migspec.dsl.expressions import Code
from migspec.schemas.changes import Change, RowChange, SchemaChange
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.paths import AnyField, bound
from migspec.schemas.data.rows import Delete, InPython, ModelKey, Numbered, Repeated, Update
from migspec.schemas.effects import names_in
from migspec.schemas.fields.alteration import TEXT, narrower


class Waiting(Exception):
    """What a step would meet depends on earlier changes in a way that no SELECT can say; `on` is the first of them."""

    def __init__(self, on: int) -> None:
        super().__init__(on)
        self.on = on


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema changes of a spec, and what is known of its row steps."""

    base: Base
    steps: dict[int, RowStep]  # by the place of the row change
    connection: BaseDatabaseWrapper
    failed: set[int] = field(default_factory=set)  # changes before which the migration stops

    def questions(self, at: int) -> Iterator[Iterator[Finding]]:
        """Give what is to be asked for a change, each with what it finds. Waiting."""
        change = self.base.fates.moments[at].change
        if not isinstance(change, SchemaChange) or change.side == "state":
            return
        for operation in _parts(change.operation):
            name = getattr(operation, "model_name_lower", None) or getattr(operation, "name_lower", "")
            model = self.base.fates.moments[at].state.models.get((change.app_label, str(name)))
            if model is not None and model.options.get("managed", True) and not model.options.get("proxy"):
                yield from self.of_operation(operation, model, at)

    def of_operation(self, operation: Operation, model: ModelState, at: int) -> Iterator[Iterator[Finding]]:
        match operation:
            case AlterField():
                yield from self.altered(operation, model, at)
            case AddField() if operation.field.unique and operation.field.has_default():
                value = _default(operation.field)
                if value is not None:
                    rows, _ = self.rows(model, [], at)
                    yield one_value(rows, f"{model.name}.{operation.name}", value)
            case AlterUniqueTogether():
                before = {tuple(one) for one in model.options.get("unique_together") or ()}
                for together in sorted({tuple(one) for one in operation.option_value or ()} - before):
                    yield self.unique(model, together, at)
            case AddConstraint() if type(operation).__name__ != "AddConstraintNotValid":
                yield from self.constraint(operation.constraint, model, at)
            case _ if type(operation).__name__ == "ValidateConstraint":
                found = {one.name: one for one in model.options.get("constraints") or ()}
                if (one := found.get(operation.name)) is not None:  # type: ignore[attr-defined]
                    yield from self.constraint(one, model, at)

    # --- what is asked ---

    def altered(self, operation: AlterField, model: ModelState, at: int) -> Iterator[Iterator[Finding]]:
        name = operation.name
        old, new = bound(model, name, model.fields[name]), bound(model, name, operation.field)
        if old.many_to_many or new.many_to_many:
            return
        label = f"{model.name}.{name}"
        # Django fills NULLs with a default, where there is one.
        if old.null and not new.null and _default(new) is None:
            rows, columns = self.rows(model, [old], at)
            hint = f"fill it in an earlier step:\n- update_rows: {model.name}\n  where: {{{old.attname}__isnull: true}}"
            yield nulls(rows, columns[old.attname], label, hint)
        if (new.unique and not old.unique) or (new.primary_key and not old.primary_key):
            yield self.unique(model, [name], at)
        if not narrower(model, old, new):
            return
        rows, columns = self.rows(model, [old], at)
        column = columns[old.attname]
        if new.remote_field is not None and getattr(new, "db_constraint", True):
            yield self.keys(rows, column, new, model, label, at)
        elif new.remote_field is None and _compares(old, new):
            yield misfits(rows, column, new, label, self.connection)
        else:
            yield iter([Finding("", f"whether {label} can become {_kind(new)} is for the database", 0, fails=False)])

    def keys(self, rows: Rows, column: str, new: Any, model: ModelState, label: str, at: int) -> Iterator[Finding]:
        to = new.remote_field.model
        app_label, _, name = (to if isinstance(to, str) else to._meta.label).rpartition(".")
        key = ((app_label or model.app_label), name.lower())
        apps = self.base.apps(self.base.state(at))
        if wait := self.base.makers(at, [(*key, ROWS)]):
            raise Waiting(wait[0])
        pointed = apps.get_model(*key)
        field = new.remote_field.field_name or pointed._meta.pk.attname
        yield from missing(rows, column, pointed, field, label)

    def unique(self, model: ModelState, names: Sequence[str], at: int) -> Iterator[Finding]:
        fields = [bound(model, name, model.fields[name]) for name in names]
        rows, columns = self.rows(model, fields, at)
        label = f"{model.name}.{names[0]}" if len(names) == 1 else f"{model.name} ({', '.join(names)})"
        yield from duplicates(rows, [columns[field.attname] for field in fields], label)

    def constraint(self, constraint: Any, model: ModelState, at: int) -> Iterator[Iterator[Finding]]:
        own = [name for name in names_in(constraint) if name in model.fields]
        fields = [bound(model, name, model.fields[name]) for name in own]
        rows, columns = self.rows(model, fields, at)
        changed = [name for name, column in columns.items() if name != column]
        if isinstance(constraint, models.UniqueConstraint):
            needing = [*_names_of(constraint.condition), *(names_in(constraint) if constraint.expressions else ())]
            if changed and needing:
                raise Waiting(self.writers(model, at)[0])
            if constraint.condition is not None:
                rows = rows.filter(constraint.condition)
            wanted = [columns[bound(model, name, model.fields[name]).attname] for name in constraint.fields]
            for number, expression in enumerate(constraint.expressions):
                rows = rows.annotate(**{f"expression_{number}": expression})
                wanted.append(f"expression_{number}")
            distinct = constraint.nulls_distinct is not False
            label = f"{model.name} ({', '.join(constraint.fields) or constraint.name})"
            yield duplicates(rows, wanted, label, nulls_distinct=distinct)
        elif isinstance(constraint, models.CheckConstraint):
            if changed:
                raise Waiting(self.writers(model, at)[0])
            condition: Any = getattr(constraint, "condition", None) or getattr(constraint, "check", None)
            yield violating(rows, condition, constraint.name)
        else:
            yield iter([Finding("", f"whether rows hold to '{constraint.name}' is for the database", 0, fails=False)])

    # --- the rows at the step's place ---

    def writers(self, model: ModelState, at: int) -> list[int]:
        """Give the earlier changes that write or make rows of a model or its columns."""
        return self.base.makers(at, [(model.app_label, model.name_lower, ROWS)]) or [
            one
            for one in range(at)
            if isinstance(change := self.base.fates.moments[one].change, Update)
            and change.model.lower == (model.app_label, model.name_lower)
        ]

    def rows(self, model: ModelState, fields: Sequence[AnyField], at: int) -> tuple[Rows, dict[str, str]]:
        """Give the rows of a model as they will be at a place, by SELECT from those that there are now.

        Beside them, by attname, the column or annotation that holds each field. Waiting.
        """
        key = (model.app_label, model.name_lower)
        cells = [(*key, ROWS), *((*key, field.attname) for field in fields)]
        relevant = self.base.makers(at, cells)
        moments = self.base.fates.moments
        for one in relevant:
            change = moments[one].change
            if isinstance(change, Update | Delete) and change.model.lower == key:
                known = one not in self.failed and not waits_for(change, one, self.steps[one], self.base)
            else:
                known = isinstance(change, SchemaChange) and isinstance(change.operation, AddField)
            if not known:
                raise Waiting(one)
        written = [one for one in relevant if isinstance(moments[one].change, Update | Delete)]
        place = max(written, default=at)
        if any(_renames(moments[one].change) for one in range(min(written, default=at), at)):
            raise Waiting(written[0])
        plain_state = self.base.state(place)
        local = Local(with_join_tables(plain_state), Constants(), avoid=TELLING)
        last = moments[place].change
        found = model_of(local.state, last.model if isinstance(last, Update | Delete) else _key(model))
        rows, body, columns = plain(local.rows(found)), list[Code](), {}
        for one in written:
            change = moments[one].change
            if isinstance(change, Delete):
                chosen, before = gone(change, self.writing(change, one, local))
                if change.cascade and points_at_itself(local.state, found):
                    raise Waiting(one)
                body += before
                rows = fill("{}.exclude(pk__in={}.values({}))", rows, chosen, quoted("pk"))
        for one_field in fields:
            attname, name = one_field.attname, one_field.name
            changes = [one for one in written if attname in _sets(moments[one].change)]
            fresh = not self.base.fates.life(at, _key(model), name).at_start
            if len(changes) > 1 or (fresh and any(_alters(moments[one].change, key, name) for one in range(at))):
                raise Waiting(changes[0] if changes else relevant[0])
            columns[attname] = attname
            if changes or fresh:
                columns[attname] = after = local.column(found, f"after_{attname}")
                value = self.value(one_field, found, changes, fresh, local, body)
                rows = fill("{}.annotate({}={})", rows, after, value)
        nothing = dict.fromkeys(TELLING, _nothing)
        telling = {**nothing, "fresh_value": fresh_value, "any_of": any_of}
        return run(body, local, self.base.apps(plain_state), self.connection, telling, rows), columns

    def writing(self, change: RowChange, at: int, local: Local) -> Writing:
        return replace(writing_of(change, self.steps[at], False, local), counting=True, saves=())

    def value(
        self, field: AnyField, model: ModelState, changes: Sequence[int], fresh: bool, local: Local, body: list[Code]
    ) -> Code:
        """Give what a column holds after the one change that writes it."""
        held = local.field(model, field.name)
        otherwise = fill("fresh_value({})", held) if fresh else fill("{}({})", db("F"), quoted(field.attname))
        if not changes:
            return otherwise
        (at,) = changes
        change = self.base.fates.moments[at].change
        assert isinstance(change, Update)
        value = dict(change.assign)[field.attname]
        if isinstance(value, InPython | Numbered) or (change.join and isinstance(change.join.where, Repeated)):
            raise Waiting(at)
        rows, assign, before = looked_at(change, self.writing(change, at, local))
        body += before
        got = in_query(value, dict(assign)[field.attname], rows.target(field.attname), local)
        if change.where is None and change.join is None:
            return fill("{}({}, output_field={})", db("ExpressionWrapper"), got, held)
        return value_after(field.attname, got, rows, otherwise)


def _default(field: AnyField) -> Any:
    """Give what Django's schema editor writes into rows that have no value."""
    editor: Any = BaseDatabaseSchemaEditor
    return editor._effective_default(field)


def _parts(operation: Operation) -> Sequence[Operation]:
    return operation.database_operations if isinstance(operation, SeparateDatabaseAndState) else [operation]


def _key(model: ModelState) -> ModelKey:
    return ModelKey(model.app_label, model.name)


def _sets(change: Change) -> set[str]:
    return {name for name, _ in change.assign} if isinstance(change, Update) else set()


def _renames(change: Change) -> bool:
    return isinstance(change, SchemaChange) and isinstance(change.operation, RenameField | RenameModel)


def _alters(change: Change, key: tuple[str, str], name: str) -> bool:
    operation = change.operation if isinstance(change, SchemaChange) else None
    return isinstance(operation, AlterField) and (operation.model_name_lower, operation.name) == (key[1], name)


def _names_of(condition: Any) -> Sequence[str]:
    return () if condition is None else list(names_in(models.CheckConstraint(condition=condition, name="_")))


def _compares(old: AnyField, new: AnyField) -> bool:
    """Whether values of the old type can be compared with the limits of the new one as they are."""
    before, after = (_group(field.get_internal_type()) for field in (old, new))
    return before == after


def _group(kind: str) -> str:
    if kind in TEXT:
        return "text"
    return "number" if kind == "DecimalField" or kind in BaseDatabaseOperations.integer_field_ranges else kind


def _kind(field: AnyField) -> str:
    kind = field.get_internal_type()
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def fresh_value(field: Any) -> Value:
    """Give what Django writes into a new column of the rows that are there."""
    return Value(_default(field), output_field=field)


def _nothing(*told: Any, **more: Any) -> None:
    """What a step tells was told where the step was counted."""
