"""Side tables: plain tables beside those of the models, for what a step takes from rows and for the rows it adds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, count

from django.db import models
from django.db.backends.utils import truncate_name
from django.db.migrations.state import ModelState, ProjectState

from migspec.schemas.changes import RowChange
from migspec.schemas.data.paths import AnyField, columns, stored
from migspec.schemas.data.rows import ModelKey

# MySQL takes names of up to 64 characters, PostgreSQL of up to 63.
LONGEST = 60
# Fields whose columns the database numbers, and what their values are kept in.
NUMBERS = {
    "AutoField": models.IntegerField,
    "BigAutoField": models.BigIntegerField,
    "SmallAutoField": models.SmallIntegerField,
}
# What is said of a column and not of its values.
LEFT_OUT = {
    "auto_created", "auto_now", "auto_now_add", "blank", "choices", "db_column", "db_comment", "db_default", "db_index",
    "db_tablespace", "default", "editable", "error_messages", "help_text", "primary_key", "serialize", "unique",
    "unique_for_date", "unique_for_month", "unique_for_year", "validators", "verbose_name",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """Rows of a model that are saved in a side table before a change writes them; or the keys of rows that it adds."""

    into: ModelState  # columns are named as those that they are filled from
    rows: ModelState
    during: RowChange
    way: str = ""  # the relations that lead from these rows to those of the change; none where they are the same
    below: ModelState | None = None  # the side table of the rows that `way` leads to, where it is not to the change's
    column: str = ""  # of that side table, to which the last relation of `way` points
    tree: tuple[tuple[str, str], ...] = ()  # foreign keys to rows of the same table that go too, and what they point to
    every_row: bool = False  # whether all rows are saved, those too that the change leaves alone
    source: bool = False  # whether these are all rows of a model from which the change takes values
    added: bool = False  # whether these are the keys of new rows

    @property
    def key(self) -> ModelKey:
        """The side table as a model of the step's state."""
        return ModelKey(self.into.app_label, self.into.name)

    @property
    def of(self) -> ModelKey:
        return ModelKey(self.rows.app_label, self.rows.name)


@dataclass(frozen=True, slots=True)
class Names:
    """What the side tables of one step are called."""

    app_label: str  # of the file that makes them
    spec: str
    step: int  # from 1
    taken: set[str]  # names of classes, in lower case: those of the app's models and of the spec's other side tables

    def side_table(
        self, what: str, model: ModelState, attnames: Collection[str], key: Sequence[str], state: ProjectState
    ) -> ModelState:
        """Give a side table for some columns of a model; `key` are those by which its rows are found again."""
        base = "".join([what, *(word[:1].upper() + word[1:] for word in model.name.split("_"))])
        names = chain([base], (f"{base}{number}" for number in count(2)))
        name = next(name for name in names if name.lower() not in self.taken)
        self.taken.add(name.lower())
        table = f"{self.app_label}_{self.spec}_{self.step}_{what.lower()}_{name.removeprefix(what).lower()}"
        held = columns(state, model)
        fields: list[tuple[str, AnyField]] = []
        if len(key) > 1:
            fields.append(("pk", models.CompositePrimaryKey(*key)))
        for attname in dict.fromkeys([*key, *attnames]):
            field = plain(stored(state, held[attname]).field, null=held[attname].field.null, key=[attname] == [*key])
            fields.append((attname, field))
        options = {"db_table": truncate_name(table, LONGEST, hash_len=8)}
        return ModelState(self.app_label, name, fields, options=options, bases=(models.Model,), managers=[])


def plain(field: AnyField, *, null: bool, key: bool) -> AnyField:
    """Give a field that holds the values of another, and nothing else of it."""
    _, _, args, kwargs = field.deconstruct()
    kwargs = {name: value for name, value in kwargs.items() if name not in LEFT_OUT and name != "null"}
    if key:
        kwargs["primary_key"] = True
    elif null:
        kwargs["null"] = True
    return NUMBERS.get(field.get_internal_type(), type(field))(*args, **kwargs)


def with_side_tables(state: ProjectState, saves: Collection[Save]) -> ProjectState:
    """Give the state in which a step runs: its side tables, and join tables, are models there and nowhere else."""
    found = {(model.app_label, model.name_lower): model for save in saves for model in (save.rows, save.into)}
    return ProjectState({**state.models, **found}, state.real_apps) if found else state
