"""An operation class of the project's own."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation


class Announce(Operation):
    """Change neither the state nor the database."""

    reversible = True
    reduces_to_sql = False

    def __init__(self, text: str, loud: bool = False) -> None:
        self.text = text
        self.loud = loud

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        pass

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        pass

    def describe(self) -> str:
        return f"Announce {self.text}"
