"""Fields, indexes and the like from YAML text, built in the test project's library app, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from pydantic import ValidationError, create_model

from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order, render
from migspec.dsl.read import read_text
from migspec.schemas.errors.problems import problems
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

VENDORS = frozenset({"mysql", "postgresql", "sqlite"})


@cache
def project_state() -> ProjectState:
    return MigrationLoader(None).project_state()


def book() -> ModelState:
    return project_state().models["library", "book"]


def read(kind: Any, text: str, vendors: frozenset[str] = VENDORS) -> tuple[Any, Scope]:
    """Read `value: <text>` as a value of a type; SpecError with what its validators say."""
    source = read_text(f"value: {text}\n", "spec.yaml", "yaml")
    holder: Any = create_model("Holder", __base__=Part, value=(kind, ...))
    try:
        value = holder.model_validate(source.data).value
    except ValidationError as error:
        raise SpecError(*in_order(problems(error, holder, source))) from None
    scope = Scope(
        app_label="library", state=project_state(), vendors=vendors, path=(), locate=source.place, warnings=[]
    )
    return value, scope


def built(kind: Any, text: str, *, vendors: frozenset[str] = VENDORS, **context: Any) -> Any:
    """Give what a value of a type builds; `context` is handed to its build()."""
    value, scope = read(kind, text, vendors)
    existing = [context.pop("existing")] if "existing" in context else []
    return value.build(scope, *existing, "value", **context)


def said(kind: Any, text: str, **context: Any) -> list[Diagnostic]:
    """Give what is said of a wrong value, in order."""
    try:
        found = built(kind, text, **context)
    except SpecError as error:
        return in_order(error.diagnostics)
    raise AssertionError(f"nothing was said of {text}: {found}")


def refusal(kind: Any, text: str, **context: Any) -> str:
    """Give what is said of a wrong value, as it is shown; `value` is the key that it stands under."""
    return "".join(f"{render(one)}\n" for one in said(kind, text, **context))


def refusals(kind: Any, texts: Iterable[str], **context: Any) -> str:
    """Give what is said of several."""
    return "\n".join(refusal(kind, text, **context) for text in texts)
