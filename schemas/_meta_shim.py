"""Temporary: options and managers until schemas/objects.py has them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from migspec.schemas.arguments import Complaints, read_argument, resolve


class _Value:
    def __init__(self, written: Any) -> None:
        self.written = written

    def build(self, scope: Any, *at: Any) -> Any:
        found = resolve(read_argument(self.written, (), Complaints()), scope, *at)
        return found


class _Managers(_Value):
    def build(self, scope: Any, *at: Any) -> Any:
        return list(super().build(scope, *at).items())


OptionsValue = Annotated[Any, BeforeValidator(_Value)]
ManagersValue = Annotated[Any, BeforeValidator(_Managers)]
