"""One example on a real database: its rows before, after, and after rolling back."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from migspec.dsl.read import read


class Story:
    """A spec, the migrations compiled from it, and the rows of its first test."""

    def __init__(self, path: Path) -> None:
        if not settings.configured or not apps.ready:
            import django

            django.setup()
        self.spec = read(path, path.name).data
        self.app = self.spec["app"]
        self.test = self.spec["tests"][0]
        self.models: list[str] = []
        base = self.spec["after"]
        self.base = (self.app, base)
        names = sorted(name for app, name in MigrationExecutor(connection).loader.graph.nodes if app == self.app)
        self.new_migrations = [name for name in names if name > base]

    def migrate_to_base(self) -> None:
        self._migrate([self.base])

    def migrate_forward(self) -> None:
        self._migrate([(self.app, self.new_migrations[-1])])

    def _migrate(self, targets: list[tuple[str, str]]) -> None:
        MigrationExecutor(connection).migrate(targets)
        loader = MigrationExecutor(connection).loader
        state = loader.project_state(targets)
        self.apps = state.apps
        self.models = [model.name for key, model in sorted(state.models.items()) if key[0] == self.app]

    def insert_given(self) -> None:
        """Insert the rows that the spec's first test begins with; columns that it does not name get a text."""
        for label, rows in sorted(
            self.test["given"].items(), key=lambda item: item[0] not in ("accounts.Address", "Section")
        ):
            model = self._model(label)
            for row in rows:
                missing = {
                    field.attname: "-"
                    for field in model._meta.concrete_fields
                    if field.attname not in row and field.get_internal_type() == "CharField" and not field.has_default()
                }
                model._base_manager.create(**missing, **row)
        self.before = self.rows()

    def _model(self, label: str):
        app, _, name = label.rpartition(".")
        return self.apps.get_model(app or self.app, name)

    def rows(self) -> dict[str, list[dict[str, object]]]:
        """Give the rows of every table of the app, by primary key."""
        return {
            name: list(self._model(name)._base_manager.order_by("pk").values())
            for name in self.models
        }  # fmt: skip

    def came_back(self) -> bool:
        """Whether the rows are what the test expects after rolling back."""
        expected = self.test.get("expect_reversed")
        rows = self.rows()
        if expected == "same":
            return rows == self.before
        return all(
            len(rows[label]) == len(wanted)
            and all(any(want.items() <= row.items() for row in rows[label]) for want in wanted)
            for label, wanted in (expected or {}).items()
        )


def bdmodels_is_supported() -> bool:
    """Whether the Django at hand is one that bdmodels works with: its field checks fail on Django 6.1."""
    import django

    return django.VERSION < (6, 1)
