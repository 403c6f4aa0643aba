"""Where the SQL of a row step is built: the models, the database for which it is written, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.models import Field, Model, QuerySet
from django.db.models.sql import Query

from migspec.compiler.changes.cells import model_of
from migspec.compiler.emit.local import Constants, Local
from migspec.compiler.emit.values import Target
from migspec.dsl.expressions import Expression
from migspec.schemas.data.paths import columns
from migspec.schemas.data.rows import ModelKey

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its parameters apart; without any (None) `%` stands for itself."""

    text: str
    parameters: Sequence[Any] | None = None


@dataclass(frozen=True)
class Site:
    """What building statements takes."""

    state: ProjectState
    apps: StateApps
    database: BaseDatabaseWrapper  # never connected
    evaluate: Callable[[Expression], Any]

    @cached_property
    def local(self) -> Local:
        """What values.py asks about columns."""
        return Local(self.state, Constants())

    @property
    def vendor(self) -> str:
        return self.database.vendor

    def model(self, key: ModelKey) -> ModelState:
        return model_of(self.state, key)

    def model_class(self, model: ModelState) -> type[Model]:
        return self.apps.get_model(model.app_label, model.name)

    def rows(self, model: ModelState) -> Rows:
        return self.model_class(model)._base_manager.all()

    def target(self, model: ModelState, attname: str) -> Target:
        return Target(model, columns(self.state, model)[attname])

    def field(self, of: Target) -> Field[Any, Any]:
        """Give the column's field, which knows how its values are stored."""
        found: Any = self.model_class(of.model)._meta.get_field(of.held.field.name)
        field: Field[Any, Any] = found
        return field

    def quote(self, name: str) -> str:
        return self.database.ops.quote_name(name)

    def into(self, names: Sequence[str], model: ModelState) -> str:
        """Give the beginning of a statement that inserts rows with these columns."""
        table = self.quote(self.model_class(model)._meta.db_table)
        quoted = (self.quote(self.field(self.target(model, name)).column or name) for name in names)
        return f"INSERT INTO {table} ({', '.join(quoted)})"

    def sql(self, query: Query) -> tuple[str, list[Any]]:
        """Let Django write a query."""
        text, parameters = query.get_compiler(connection=self.database).as_sql()
        return text, list(parameters)
