"""The operations of django.contrib.postgres, imported only where a step asks for one: they need a driver."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from migspec.schemas.scope import Scope

MODULE = "django.contrib.postgres.operations"


def postgresql_operation(scope: Scope, name: str, *at: str | int) -> Any:
    """Give the operation class; E309 where no driver for PostgreSQL is installed."""
    try:
        return getattr(import_module(MODULE), name)
    except ImportError as error:
        message = f"{MODULE}.{name} cannot be imported: {error}"
        raise scope.error("E309", message, *at, hint="pip install psycopg", key=True) from None
