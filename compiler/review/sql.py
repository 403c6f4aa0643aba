"""The SQL of migrations for each declared database, as sqlmigrate would print it, without a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.operations import AlterField, DeleteModel, RemoveField, RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migspec.compiler.emit.code import CannotEmit, one_line
from migspec.compiler.review.locks import Altering, created, locks_of, strongest
from migspec.compiler.review.offline import Known, alias_of, schema_editor
from migspec.compiler.review.review import Lock, Sql

# Stands for a name that only the server knows.
NAMED = "<{} of {}>"
CONNECTED = "SQL known only with a connection"
NAMES_OF_SERVER = f"{CONNECTED}: names in <> are those that the server has"
CODE = "Python, whose SQL is known when it runs"


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes the SQL of a spec's files one after another; tables that they make are nobody else's yet."""

    servers: Sequence[Known]
    missing: Mapping[str, str]
    made: dict[str, set[str]] = field(default_factory=dict)  # names of new tables, by server

    def write(self, migration: Migration, state: ProjectState) -> tuple[list[dict[str, Sql]], ProjectState]:
        """Give what each operation sends to each server, and the state after the migration."""
        pages = {
            server.name: Page(server.name, wrapper, migration.app_label, self.made.setdefault(server.name, set()))
            for server, wrapper in self.servers
            if wrapper is not None
        }
        for operation in migration.operations:
            following = state.clone()
            operation.state_forwards(migration.app_label, following)
            for page in pages.values():
                page.write(operation, state, following)
            state = following
        written = {name: page.close() for name, page in pages.items()}
        unknown = {name: Sql(unknown=said) for name, said in self.missing.items()}
        return [
            {name: of[at] for name, of in written.items()} | unknown for at in range(len(migration.operations))
        ], state


@dataclass(slots=True)
class Entry:
    """What one operation has sent."""

    statements: list[str]
    unknown: str
    altering: Altering
    deferred: list[Any] = field(default_factory=list)


class Page:
    """The SQL of one file for one server."""

    def __init__(self, server: str, wrapper: BaseDatabaseWrapper, app_label: str, made: set[str]) -> None:
        connection: Any = wrapper
        connection.alias = alias_of(wrapper.vendor, app_label)
        self.server, self.app_label, self.made = server, app_label, made
        self.editor = schema_editor(wrapper)
        self.editor._constraint_names = self._constraint_names
        self.entries: list[Entry] = []
        self.asked = False

    def write(self, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        """Take down what an operation sends; what it was about to send where the server would have to be asked."""
        entry = Entry([], "", Altering())
        self.entries.append(entry)
        if isinstance(operation, RunPython) or not operation.reduces_to_sql:
            entry.unknown = CODE
            return
        self.editor.collected_sql = []
        self.asked = False
        waiting = list(self.editor.deferred_sql)
        try:
            entry.altering = altering(operation, self.app_label, before, after, self.editor.connection)
            operation.database_forwards(self.app_label, self.editor, before, after)
        except CannotEmit as error:
            entry.unknown = f"{CONNECTED}: {error.message}"
        except Exception as error:  # of Django, or of the project's own fields and operations
            said = one_line(str(error)).rstrip(".")
            entry.unknown = f"no SQL: Django says {type(error).__name__}{': ' if said else ''}{said}"
        if entry.unknown:
            self.editor.deferred_sql = waiting
            return
        entry.statements = list(self.editor.collected_sql)
        entry.deferred = [one for one in self.editor.deferred_sql if not any(one is other for other in waiting)]
        entry.unknown = NAMES_OF_SERVER if self.asked else ""

    def close(self) -> list[Sql]:
        """Give what each operation sends; what Django puts off is written down last, unless it has become needless."""
        found = []
        for entry in self.entries:
            self.editor.collected_sql = []
            for one in entry.deferred:
                if any(one is left for left in self.editor.deferred_sql):
                    self.editor.execute(one, None)
            at_end = list(self.editor.collected_sql)
            found.append(
                Sql(
                    statements=tuple(entry.statements),
                    at_end=tuple(at_end),
                    unknown=entry.unknown,
                    locks=self._locks([*entry.statements, *at_end], entry.altering),
                )
            )
        return found

    def _locks(self, statements: Sequence[str], altering: Altering) -> list[Lock]:
        found: list[Lock] = []
        for statement in statements:
            self.made.update(filter(None, [created(statement)]))
            found += [one for one in locks_of(self.server, statement, altering) if one.table not in self.made]
        return strongest(found)

    def _constraint_names(self, model: Any, column_names: Sequence[str] | None = None, **kinds: Any) -> list[str]:
        """Stand in for the question which constraints a table has: one, where the state has one."""
        about = column_names[0] if column_names and len(column_names) == 1 else None
        held = next((one for one in model._meta.local_concrete_fields if one.column == about), None)
        if kinds.get("foreign_key") and held is not None and not getattr(held, "db_constraint", False):
            return []
        self.asked = True
        kind = next((words for name, words in KINDS.items() if kinds.get(name)), "constraint")
        return [NAMED.format(kind, ", ".join(column_names or [model._meta.db_table]))]


KINDS = {
    "foreign_key": "foreign key",
    "primary_key": "primary key",
    "unique": "unique constraint",
    "check": "check constraint",
    "index": "index",
}


def altering(
    operation: Operation, app_label: str, before: ProjectState, after: ProjectState, connection: BaseDatabaseWrapper
) -> Altering:
    """Give what the operation's statements do not say themselves."""
    name = next(
        (getattr(operation, key) for key in ("model_name", "name", "old_name") if getattr(operation, key, None)), ""
    )
    if not isinstance(name, str) or (app_label, name.lower()) not in before.models or isinstance(operation, RunSQL):
        return Altering()
    model = before.apps.get_model(app_label, name)
    held = {one.name: one for one in model._meta.local_concrete_fields}
    about = held.get(str(getattr(operation, "name", "")))
    removed = [about] if about else list(held.values()) if isinstance(operation, DeleteModel) else []
    if not isinstance(operation, RemoveField | DeleteModel | AlterField):
        removed = []
    pointed_at = tuple(dict.fromkeys(one.related_model._meta.db_table for one in removed if one.related_model))
    pointed_at = tuple(table for table in pointed_at if table != model._meta.db_table)
    found = Altering(table=model._meta.db_table, pointed_at=pointed_at)
    if not isinstance(operation, AlterField) or operation.name not in held:
        return found
    old: Any = held[operation.name]
    new: Any = after.apps.get_model(app_label, name)._meta.get_field(operation.name)
    return Altering(
        table=model._meta.db_table,
        old_type=old.db_type(connection) or "",
        new_type=new.db_type(connection) or "",
        old_null=old.null,
        new_null=new.null,
        pointed_at=pointed_at if getattr(old, "db_constraint", False) else (),
    )
