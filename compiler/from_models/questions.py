"""What makemigrations asks: at a terminal the author, elsewhere nobody.

An app without migrations begins them where it was asked for by name (`asked`).
"""

from __future__ import annotations

from typing import Any, TextIO

from django.core.management.base import OutputWrapper
from django.db.migrations.questioner import InteractiveMigrationQuestioner, MigrationQuestioner
from django.db.models import NOT_PROVIDED


class Asking(InteractiveMigrationQuestioner):
    """Asks as makemigrations does, but for what a spec can do better."""

    def __init__(self, asked: set[str], out: TextIO) -> None:
        super().__init__(specified_apps=asked, prompt_output=OutputWrapper(out))

    def ask_unique_callable_default_addition(self, field_name: str, model_name: str) -> None:
        """A spec fills the column row by row."""


class Silent(MigrationQuestioner):
    """Takes nothing for a rename, and keeps in mind what would need an answer."""

    def __init__(self, asked: set[str]) -> None:
        super().__init__(specified_apps=asked)
        self.unanswered: list[tuple[str, str]] = []  # model in lower case, and field

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        self.unanswered.append((model_name, field_name))
        return NOT_PROVIDED

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        self.unanswered.append((model_name, field_name))
        return NOT_PROVIDED

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        return NOT_PROVIDED  # rows with NULL are for a data step
