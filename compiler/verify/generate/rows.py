"""Sets of rows for some models: drawn column by column, and put together so that a database takes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ProjectState, StateApps
from hypothesis import strategies as st

from migspec.compiler.verify.fill import Model, Values, is_link_to_parent
from migspec.compiler.verify.generate.hints import Hints
from migspec.compiler.verify.generate.values import folded, values_for
from migspec.compiler.verify.tables import key_columns, tables_of
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.paths import AnyField, unique_sets

MOST = 6  # rows of one model

Rows = dict[str, list[dict[str, Any]]]  # by label, by attname; a column that is left out gets a valid value

LEFT_OUT = object()


@dataclass(frozen=True, slots=True)
class Set:
    """A set of rows, and whether the change is to be cut off with it, too."""

    rows: Rows
    cut_off: bool


class Maker:
    """Draws rows for some models in a state."""

    def __init__(
        self, state: ProjectState, apps: StateApps, labels: Sequence[str], hints: Hints, connection: BaseDatabaseWrapper
    ) -> None:
        tables = tables_of(apps)
        self.models = {label: tables[label] for label in labels if label in tables}
        self.order = list(_targets_first(self.models))
        self.hints = hints
        self.alias = connection.alias
        with_joins = with_join_tables(state)
        self.unique = {
            label: unique_sets(with_joins, with_joins.models[model._meta.app_label, model._meta.model_name or ""])
            for label, model in self.models.items()
        }
        self.pointed_at = {
            target(field)
            for model in self.models.values()
            for field in model._meta.concrete_fields
            if field.remote_field and not is_link_to_parent(field, model)
        }

    def sets(self) -> st.SearchStrategy[Set]:
        """Give sets of rows: with values that the spec names, and with any."""
        tame, wild = (
            st.fixed_dictionaries(
                {
                    label: st.lists(
                        st.fixed_dictionaries(
                            {field.attname: self._column(model, field, wild=wild) for field in _drawn(model)}
                        ),
                        max_size=MOST,
                    )
                    for label, model in self.models.items()
                }
            )
            for wild in (False, True)
        )
        often = st.sampled_from([False, False, False, True])
        return st.builds(lambda drawn, cut_off: Set(self.put_together(drawn), cut_off), tame | wild, often)

    # --- drawing ---

    def _column(self, model: Model, field: AnyField, *, wild: bool) -> st.SearchStrategy[Any]:
        """Give what a column may hold. For a foreign key that is a number, which chooses one of the rows there are."""
        left_out = st.just(LEFT_OUT)
        nothing = [st.none()] if field.null else []
        if field.remote_field:
            return st.one_of(left_out, *nothing, st.integers(0, MOST - 1))
        if isinstance(field, models.AutoField):
            return st.one_of(left_out, st.integers(1, 40))
        found = values_for(field)
        if found is None:
            return left_out
        edges, random = found
        hints = self.hints
        mapped = hints.fitting(field, hints.mapped.get(field.attname, ()))
        named = hints.fitting(field, hints.named.get(field.attname, ()))
        must = field.attname in key_columns(model) or (model._meta.label, field.attname) in self.pointed_at
        choices = [] if must or (mapped and not wild) else [left_out]
        choices += [st.sampled_from(mapped)] if mapped else []
        if wild or not mapped:
            choices += [st.sampled_from(named)] if named else []
            choices += [edges, *nothing]
        if wild:
            loose = hints.fitting(field, hints.loose)
            choices += [st.sampled_from(loose)] if loose else []
            choices += [random]
        return st.one_of(choices)

    # --- putting together ---

    def put_together(self, drawn: Mapping[str, Sequence[Mapping[str, Any]]]) -> Rows:
        """Give the rows with keys that fit, without those that a constraint would refuse."""
        keyed = {label: self._with_keys(label, drawn[label]) for label in self.order}
        found: Rows = {}
        for label in self.order:
            taken: set[tuple[Any, ...]] = set()
            # What comes later, as rows of a tree do, may still be refused.
            there = {**keyed, **found}
            found[label] = []
            for row in keyed[label]:
                complete = self._pointing(label, row, there, found[label])
                if complete is not None and self._is_allowed(label, complete, taken):
                    found[label].append(complete)
        while self._drop_dangling(found):
            pass
        return {label: rows for label, rows in found.items() if rows}

    def _with_keys(self, label: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Number the rows whose key is a number that the database would give."""
        model = self.models[label]
        found = [dict(row) for row in rows]
        for field in _drawn(model):
            if not isinstance(field, models.AutoField):
                continue
            taken: set[Any] = set()
            # Rows of a child share the keys of its parent's table.
            numbers = itertools.count(1 if field.model is model else 1 + 100 * (1 + self.order.index(label)))
            for row in found:
                key = row[field.attname]
                if key is LEFT_OUT or key in taken or field.model is not model:
                    key = next(number for number in numbers if number not in taken)
                taken.add(key)
                row[field.attname] = key
        return found

    def _pointing(
        self, label: str, row: Mapping[str, Any], there: Rows, before: Sequence[Values]
    ) -> dict[str, Any] | None:
        """Let the foreign keys of a row point to rows that are there; None where one must and none is."""
        found = dict(row)
        for field in _drawn(self.models[label]):
            chosen = row[field.attname]
            if not field.remote_field or chosen is None:
                continue
            to, column = target(field)
            values = [other[column] for other in there.get(to, ()) if other.get(column, LEFT_OUT) is not LEFT_OUT]
            if field.unique:
                used = [other.get(field.attname) for other in before]
                if values and all(value in used for value in values) and not field.null:
                    return None
                values = [value for value in values if value not in used]
            if not values or (chosen is LEFT_OUT and field.null):
                found[field.attname] = None if field.null else LEFT_OUT  # a row is made for it
            else:
                found[field.attname] = values[0 if chosen is LEFT_OUT else chosen % len(values)]
        return {name: value for name, value in found.items() if value is not LEFT_OUT}

    def _is_allowed(self, label: str, row: Values, taken: set[tuple[Any, ...]]) -> bool:
        """Whether no constraint refuses the row; those that only the database knows are left to it."""
        model = self.models[label]
        defaults = {field.attname: field.get_default() for field in model._meta.concrete_fields if field.has_default()}
        keys = []
        for names in self.unique[label]:
            values = [row.get(name, defaults.get(name)) for name in sorted(names)]
            if None not in values:
                keys.append((names, *(repr(folded(value)) for value in values)))
        if not taken.isdisjoint(keys):
            return False
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                try:
                    constraint.validate(model, model(**row), using=self.alias)
                except ValidationError:
                    return False
        taken.update(keys)
        return True

    def _drop_dangling(self, found: Rows) -> bool:
        """Drop, or set to NULL, what points to a row that was refused; whether there was any."""
        dropped = False
        for label, rows in found.items():
            for field in _drawn(self.models[label]):
                if not field.remote_field:
                    continue
                to, column = target(field)
                there = [other.get(column) for other in found.get(to, ())]
                for row in list(rows):
                    if row.get(field.attname) is None or row[field.attname] in there:
                        continue
                    dropped = True
                    if field.null:
                        row[field.attname] = None
                    else:
                        rows.remove(row)
        return dropped


def _drawn(model: Model) -> Iterator[AnyField]:
    """Give the columns that a row has of its own accord."""
    for field in model._meta.concrete_fields:
        if not field.generated and not is_link_to_parent(field, model):
            yield field


def target(field: Any) -> tuple[str, str]:
    """Give the label of the model that a foreign key points to, and the column of its rows whose values it holds."""
    model, column = field.remote_field.model, field.target_field
    while is_link_to_parent(column, model):
        column = column.target_field
    return model._meta.concrete_model._meta.label, column.attname


def _targets_first(found: Mapping[str, Model]) -> Iterator[str]:
    """Give the models so that those that foreign keys point to come first, where there is such an order."""
    done: dict[str, None] = {}
    pending: set[str] = set()

    def visit(label: str) -> None:
        if label in done or label in pending or label not in found:
            return
        pending.add(label)
        for field in found[label]._meta.concrete_fields:
            if field.remote_field:
                visit(target(field)[0])
        done[label] = None

    for label in found:
        visit(label)
    yield from done
