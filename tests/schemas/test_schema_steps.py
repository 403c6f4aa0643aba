"""Every schema step: the operation it stands for, its kind of file, what it touches, and what it refuses."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import Any

import django
import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from migspec.dsl.diagnostics import Diagnostic, SpecError
from migspec.dsl.read import read_text
from migspec.schemas.changes import EVERYTHING, Kind, SchemaChange, Touch
from migspec.schemas.document import parse
from migspec.schemas.scope import Scope

# --- a project of which the steps are about ---


def key() -> Any:
    return models.BigAutoField(primary_key=True)


def foreign(to: str, **arguments: Any) -> Any:
    return models.ForeignKey(to, on_delete=models.CASCADE, **arguments)


def state() -> ProjectState:
    project = ProjectState()
    for model in (
        ModelState("accounts", "Address", [("id", key()), ("city", models.CharField(max_length=50))]),
        ModelState(
            "homes",
            "Home",
            [
                ("id", key()),
                ("code", models.CharField(max_length=10, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("city", models.CharField(max_length=50, null=True)),
                ("rooms", models.IntegerField(null=True)),
                ("area", models.DecimalField(max_digits=8, decimal_places=2, null=True)),
                ("street", models.CharField(max_length=50, default="")),
                ("tags", models.ManyToManyField("homes.Tag")),
            ],
            options={
                "ordering": ["name"],
                "verbose_name": "home",
                "unique_together": {("city", "street")},
                "indexes": [
                    models.Index(fields=["rooms"], name="home_rooms_idx"),
                    models.Index(fields=["code"], name="home_big_idx", condition=models.Q(area__gt=100)),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(rooms__gte=0), name="home_has_rooms"),
                    models.UniqueConstraint(fields=["name", "code"], name="home_name_code"),
                ],
            },
        ),
        ModelState("homes", "Tag", [("id", key()), ("slug", models.SlugField(unique=True))]),
        ModelState(
            "homes",
            "Room",
            [
                ("id", key()),
                ("home", foreign("homes.Home", to_field="code")),
                ("width", models.IntegerField()),
                ("twice", models.GeneratedField(expression=models.F("width") * 2, output_field=models.IntegerField(), db_persist=True)),
                ("note", models.TextField()),
            ],
            options={"order_with_respect_to": "home"},
        ),
        ModelState("homes", "Villa", [("home_ptr", models.OneToOneField("homes.Home", on_delete=models.CASCADE, parent_link=True, primary_key=True)), ("pool", models.BooleanField())], bases=("homes.home",)),
        ModelState("homes", "Lone", [("id", key()), ("name", models.CharField(max_length=20)), ("number", models.IntegerField(default=0))]),
        ModelState("homes", "Pair", [("pk", models.CompositePrimaryKey("left", "right")), ("left", models.IntegerField()), ("right", models.IntegerField()), ("note", models.TextField())]),
        ModelState("homes", "Outside", [("id", key()), ("name", models.CharField(max_length=20))], options={"managed": False}),
        ModelState("homes", "Shown", [], options={"proxy": True}, bases=("homes.outside",)),
    ):  # fmt: skip
        project.add_model(model)
    return project


@dataclass(frozen=True)
class Done:
    """What some steps came to."""

    changes: list[SchemaChange]
    state: ProjectState
    warnings: list[Diagnostic]

    @property
    def only(self) -> SchemaChange:
        (change,) = self.changes
        return change

    def deconstructed(self) -> list[tuple[str, dict[str, Any]]]:
        return [deconstructed(change.operation) for change in self.changes]


def deconstructed(operation: Operation) -> tuple[str, dict[str, Any]]:
    name, args, kwargs = operation.deconstruct()  # AlterModelManagers has positional arguments
    return name, {**dict(zip(("name", "managers"), args, strict=False)), **kwargs}


def run(
    steps: str,
    *,
    before: ProjectState | None = None,
    vendors: tuple[str, ...] = ("postgresql",),
    **scope: Any,
) -> Done:
    """Take steps in YAML through a state, and apply to it what they come to."""
    text = "migspec: 1\napp: homes\nafter: 0001_initial\nsteps:\n" + textwrap.indent(textwrap.dedent(steps).strip("\n"), "  ") + "\n"
    source = read_text(text, "spec.yaml", "yaml")
    current = (before or state()).clone()
    start = set(current.models)
    changes: list[SchemaChange] = []
    warnings: list[Diagnostic] = []
    for number, step in enumerate(parse(source).steps):
        place = Scope(
            app_label="homes",
            state=current,
            vendors=frozenset(vendors),
            path=("steps", number),
            locate=source.place,
            warnings=warnings,
            **{"fresh": frozenset(set(current.models) - start), **scope},
        )
        found = [change for change in step.changes(place) if isinstance(change, SchemaChange)]
        current = current.clone()
        for change in found:
            if change.side != "database":
                change.operation.state_forwards(change.app_label, current)
        changes += found
    return Done(changes, current, warnings)


def refused(steps: str, code: str, **scope: Any) -> Diagnostic:
    """Give the one complaint about some steps."""
    with pytest.raises(SpecError) as caught:
        run(steps, **scope)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code, str(caught.value)
    return diagnostic


def touch(what: Any, model: str, name: str = "", app_label: str = "homes") -> Touch:
    return Touch(what, app_label, model, name)


FRESH = """
- create_model: New
  fields: {name: {type: CharField, max_length: 9}, number: {type: IntegerField}}
"""
FRESH_KEY = ("homes", "new")

# --- what each verb stands for ---

CLEANUP, SCHEMA, CONCURRENT, DATA = Kind.CLEANUP, Kind.SCHEMA, Kind.CONCURRENT, Kind.DATA

# Steps; the names of the operations; what must be among the arguments of the last one; its kind.
CASES: list[tuple[str, list[str], dict[str, Any], Kind]] = [
    ("- delete_model: Lone", ["DeleteModel"], {"name": "Lone"}, CLEANUP),
    ("- delete_model: Shown", ["DeleteModel"], {"name": "Shown"}, SCHEMA),
    ("- {delete_model: Lone, state_only: true}", ["DeleteModel"], {"name": "Lone"}, SCHEMA),
    (FRESH + "- delete_model: New", ["CreateModel", "DeleteModel"], {"name": "New"}, SCHEMA),
    ("- {rename_model: Lone, to: Single}", ["RenameModel"], {"old_name": "Lone", "new_name": "Single"}, CLEANUP),
    ("- {rename_field: Lone.name, to: title}", ["RenameField"], {"model_name": "lone", "old_name": "name", "new_name": "title"}, CLEANUP),
    (FRESH + "- {rename_field: New.name, to: title}", ["CreateModel", "RenameField"], {"new_name": "title"}, SCHEMA),
    ("- {rename_index: Home.home_rooms_idx, to: rooms_idx}", ["RenameIndex"], {"model_name": "home", "new_name": "rooms_idx", "old_name": "home_rooms_idx"}, CLEANUP),
    ("- {add_field: Lone.x, field: {type: IntegerField, nullable: true}}", ["AddField"], {"model_name": "lone", "name": "x"}, SCHEMA),
    ("- {add_field: Lone.x, field: {type: IntegerField, default: 1}, preserve_default: false}", ["AddField"], {"preserve_default": False}, SCHEMA),
    ("- {alter_field: Lone.name, field: {type: CharField, max_length: 5}}", ["AlterField"], {"model_name": "lone", "name": "name"}, CLEANUP),
    ("- {alter_field: Lone.name, field: {max_length: 50}}", ["AlterField"], {"name": "name"}, SCHEMA),
    ("- {alter_field: Lone.name, field: {max_length: 5}, state_only: true}", ["AlterField"], {"name": "name"}, SCHEMA),
    (FRESH + "- {alter_field: New.name, field: {max_length: 5}}", ["CreateModel", "AlterField"], {"name": "name"}, SCHEMA),
    ("- remove_field: Lone.name", ["RemoveField"], {"model_name": "lone", "name": "name"}, CLEANUP),
    ("- {remove_field: Lone.name, state_only: true}", ["RemoveField"], {"name": "name"}, SCHEMA),
    ("- remove_field: Outside.name", ["RemoveField"], {"model_name": "outside"}, SCHEMA),
    ("- remove_index: Home.home_rooms_idx", ["RemoveIndex"], {"model_name": "home", "name": "home_rooms_idx"}, CLEANUP),
    ("- {remove_index: Home.home_rooms_idx, concurrently: true}", ["RemoveIndexConcurrently"], {"name": "home_rooms_idx"}, CONCURRENT),
    ("- remove_constraint: Home.home_has_rooms", ["RemoveConstraint"], {"model_name": "home", "name": "home_has_rooms"}, CLEANUP),
    ("- validate_constraint: Home.home_has_rooms", ["ValidateConstraint"], {"model_name": "home", "name": "home_has_rooms"}, CLEANUP),
    ("- {add_index: Lone, index: {fields: [name], name: lone_name_idx}}", ["AddIndex"], {"model_name": "lone"}, SCHEMA),
    ("- {add_index: Lone, index: {fields: [name], name: lone_name_idx}, concurrently: true}", ["AddIndexConcurrently"], {}, CONCURRENT),
    ("- {add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: u}}", ["AddConstraint"], {"model_name": "lone"}, CLEANUP),
    ("- {add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: c}}", ["AddConstraint"], {}, CLEANUP),
    ("- {add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: c}, not_valid: true}", ["AddConstraintNotValid"], {}, SCHEMA),
    (FRESH + "- {add_constraint: New, constraint: {type: UniqueConstraint, fields: [name], name: u}}", ["CreateModel", "AddConstraint"], {}, SCHEMA),
    (
        "- alter_constraint: Home.home_name_code\n"
        "  constraint: {type: UniqueConstraint, fields: [name, code], name: home_name_code, violation_error_code: twice}",
        ["AlterConstraint"],
        {"model_name": "home", "name": "home_name_code"},
        SCHEMA,
    ),
    ("- {alter_model_options: Home, options: {verbose_name_plural: homes}}", ["AlterModelOptions"], {"name": "home", "options": {"ordering": ["name"], "verbose_name": "home", "verbose_name_plural": "homes"}}, SCHEMA),
    ("- {alter_model_options: Home, options: {ordering: null}}", ["AlterModelOptions"], {"options": {"verbose_name": "home"}}, SCHEMA),
    ("- {alter_model_managers: Home, managers: {objects: {expr: django.contrib.auth.models.UserManager()}}}", ["AlterModelManagers"], {"name": "home"}, SCHEMA),
    ("- {alter_model_table: Lone, table: lonely}", ["AlterModelTable"], {"name": "lone", "table": "lonely"}, CLEANUP),
    ("- {alter_model_table: Lone, table: null}", ["AlterModelTable"], {"name": "lone", "table": None}, SCHEMA),
    ("- {alter_model_table_comment: Lone, table_comment: One row each.}", ["AlterModelTableComment"], {"name": "lone", "table_comment": "One row each."}, SCHEMA),
    ("- {alter_unique_together: Lone, unique_together: [[name, number]]}", ["AlterUniqueTogether"], {"name": "lone", "unique_together": {("name", "number")}}, CLEANUP),
    ("- {alter_unique_together: Home, unique_together: null}", ["AlterUniqueTogether"], {"name": "home", "unique_together": set()}, SCHEMA),
    ("- {alter_order_with_respect_to: Room, order_with_respect_to: null}", ["AlterOrderWithRespectTo"], {"name": "room", "order_with_respect_to": None}, CLEANUP),
    ("- {alter_order_with_respect_to: Villa, order_with_respect_to: home_ptr}", ["AlterOrderWithRespectTo"], {"name": "villa", "order_with_respect_to": "home_ptr"}, SCHEMA),
    ("- create_extension: hstore", ["CreateExtension"], {"name": "hstore"}, SCHEMA),
    ("- {create_collation: ci, locale: und-u-ks-level2, provider: icu, deterministic: false}", ["CreateCollation"], {"name": "ci", "locale": "und-u-ks-level2", "provider": "icu", "deterministic": False}, SCHEMA),
    ("- {remove_collation: ci, locale: C}", ["RemoveCollation"], {"name": "ci", "locale": "C"}, CLEANUP),
    ("- {operation: library.operations.Announce, kwargs: {text: hello}}", ["Announce"], {"text": "hello"}, SCHEMA),
    ("- {operation: django.db.migrations.RemoveField, kwargs: {model_name: lone, name: name}}", ["RemoveField"], {"name": "name"}, CLEANUP),
    ("- {operation: django.db.migrations.RunSQL, kwargs: {sql: SELECT 1, reverse_sql: ''}}", ["RunSQL"], {"sql": "SELECT 1"}, DATA),
    (
        "- operation: django.contrib.postgres.operations.AddIndexConcurrently\n"
        "  kwargs: {model_name: lone, index: {expr: \"Index(fields=['name'], name='n')\"}}",
        ["AddIndexConcurrently"],
        {"model_name": "lone"},
        CONCURRENT,
    ),
    ("- {drop_column: Lone.old, field: {type: IntegerField, nullable: true}}", ["AddField", "RemoveField"], {"model_name": "lone", "name": "old"}, CLEANUP),
    ("- {drop_table: Gone, fields: {name: {type: TextField}}}", ["CreateModel", "DeleteModel"], {"name": "Gone"}, CLEANUP),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "names", "arguments", "kind"), CASES, ids=lambda value: value.splitlines()[-1][:70] if isinstance(value, str) else "")
def test_step(steps: str, names: list[str], arguments: dict[str, Any], kind: Kind) -> None:
    done = run(steps)
    found = done.deconstructed()
    assert [name for name, _ in found] == names
    assert {key: found[-1][1].get(key) for key in arguments} == arguments
    assert done.changes[-1].kind is kind


def test_every_schema_verb_has_a_case() -> None:
    from migspec.schemas.step import SchemaStep
    from migspec.schemas.steps import STEPS

    verbs = {verb for verb, step in STEPS.items() if issubclass(step, SchemaStep)}
    text = "\n".join(steps for steps, *_ in CASES)
    assert {verb for verb in verbs if f"{verb}:" not in text} == set()


# --- create_model, drop_table ---


def test_create_model_gets_the_key_that_django_adds() -> None:
    done = run("- {create_model: New, fields: {name: {type: TextField}}}")
    _, arguments = done.deconstructed()[0]
    assert [name for name, _ in arguments["fields"]] == ["id", "name"]
    _, path, _, options = arguments["fields"][0][1].deconstruct()
    assert path == "django.db.models.BigAutoField"
    assert options == {"auto_created": True, "primary_key": True, "serialize": False, "verbose_name": "ID"}


def test_create_model_keeps_a_key_of_the_author() -> None:
    done = run("- {create_model: New, fields: {code: {type: CharField, max_length: 3, primary_key: true}}}")
    assert [name for name, _ in done.deconstructed()[0][1]["fields"]] == ["code"]


def test_create_model_links_to_its_parent_as_makemigrations_does() -> None:
    done = run("- {create_model: New, bases: [Lone], fields: {extra: {type: TextField}}}")
    _, arguments = done.deconstructed()[0]
    assert arguments["bases"] == ("homes.lone",)
    name, link = arguments["fields"][0]
    assert (name, link.primary_key, link.remote_field.parent_link) == ("lone_ptr", True, True)
    done.state.apps.get_model("homes", "New")  # Django can build it


def test_create_model_may_point_to_itself() -> None:
    done = run(
        """
        - create_model: New
          fields:
            code: {type: IntegerField, unique: true}
            up: {type: ForeignKey, to: self, on_delete: CASCADE, nullable: true}
            down: {type: ForeignKey, to: New, to_field: code, on_delete: CASCADE, related_name: +}
            home: {type: ForeignKey, to: Home, on_delete: CASCADE}
        """
    )
    effects = done.only.effects
    assert {touch("model", "new"), Touch("exists", name="homes_new")} <= effects.writes
    assert touch("exists", "home") in effects.reads
    assert touch("exists", "new") not in effects.reads


def test_create_model_with_proxy_and_composite_key() -> None:
    proxy = run("- {create_model: Lonely, fields: {}, options: {proxy: true}, bases: [Lone]}")
    assert proxy.deconstructed()[0][1]["fields"] == []
    pair = run("- {create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField}}}")
    assert [name for name, _ in pair.deconstructed()[0][1]["fields"]] == ["pk", "a", "b"]


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{create_model: home, fields: {}}", "E305", "homes.Home"),
        ("{create_model: nowhere.New, fields: {}}", "E301", "nowhere"),
        ("{create_model: New, fields: {a__b: {type: TextField}}}", "E314", "two underscores"),
        ("{create_model: New, fields: {a_: {type: TextField}}}", "E314", "ends with an underscore"),
        ("{create_model: New, fields: {pk: {type: TextField}}}", "E314", "'pk' means"),
        ("{create_model: New, fields: {id: {type: IntegerField}}}", "E314", "not its primary key"),
        ("{create_model: New, fields: {a: {type: IntegerField, primary_key: true}, b: {type: IntegerField, primary_key: true}}}", "E314", "a and b"),
        ("{create_model: New, fields: {key: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField}}}", "E314", "named 'pk'"),
        ("{create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, c]}, a: {type: IntegerField}, b: {type: IntegerField}}}", "E303", "'c'"),
        ("{create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField, nullable: true}}}", "E314", "may be NULL"),
        ("{create_model: New, fields: {pair: {type: ForeignKey, to: Pair, on_delete: CASCADE}}}", "E314", "composite"),
        ("{create_model: New, fields: {home: {type: ForeignKey, to: Home, on_delete: CASCADE}, home_id: {type: IntegerField}}}", "E305", "home_id"),
        ("{create_model: New, fields: {}, options: {db_table: homes_lone}}", "E305", "homes.Lone"),
        ("{create_model: New, fields: {}, bases: [Nobody]}", "E309", "Nobody"),
        ("{create_model: New, fields: {}, bases: [django.contrib.auth.models.AbstractBaseUser]}", "E314", "abstract"),
        ("{create_model: New, fields: {name: {type: TextField}}, bases: [Lone]}", "E305", "'name'"),
        ("{create_model: New, fields: {a: {type: TextField}}, bases: [Lone], options: {proxy: true}}", "E314", "proxy"),
        ("{create_model: New, fields: {a: {type: TextField}}, options: {unique_together: [[a, b]]}}", "E303", "'b'"),
        ("{create_model: New, fields: {a: {type: TextField}}, options: {order_with_respect_to: b}}", "E303", "'b'"),
    ],
)
def test_create_model_refuses(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message


def test_the_fields_of_postgresql_are_for_postgresql() -> None:
    step = "{{create_model: New, fields: {{a: {{type: ArrayField, base_field: {{type: IntegerField}}}}}}{0}}}"
    refused(f"- {step.format('')}", "E310", vendors=("postgresql", "sqlite"))
    assert run(f"- {step.format(', only: postgresql')}", vendors=("postgresql", "sqlite")).only.only == "postgresql"
    assert isinstance(run(f"- {step.format('')}").state.models[FRESH_KEY].fields["a"], ArrayField)


def test_drop_table_of_a_model_that_is_there() -> None:
    assert "delete_model: Lone" in refused("- {drop_table: Lone, fields: {}}", "E305").hint


def test_drop_column_of_a_field_that_is_there() -> None:
    assert "remove_field: Lone.name" in refused("- {drop_column: Lone.name, field: {type: TextField}}", "E305").hint


def test_drops_change_the_state_and_back() -> None:
    done = run("- {drop_column: Lone.old, field: {type: IntegerField}}")
    assert [(change.side, change.kind) for change in done.changes] == [("state", CLEANUP), ("both", CLEANUP)]
    assert "old" not in done.state.models["homes", "lone"].fields
