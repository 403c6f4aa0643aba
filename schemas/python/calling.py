"""Calling a class with arguments from a spec, and importing it, with located errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from migspec.dsl.diagnostics import Path, SpecError, nearest
from migspec.dsl.expressions import ExpressionProblem, parse
from migspec.schemas.python.expressions import evaluate
from migspec.schemas.python.importing import sentence
from migspec.schemas.scope import Scope

DRIVER = "install one: pip install 'psycopg[binary]'"


def imported(name: str, base: type[Any], what: str, scope: Scope, *at: str | int) -> type[Any]:
    """Give the class that a dotted path names; E309 where it cannot be imported, E209 where it is no subclass."""
    try:
        value = evaluate(parse(name), scope, *at)
    except ExpressionProblem as problem:
        raise scope.error("E206", problem.message, *at, hint=problem.hint) from None
    if not (isinstance(value, type) and issubclass(value, base)):
        raise scope.error("E209", f"{name} is not the class of {what}", *at)
    return value


def without_driver(path: str, scope: Scope, *at: str | int) -> SpecError:
    """Give the error for a class of django.contrib.postgres that cannot be imported."""
    message = f"{path} cannot be imported without a driver for PostgreSQL"
    return scope.error("E309", message, *at, hint=DRIVER)


def called(
    cls: type[Any],
    positional: Iterable[Any],
    arguments: Mapping[str, Any],
    scope: Scope,
    place: Callable[[str], Path],
    *at: str | int,
    known: Iterable[str] = (),
) -> Any:
    """Give the object; E201, E209 or E314 where the class refuses.

    `place` gives where an argument stands, by Django's name; where that is `at` itself, all of it stands in one string.
    `known` are the arguments that may have been meant.
    """
    try:
        return cls(*positional, **arguments)
    except TypeError as error:
        raise _refused(cls, error, arguments, scope, place, *at, known=known) from None
    except Exception as error:  # the class may be the project's own
        raise scope.error("E314", _words(cls, error), *at) from None


def _refused(
    cls: type[Any],
    error: TypeError,
    arguments: Mapping[str, Any],
    scope: Scope,
    place: Callable[[str], Path],
    *at: str | int,
    known: Iterable[str],
) -> SpecError:
    """Translate Python's words about arguments that a class does not take, or that it lacks."""
    message = str(error)
    unexpected = re.search(r"unexpected keyword argument '(\w+)'", message)
    if unexpected and unexpected[1] in arguments:
        here = place(unexpected[1])
        key = str(here[-1]) if here != at else unexpected[1]
        text = f"{cls.__name__} has no argument '{key}'"
        return scope.error("E209", text, *here, hint=nearest(key, known), key=here != at)
    if re.search(r"missing .*required .*argument", message):
        names = " and ".join(f"'{name}'" for name in re.findall(r"'(\w+)'", message))
        return scope.error("E201", f"{cls.__name__} needs {names}", *at)
    return scope.error("E314", _words(cls, error), *at)


def _words(cls: type[Any], error: Exception) -> str:
    """Give what a class has against its arguments; Django's classes say mostly who they are."""
    text = sentence(error)
    return text if cls.__name__ in text else f"{cls.__name__}: {text}"
