"""Django operations as source code; Django's own serializer writes the values inside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.migrations.operations import RunPython
from django.db.migrations.operations.base import Operation
from django.db.migrations.writer import MigrationWriter
from django.utils.inspect import get_func_args

from migspec.compiler.emit.code import code_of
from migspec.dsl.expressions import Code, Expression

_MIGRATIONS = "from django.db import migrations"
# Arguments of which Django's developers expect one item a line, however short they are.
_ONE_A_LINE = {"fields", "managers", "state_operations", "database_operations"}


def value_code(value: Any) -> Code:
    """Give a value as Django's writer serialises it; ValueError where it cannot be written down."""
    if isinstance(value, Expression):
        return code_of(value)
    if isinstance(value, Operation):
        return operation_code(value)
    if value is RunPython.noop:
        return Code("migrations.RunPython.noop", frozenset({_MIGRATIONS}))
    text, imports = MigrationWriter.serialize(value)
    return Code(text, frozenset(imports))


def call(function: str, arguments: Mapping[str, Code], imports: Iterable[str] = ()) -> Code:
    """Give a call with keyword arguments."""
    text = f"{function}({', '.join(f'{name}={code.text}' for name, code in arguments.items())})"
    return Code(text, frozenset(imports).union(*(code.imports for code in arguments.values())))


def list_code(items: Iterable[Code], *, one_a_line: bool = False) -> Code:
    codes = list(items)
    comma = "," if one_a_line and codes else ""  # black's magic trailing comma
    return Code(
        f"[{', '.join(code.text for code in codes)}{comma}]", frozenset().union(*(code.imports for code in codes))
    )


def operation_code(operation: Operation, function: str = "") -> Code:
    """Give the call that makes a Django operation, or one of a subclass that the file calls `function`."""
    _, args, kwargs = operation.deconstruct()
    # Most operations have no positional arguments; AlterModelManagers does.
    names = get_func_args(type(operation).__init__)[1:]  # without self
    kwargs = dict(zip(names, args, strict=False)) | kwargs
    imports: frozenset[str] = frozenset()
    if not function:
        function, imports = class_code(type(operation))
    return call(function, {key: _argument(key, value) for key, value in kwargs.items()}, imports)


def class_code(cls: type[Operation]) -> tuple[str, frozenset[str]]:
    """Give how a file refers to an operation class, and the import that it needs."""
    if cls.__module__.startswith("django.db.migrations.operations"):
        return f"migrations.{cls.__name__}", frozenset({_MIGRATIONS})
    if cls.__module__ == "django.contrib.postgres.operations":
        return cls.__name__, frozenset({f"from {cls.__module__} import {cls.__name__}"})
    return f"{cls.__module__}.{cls.__qualname__}", frozenset({f"import {cls.__module__}"})


def _argument(name: str, value: Any) -> Code:
    if name in _ONE_A_LINE and isinstance(value, list):
        return list_code((_item(item) for item in value), one_a_line=True)
    if isinstance(value, (set, frozenset)):  # together-options; Django 4.2 wrote sets in hash order
        return _set_code(value)
    return value_code(value)


def _item(item: Any) -> Code:
    if isinstance(item, tuple):
        codes = [value_code(part) for part in item]
        text = f"({', '.join(code.text for code in codes)})"
        return Code(text, frozenset().union(*(code.imports for code in codes)))
    return value_code(item)


def _set_code(value: Iterable[Any]) -> Code:
    codes = sorted((value_code(item) for item in value), key=lambda code: code.text)
    if not codes:
        return Code("set()", frozenset())
    text = f"{{{', '.join(code.text for code in codes)}}}"
    return Code(text, frozenset().union(*(code.imports for code in codes)))


def written_call(dotted: str, kwargs: Mapping[str, Any]) -> Code:
    """Give the call of an operation as its author wrote it."""
    module, _, name = dotted.rpartition(".")
    if module == "django.db.migrations":
        return call(f"migrations.{name}", {key: _written(value) for key, value in kwargs.items()}, {_MIGRATIONS})
    return call(dotted, {key: _written(value) for key, value in kwargs.items()}, {f"import {module}"})


def _written(value: Any) -> Code:
    if isinstance(value, list):
        return list_code(_written(item) for item in value)
    if isinstance(value, Mapping):
        codes = {repr(key): _written(item) for key, item in value.items()}
        text = f"{{{', '.join(f'{key}: {code.text}' for key, code in codes.items())}}}"
        return Code(text, frozenset().union(*(code.imports for code in codes.values())))
    return value_code(value)
