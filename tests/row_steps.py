"""Row steps made by hand, emitted as a migration file and run: what the tests of the emitter share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

import databases
from harness import Runner
from migspec.compiler.emit.file import MigrationCode, file_text
from migspec.compiler.emit.local import Constants
from migspec.compiler.emit.rows import RowStep, emit_row_step
from migspec.compiler.reversing.reversal import Reversal
from migspec.dsl.expressions import parse
from migspec.schemas.changes import RowChange
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.rows import Column, Computed, Constant, Lookups, Mapped, ModelKey, PerRow

SCHEMA = '''
from django.db import migrations, models


class Living(models.Manager):
    """Hides rows, in migrations too."""

    use_in_migrations = True

    def get_queryset(self):
        return super().get_queryset().exclude(name="hidden")


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            "City",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=20)),
                ("code", models.IntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Home",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=20)),
                ("slug", models.SlugField(null=True)),
                ("code", models.IntegerField(null=True)),
                ("n", models.IntegerField(default=0)),
                ("token", models.UUIDField(null=True, unique=True)),
                ("order", models.CharField(max_length=9, null=True, db_column="order")),
                ("data", models.JSONField(null=True)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("day", models.DateField(null=True)),
                ("price", models.DecimalField(max_digits=8, decimal_places=2, null=True)),
                ("key", models.IntegerField(null=True, unique=True)),
                ("city", models.ForeignKey("homes.City", models.SET_NULL, null=True)),
                ("parent", models.ForeignKey("homes.Home", models.CASCADE, null=True, related_name="parts")),
            ],
            options={"db_table": "Homes Of All", "ordering": ["-name"]},
            managers=[("people", Living())],
        ),
        migrations.CreateModel(
            "Stay",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("home", models.ForeignKey("homes.Home", models.CASCADE)),
                ("city", models.ForeignKey("homes.City", models.CASCADE, null=True)),
                ("code", models.IntegerField(null=True)),
                ("name", models.CharField(max_length=20, default="")),
                ("current", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=20, null=True)),
                ("kind", models.CharField(max_length=20, default="plain")),
                ("home", models.ForeignKey("homes.Home", models.CASCADE, null=True)),
                ("token", models.UUIDField(null=True)),
                ("made", models.DateTimeField(auto_now_add=True, null=True)),
                ("data", models.JSONField(null=True)),
                ("more", models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Country",
            [
                ("code", models.CharField(max_length=2, primary_key=True)),
                ("name", models.CharField(max_length=20)),
                ("note", models.CharField(max_length=20, null=True)),
            ],
        ),
        migrations.CreateModel(
            "Part",
            [
                ("home", models.OneToOneField("homes.Home", models.CASCADE, primary_key=True)),
                ("name", models.CharField(max_length=20)),
            ],
        ),
        migrations.CreateModel(
            "Tariff",
            [
                ("pk", models.CompositePrimaryKey("zone", "day")),
                ("zone", models.UUIDField()),
                ("day", models.DateField()),
                ("n", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            "Place",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))],
        ),
        migrations.CreateModel(
            "Restaurant",
            [
                (
                    "place_ptr",
                    models.OneToOneField(
                        "homes.Place", models.CASCADE, parent_link=True, auto_created=True, primary_key=True
                    ),
                ),
                ("stars", models.IntegerField(default=0)),
                ("menu", models.CharField(max_length=20, null=True)),
            ],
            bases=("homes.place",),
        ),
        migrations.CreateModel("Diner", [], options={"proxy": True}, bases=("homes.place",)),
    ]
'''

HOME, CITY, STAY, LABEL, COUNTRY, PART, TARIFF, PLACE, RESTAURANT, DINER = (
    ModelKey("homes", name) for name in "Home City Stay Label Country Part Tariff Place Restaurant Diner".split()
)
NOTHING = Reversal(changes=(), fidelity="exact")
PLACE_IN_SPEC = "homes/migspecs/rows.yaml:11"


def state(schema: str = SCHEMA, app_label: str = "homes") -> ProjectState:
    names: dict[str, Any] = {"__name__": "homes.migrations.0001_initial"}
    exec(schema, names)  # noqa: S102 (the text above)
    found = ProjectState()
    for operation in names["Migration"].operations:
        operation.state_forwards(app_label, found)
    return with_join_tables(found)


STATE = state()


def step(*forwards: RowChange, back: Reversal | RowChange | None = None, **arguments: Any) -> RowStep:
    """Make a step; `back` is its reversal, or the one change that undoes it."""
    if back is None:
        back = NOTHING
    elif not isinstance(back, Reversal):
        back = Reversal(changes=(back,), fidelity="exact")
    defaults = {"state": STATE, "app_label": "homes", "place": PLACE_IN_SPEC}
    return RowStep(forwards=forwards, reversal=back, **{**defaults, **arguments})


def text_of(*steps: RowStep) -> str:
    """Give the migration file that the steps become, as it is before it is formatted."""
    dependencies = [(steps[0].app_label, "0001_initial")]
    constants = Constants()
    pieces = [emit_row_step(one, constants) for one in steps]
    return file_text(MigrationCode(pieces=pieces, dependencies=dependencies), ())


@contextmanager
def tables(database: databases.Database) -> Iterator[Runner]:
    """Make the tables, for many tests one after another."""
    with Runner(database, {"homes": {"0001_initial": SCHEMA}}, base=False) as run:
        run.migrate_to("homes", "0001_initial")
        yield run


@contextmanager
def running(
    run: Runner, *steps: RowStep, emit: Callable[..., str] = text_of, **rows: list[dict[str, Any]]
) -> Iterator[Runner]:
    """Insert rows (Home=[...]) and make the steps the migration 0002_rows; afterwards the tables are empty again."""
    written = run.project.write("homes/migrations/0002_rows.py", emit(*steps))
    run.insert({f"homes.{name}": listed for name, listed in rows.items()})
    try:
        yield run
    finally:
        run.connection.close()  # whatever state a failure has left it in
        written.unlink()
        forget(run)
        with run.connection.constraint_checks_disabled():
            for model in run.apps.get_models(include_auto_created=True):
                if model._meta.app_label == "homes" and not model._meta.proxy:
                    _empty(run, model)


def _empty(run: Runner, model: type[models.Model]) -> None:
    quote = run.connection.ops.quote_name
    cascade = " CASCADE" if run.connection.vendor == "postgresql" else ""
    statement = "TRUNCATE TABLE" if cascade else "DELETE FROM"
    with run.connection.cursor() as cursor:
        cursor.execute(f"{statement} {quote(model._meta.db_table)}{cascade}")


def forward(run: Runner) -> None:
    run.migrate_to("homes", "0002_rows")


def back(run: Runner) -> None:
    run.migrate_to("homes", "0001_initial")


def forget(run: Runner) -> None:
    """Leave the rows and drop the record, as a process that is killed between the two does on MariaDB."""
    MigrationRecorder(run.connection).record_unapplied("homes", "0002_rows")


def column(run: Runner, path: str, order_by: str = "pk") -> list[Any]:
    """Give one column of a model, as in "Home.name"."""
    model, _, name = path.partition(".")
    return [row[name] for row in run.rows(f"homes.{model}", name, order_by=order_by)]


# --- values in few words ---


def constants(**values: Any) -> tuple[tuple[str, Constant], ...]:
    return tuple((name, Constant(value)) for name, value in values.items())


def where(**items: Any) -> Lookups:
    return Lookups(tuple(items.items()))


def own(path: str) -> Column:
    return Column(path)


def source(path: str) -> Column:
    return Column(path, "source")


def mapped(column: Column, pairs: dict[Any, Any], **policies: Any) -> Mapped:
    return Mapped(column, tuple(pairs.items()), **policies)


def computed(text: str, *reads: str, of: Any = "row") -> Computed:
    return Computed(parse(text), reads, of)


def per_row(text: str) -> PerRow:
    return PerRow(parse(text))
