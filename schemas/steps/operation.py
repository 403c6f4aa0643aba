"""operation: an operation of any class, for what has no verb."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation as DjangoOperation
from django.db.migrations.operations.base import OperationCategory
from pydantic import AfterValidator, Field

from migspec.dsl.diagnostics import nearest
from migspec.schemas.changes import Change, Kind, SchemaChange, WrittenCall
from migspec.schemas.changing import only_postgresql
from migspec.schemas.code import Uses, used
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.python.arguments import Argument, Complaints, Given, Written, plain, read_argument, resolve
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep

DATA = (OperationCategory.PYTHON, OperationCategory.SQL)
RENAMING = (migrations.RenameModel, migrations.RenameField, migrations.RenameIndex, migrations.AlterModelTable)


def arguments(written: Mapping[str, Any]) -> dict[str, Argument]:
    """Read the arguments; a ValidationError names what is wrong in all of them."""
    complaints = Complaints()
    found = {name: read_argument(value, (name,), complaints) for name, value in written.items()}
    complaints.done("kwargs")
    return found


def is_dotted(text: str) -> str:
    if "." not in text or not all(part.isidentifier() for part in text.split(".")):
        hint = f"write 'django.db.migrations.{text}'" if hasattr(migrations, text) else "write 'package.module.Class'"
        raise complaint("E206", f"'{text}' is not the dotted path of a class", hint=hint)
    return text


def readable(written: dict[str, Any]) -> dict[str, Any]:
    arguments(written)
    return written


class Operation(SchemaStep):
    """Put an operation of any class into the migration, with the arguments as they are written here."""

    example: ClassVar[str] = """
    operation: django.db.migrations.AlterModelTableComment
    kwargs: {name: home, table_comment: One row for each home.}
    uses: [Home]
    """

    operation: Annotated[str, AfterValidator(is_dotted), Field(description="The dotted path of the class.")]
    kwargs: Annotated[
        dict[str, Any],
        AfterValidator(readable),
        Field(description="Its arguments: literals, {expr: ...} or {value: ...}.", default_factory=dict),
    ]
    uses: Uses = None

    def changes(self, scope: Scope) -> Iterator[Change]:
        cls = operation_class(self, scope)
        if any(base.__module__.startswith("django.contrib.postgres") for base in cls.__mro__):
            only_postgresql(self, scope, cls.__name__, "operation")
        given = arguments(self.kwargs)
        operation = made(self, scope, cls, given)
        if self.side != "both" and category(operation) in DATA:
            key = "state_only" if self.state_only else "database_only"
            message = f"{cls.__name__} cannot stand in a SeparateDatabaseAndState: 'sqlmigrate' would run it"
            raise scope.error("E314", message, key, hint=f"leave out '{key}'", key=True)
        yield SchemaChange(
            operation=operation,
            app_label=scope.app_label,
            kind=Kind.SCHEMA if self.state_only else kind(operation),
            side=self.side,
            only=self.only,
            effects=used(self.uses, scope),
            written=WrittenCall(self.operation, {name: source(value) for name, value in given.items()}),
        )


def operation_class(step: Operation, scope: Scope) -> type[DjangoOperation]:
    """Import the class; E309 where there is none, E314 where it is no operation."""
    module_name, _, name = step.operation.rpartition(".")
    try:
        module = import_module(module_name)
    except Exception as error:  # a module of the project can fail in any way
        raise scope.error("E309", f"'{module_name}' cannot be imported: {error}", "operation") from None
    cls = getattr(module, name, None)
    if cls is None:
        raise scope.error("E309", f"'{module_name}' has no '{name}'", "operation", hint=nearest(name, vars(module)))
    if not (isinstance(cls, type) and issubclass(cls, DjangoOperation)):
        hint = "name a subclass of django.db.migrations.operations.base.Operation"
        raise scope.error("E314", f"'{step.operation}' is no operation class", "operation", hint=hint)
    return cls


def made(step: Operation, scope: Scope, cls: type[DjangoOperation], given: Mapping[str, Argument]) -> DjangoOperation:
    """Make the operation; E209 for an argument that it does not take, E201 for one that it lacks, E314 otherwise."""
    parameters = inspect.signature(cls).parameters
    names = [name for name, one in parameters.items() if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    for name in given:
        if name not in names and not takes_any:
            hint = nearest(name, names) or f"it takes {', '.join(names) or 'none'}"
            raise scope.error("E209", f"{cls.__name__} has no argument '{name}'", "kwargs", name, hint=hint, key=True)
    missing = [name for name in names if parameters[name].default is parameters[name].empty and name not in given]
    if missing:
        message = f"{cls.__name__} needs {' and '.join(repr(name) for name in missing)}"
        raise scope.error(
            "E201", message, "kwargs", key=True, hint=f"add to kwargs: {', '.join(f'{name}: ...' for name in missing)}"
        )
    values = {name: resolve(value, scope, "kwargs", name) for name, value in given.items()}
    try:
        return cls(**values)
    except Exception as error:  # any class, any exception
        raise scope.error("E314", f"{cls.__name__} refuses its arguments: {error}", "kwargs", key=True) from None


def category(operation: DjangoOperation) -> OperationCategory | None:
    return getattr(operation, "category", None)


def kind(operation: DjangoOperation) -> Kind:
    """Give the kind of file, from what the class says of itself."""
    if any(base.__name__ == "NotInTransactionMixin" for base in type(operation).__mro__):
        return Kind.CONCURRENT
    if category(operation) in DATA:
        return Kind.DATA
    if category(operation) is OperationCategory.REMOVAL or isinstance(operation, RENAMING):
        return Kind.CLEANUP
    return Kind.SCHEMA


def source(argument: Argument) -> Any:
    """Give an argument as the emitter writes it: expressions stay expressions."""
    match argument:
        case Written():
            return argument.expression
        case Given():
            return plain(argument.value)
        case list():
            return [source(item) for item in argument]
        case dict():
            return {name: source(item) for name, item in argument.items()}
    return plain(argument)
