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
from migspec.schemas.alteration import breaks
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
    text = (
        "migspec: 1\napp: homes\nafter: 0001_initial\nsteps:\n"
        + textwrap.indent(textwrap.dedent(steps).strip("\n"), "  ")
        + "\n"
    )
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


@pytest.mark.parametrize(
    ("steps", "names", "arguments", "kind"),
    CASES,
    ids=lambda value: value.splitlines()[-1][:70] if isinstance(value, str) else "",
)
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
    done = run("""
        - create_model: New
          fields:
            code: {type: IntegerField, unique: true}
            up: {type: ForeignKey, to: self, on_delete: CASCADE, nullable: true}
            down: {type: ForeignKey, to: New, to_field: code, on_delete: CASCADE, related_name: +}
            home: {type: ForeignKey, to: Home, on_delete: CASCADE}
        """)
    effects = done.only.effects
    assert {touch("model", "new"), Touch("exists", name="homes_new")} <= effects.writes
    assert touch("exists", "home") in effects.reads
    assert touch("exists", "new") not in effects.reads


def test_create_model_with_proxy_and_composite_key() -> None:
    proxy = run("- {create_model: Lonely, fields: {}, options: {proxy: true}, bases: [Lone]}")
    assert proxy.deconstructed()[0][1]["fields"] == []
    pair = run(
        "- {create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField}}}"
    )
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
        (
            "{create_model: New, fields: {a: {type: IntegerField, primary_key: true}, b: {type: IntegerField, primary_key: true}}}",
            "E314",
            "a and b",
        ),
        (
            "{create_model: New, fields: {key: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField}}}",
            "E314",
            "named 'pk'",
        ),
        (
            "{create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, c]}, a: {type: IntegerField}, b: {type: IntegerField}}}",
            "E303",
            "'c'",
        ),
        (
            "{create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField, nullable: true}}}",
            "E314",
            "may be NULL",
        ),
        ("{create_model: New, fields: {pair: {type: ForeignKey, to: Pair, on_delete: CASCADE}}}", "E314", "composite"),
        (
            "{create_model: New, fields: {home: {type: ForeignKey, to: Home, on_delete: CASCADE}, home_id: {type: IntegerField}}}",
            "E305",
            "home_id",
        ),
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


# --- fields ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{add_field: Nothing.x, field: {type: TextField, nullable: true}}", "E302", "Nothing"),
        ("{add_field: Lone.name, field: {type: TextField, nullable: true}}", "E305", "'name'"),
        ("{add_field: Home.pool, field: {type: TextField, nullable: true}}", "E305", "Villa has a field 'pool'"),
        ("{add_field: Villa.name, field: {type: TextField, nullable: true}}", "E305", "'name'"),
        ("{add_field: Lone.x, field: {type: IntegerField, nullable: true, db_column: name}}", "E305", "'name' is the column"),
        ("{add_field: Lone.x, field: {type: IntegerField}}", "E312", "NOT NULL"),
        ("{add_field: Lone.x, field: {type: UUIDField, unique: true, default: {expr: uuid.uuid4}}}", "E313", "unique"),
        ("{add_field: Lone.x, field: {type: IntegerField, primary_key: true, default: 1}}", "E314", "'id'"),
        ("{add_field: Lone.pk, field: {type: CompositePrimaryKey, field_names: [id, name]}}", "E314", "composite"),
        ("{add_field: Lone.x, field: {type: ForeignKey, to: Pair, on_delete: CASCADE, nullable: true}}", "E314", "composite"),
        ("{alter_field: Lone.nam, field: {max_length: 5}}", "E303", "'nam'"),
        ("{alter_field: Villa.name, field: {max_length: 5}}", "E303", "inherits"),
        ("{alter_field: Room.home_id, field: {nullable: true}}", "E306", "'home'"),
        ("{alter_field: Home.tags, field: {type: IntegerField, nullable: true}}", "E314", "many-to-many"),
        ("{alter_field: Home.rooms, field: {type: ManyToManyField, to: Tag}}", "E314", "many-to-many"),
        ("{alter_field: Home.tags, field: {through: Room}}", "E314", "through"),
        ("{alter_field: Room.twice, field: {expression: F('width') * 3}}", "E314", "generated"),
        ("{alter_field: Home.code, field: {unique: false}}", "E314", "homes.Room.home"),
        ("{alter_field: Pair.pk, field: {type: IntegerField}}", "E314", "composite"),
        ("{alter_field: Lone.number, field: {primary_key: true}}", "E314", "'id'"),
        ("{alter_field: Home.id, field: {type: IntegerField}}", "E314", "keeps its key"),
        ("{remove_field: Lone.id}", "E314", "primary key"),
        ("{remove_field: Pair.left}", "E314", "composite"),
        ("{remove_field: Home.rooms}", "E314", "home_rooms_idx' and the constraint 'home_has_rooms'"),
        ("{remove_field: Home.area}", "E314", "home_big_idx"),
        ("{remove_field: Home.city}", "E314", "unique_together"),
        ("{remove_field: Home.code}", "E314", "homes.Room.home (to_field)"),
        ("{remove_field: Room.home}", "E314", "order_with_respect_to"),
        ("{remove_field: Room.width}", "E314", "generated field 'twice'"),
        ("{rename_field: Lone.name, to: number}", "E305", "'number'"),
        ("{rename_field: Lone.name, to: na__me}", "E314", "two underscores"),
        ("{rename_field: Lone.name, to: Lone.title}", "E206", "Lone.title"),
        ("{rename_field: Home.area, to: size}", "E314", "home_big_idx"),
        ("{rename_field: Home.rooms, to: size}", "E314", "home_has_rooms"),
        ("{rename_field: Room.home, to: house}", "E314", "ordered with respect to"),
        ("{rename_field: Room.width, to: breadth}", "E314", "twice"),
        ("{rename_field: Pair.pk, to: key}", "E314", "composite"),
    ],
)  # fmt: skip
def test_fields_refused(step: str, code: str, said: str) -> None:
    found = refused(f"- {step}", code)
    assert said in found.message + found.hint


def test_add_field_to_a_model_of_the_spec_needs_no_default() -> None:
    assert run(FRESH + "- {add_field: New.x, field: {type: IntegerField}}").changes[-1].kind is SCHEMA
    filled = {"fresh": frozenset({FRESH_KEY}), "filled": frozenset({FRESH_KEY})}
    refused(FRESH.strip("\n") + "\n- {add_field: New.x, field: {type: IntegerField}}", "E312", **filled)


@pytest.mark.parametrize(
    "field",
    [
        "{type: DateTimeField, auto_now_add: true}",
        "{type: CharField, max_length: 3, blank: true}",
        "{type: ManyToManyField, to: Tag}",
        "{type: IntegerField, db_default: 3}",
        "{type: GeneratedField, expression: \"F('number') + 1\", output_field: {type: IntegerField}, db_persist: true}",
    ],
)
def test_fields_for_which_django_finds_a_value(field: str) -> None:
    assert run(f"- {{add_field: Lone.x, field: {field}}}").only.kind is SCHEMA


def test_filled_model_is_as_careful_as_a_kept_one() -> None:
    steps = FRESH.strip("\n") + "\n- {alter_field: New.name, field: {max_length: 5}}"
    assert run(steps, filled=frozenset({FRESH_KEY})).changes[-1].kind is CLEANUP


# The field's definition before and after: whether the second may refuse what the first one holds.
ALTERATIONS: list[tuple[Any, Any, Kind]] = [
    (models.CharField(max_length=9), models.CharField(max_length=9, help_text="x", choices=[("a", "b")], blank=True), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, default="x"), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=10), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=8), CLEANUP),
    (models.CharField(max_length=9), models.EmailField(max_length=9), SCHEMA),
    (models.CharField(max_length=9), models.TextField(), SCHEMA),
    (models.TextField(), models.CharField(max_length=9), CLEANUP),
    (models.CharField(max_length=9), models.IntegerField(), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, null=True), SCHEMA),
    (models.CharField(max_length=9, null=True), models.CharField(max_length=9), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, unique=True), CLEANUP),
    (models.CharField(max_length=9, unique=True), models.CharField(max_length=9), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_index=True), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_column="other"), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_column="field"), SCHEMA),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_collation="C"), CLEANUP),
    (models.CharField(max_length=9), models.CharField(max_length=9, db_default="x"), SCHEMA),
    (models.CharField(max_length=9, db_default="x"), models.CharField(max_length=9), CLEANUP),
    (models.SmallIntegerField(), models.IntegerField(), SCHEMA),
    (models.IntegerField(), models.BigIntegerField(), SCHEMA),
    (models.PositiveIntegerField(), models.IntegerField(), SCHEMA),
    (models.IntegerField(), models.PositiveIntegerField(), CLEANUP),
    (models.BigIntegerField(), models.IntegerField(), CLEANUP),
    (models.IntegerField(), models.FloatField(), CLEANUP),
    (models.DecimalField(max_digits=5, decimal_places=2), models.DecimalField(max_digits=6, decimal_places=2), SCHEMA),
    (models.DecimalField(max_digits=5, decimal_places=2), models.DecimalField(max_digits=5, decimal_places=3), CLEANUP),
    (models.DecimalField(max_digits=5, decimal_places=2), models.DecimalField(max_digits=5, decimal_places=1), CLEANUP),
    (models.DateField(), models.DateTimeField(), CLEANUP),
    (foreign("homes.Tag"), foreign("homes.Tag", related_name="x"), SCHEMA),
    (foreign("homes.Tag"), models.ForeignKey("homes.tag", on_delete=models.PROTECT), SCHEMA),
    (foreign("homes.Tag"), models.OneToOneField("homes.Tag", on_delete=models.CASCADE), CLEANUP),
    (models.OneToOneField("homes.Tag", on_delete=models.CASCADE), foreign("homes.Tag"), SCHEMA),
    (foreign("homes.Tag"), foreign("homes.Lone"), CLEANUP),
    (foreign("homes.Tag", db_constraint=False), foreign("homes.Tag"), CLEANUP),
    (foreign("homes.Tag"), foreign("homes.Tag", db_constraint=False), SCHEMA),
    (models.IntegerField(), foreign("homes.Tag"), CLEANUP),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kind"), ALTERATIONS, ids=lambda value: type(value).__name__)
def test_altering_breaks(old: Any, new: Any, kind: Kind) -> None:
    model = ModelState("homes", "Thing", [])
    old, new = old.clone(), new.clone()
    for field in (old, new):
        field.set_attributes_from_name("field")
    assert breaks(model, old, new) is (kind is CLEANUP)


def test_partial_alter_field_keeps_the_rest() -> None:
    done = run("- {alter_field: Room.home, field: {nullable: true}}")
    field = done.state.models["homes", "room"].fields["home"]
    assert (field.null, field.remote_field.field_name, field.remote_field.on_delete) == (True, "code", models.CASCADE)


def test_renamed_column_is_renamed_in_indexes_of_the_state() -> None:
    before = state()
    before.models["homes", "home"].options["constraints"].pop(0)
    done = run("- {rename_field: Home.rooms, to: size}", before=before)
    assert [name for name, _ in done.deconstructed()] == ["RenameField", "RemoveIndex", "AddIndex"]
    assert [change.side for change in done.changes] == ["both", "state", "state"]
    assert {change.kind for change in done.changes} == {CLEANUP}
    names = {index.name: index.fields for index in done.state.models["homes", "home"].options["indexes"]}
    assert names["home_rooms_idx"] == ["size"]


def test_renamed_column_is_renamed_in_unique_constraints_of_the_state() -> None:
    done = run("- {rename_field: Home.name, to: title}")
    assert [name for name, _ in done.deconstructed()] == ["RenameField", "RemoveConstraint", "AddConstraint"]
    assert done.state.models["homes", "home"].options["constraints"][-1].fields == ("title", "code")


def test_foreign_key_in_an_index_cannot_be_renamed_on_sqlite() -> None:
    before = state()
    room = before.models["homes", "room"]
    room.options = {"indexes": [models.Index(fields=["home"], name="room_home_idx")], "constraints": []}
    assert len(run("- {rename_field: Room.home, to: house}", before=before).changes) == 3
    assert (
        "room_home_idx"
        in refused("- {rename_field: Room.home, to: house}", "E314", before=before, vendors=("sqlite",)).message
    )


# --- models ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{delete_model: Nothing}", "E302", "Nothing"),
        ("{delete_model: Tag}", "E314", "homes.Home.tags"),
        ("{delete_model: Home}", "E314", "homes.Villa (inherits from it)"),
        ("{delete_model: Outside}", "E314", "homes.Shown"),
        ("{rename_model: Lone, to: Tag}", "E305", "homes.Tag"),
        ("{rename_model: Lone, to: lone}", "E314", "case"),
        ("{rename_model: Lone, to: homes.Single}", "E206", "homes.Single"),
        ("{rename_model: Home, to: House}", "E314", "Villa"),
        ("{alter_model_table: Lone, table: homes_tag}", "E305", "homes.Tag"),
        ("{alter_unique_together: Lone, unique_together: [[name, size]]}", "E303", "'size'"),
        ("{alter_unique_together: Home, unique_together: [[name, tags]]}", "E314", "many-to-many"),
        ("{alter_order_with_respect_to: Room, order_with_respect_to: homes}", "E303", "homes"),
        ("{alter_order_with_respect_to: Room, order_with_respect_to: width}", "E314", "not a foreign key"),
        ("{alter_model_options: Lone, options: {db_table: x}}", "E202", "db_table"),
        ("{alter_model_options: Lone, options: {ordering: [nam]}}", "E303", "nam"),
        ("{alter_model_options: Lone, options: {ordering: [name]}, database_only: true}", "E314", "database"),
        ("{delete_model: Lone, state_only: true, database_only: true}", "E208", "exclude"),
    ],
)
def test_models_refused(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message


def test_hints_name_the_steps_to_add() -> None:
    hint = refused("- delete_model: Home", "E314").hint
    assert hint.splitlines() == [
        "add before this step:",
        "- remove_field: Room.home",
        "- remove_field: Villa.home_ptr",
        "- delete_model: Villa",
    ]


def test_model_of_an_app_that_is_not_the_projects() -> None:
    found = refused(
        "- {add_field: accounts.Address.x, field: {type: TextField, nullable: true}}",
        "E315",
        foreign=frozenset({"accounts"}),
    )
    assert "accounts" in found.message


# --- indexes and constraints ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{rename_index: Home.home_room_idx, to: x}", "E304", "home_room_idx"),
        ("{rename_index: Home.home_has_rooms, to: x}", "E304", "home_has_rooms"),
        ("{rename_index: Home.home_rooms_idx, to: home_big_idx}", "E305", "home_big_idx"),
        ("{rename_index: Home.home_rooms_idx, to: home_rooms_idx}", "E314", "already"),
        ("{rename_index: Home, to: x}", "E206", "which index"),
        ("{rename_index: Home.home_rooms_idx, to: x, old_fields: [rooms]}", "E208", "old_fields"),
        ("{rename_index: Home, to: x, old_fields: [rooms]}", "E304", "index_together"),
        ("{remove_index: Home.home_room_idx}", "E304", "home_room_idx"),
        ("{remove_constraint: Home.home_rooms_idx}", "E304", "home_rooms_idx"),
        ("{validate_constraint: Home.home_name_code}", "E314", "UniqueConstraint"),
        ("{validate_constraint: Home.home_has_rooms, state_only: true}", "E314", "state"),
        ("{add_index: Lone, index: {fields: [nam], name: x}}", "E303", "nam"),
        ("{add_index: Lone, index: {fields: [name], name: home_rooms_idx}}", "E305", "homes.Home"),
        ("{add_index: Villa, index: {fields: [rooms], name: x}}", "E314", "homes.Home"),
        ("{add_index: Home, index: {fields: [tags], name: x}}", "E314", "many-to-many"),
        ("{add_index: Lone, index: {fields: [pk], name: x}}", "E314", "'pk'"),
        ("{add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [nam], name: x}}", "E303", "nam"),
        (
            "{add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: x}, not_valid: true}",
            "E314",
            "not_valid",
        ),
        (
            "{alter_constraint: Home.home_name_code, constraint: {type: UniqueConstraint, fields: [name], name: home_name_code}}",
            "E314",
            "nothing in the database",
        ),
    ],
)
def test_elements_refused(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message


def test_hint_for_a_constraint_taken_for_an_index() -> None:
    assert "remove_constraint: Home.home_has_rooms" in refused("- remove_index: Home.home_has_rooms", "E304").hint


def test_index_that_index_together_made() -> None:
    before = state()
    before.models["homes", "lone"].options["index_together"] = {("name", "number")}
    done = run("- {rename_index: homes.Lone, to: x_idx, old_fields: [name, number]}", before=before)
    assert done.deconstructed()[0][1] == {"model_name": "lone", "new_name": "x_idx", "old_fields": ("name", "number")}
    assert [warning.code for warning in done.warnings] == ["E501"]


# --- databases ---

POSTGRESQL_ONLY = [
    "add_index: Lone, index: {fields: [name], name: x}, concurrently: true",
    "add_index: Lone, index: {type: GinIndex, fields: [name], name: x}",
    "remove_index: Home.home_rooms_idx, concurrently: true",
    "add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: x}, not_valid: true",
    "validate_constraint: Home.home_has_rooms",
    "create_extension: hstore",
    "create_collation: x, locale: C",
    "remove_collation: x, locale: C",
    "operation: django.contrib.postgres.operations.HStoreExtension",
    "add_field: Lone.x, field: {type: ArrayField, base_field: {type: IntegerField}, nullable: true}",
    "drop_column: Lone.x, field: {type: ArrayField, base_field: {type: IntegerField}, nullable: true}",
    "alter_field: Lone.name, field: {type: SearchVectorField, nullable: true}",
]


@pytest.mark.parametrize("step", POSTGRESQL_ONLY)
def test_postgresql_only(step: str) -> None:
    assert "add 'only: postgresql'" in refused(f"- {{{step}}}", "E310", vendors=("mysql", "postgresql")).hint
    refused(f"- {{{step}, only: sqlite}}", "E310", vendors=("postgresql",))
    assert {
        change.only for change in run(f"- {{{step}, only: postgresql}}", vendors=("mysql", "postgresql")).changes
    } == {"postgresql"}
    run(f"- {{{step}}}", vendors=("postgresql",))


@pytest.mark.parametrize(
    "step",
    [
        "add_index: Lone, index: {fields: [name], name: x}",
        "add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: x}",
        "add_field: Lone.x, field: {type: IntegerField, nullable: true}",
        "alter_field: Lone.name, field: {nullable: true}",
        "remove_field: Lone.name",
        "remove_index: Home.home_rooms_idx",
        "alter_unique_together: Lone, unique_together: [[name]]",
    ],
)
def test_database_only_is_lost_on_sqlite(step: str) -> None:
    refused(f"- {{{step}, database_only: true}}", "E310", vendors=("postgresql", "sqlite"))
    done = run(f"- {{{step}, database_only: true}}")
    assert done.only.side == "database"
    run(f"- {{{step}, database_only: true, only: postgresql}}", vendors=("postgresql", "sqlite"))


def test_extension_hints_need_django_6() -> None:
    step = "- {create_extension: hstore, hints: {tenant: x}}"
    if django.VERSION < (6, 0):
        refused(step, "E311")
    else:
        assert run(step).deconstructed()[0][1]["hints"] == {"tenant": "x"}


# --- operation ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{operation: library.operations.Announcer}", "E309", "Announcer"),
        ("{operation: nowhere.at.All}", "E309", "nowhere"),
        ("{operation: AddField}", "E206", "AddField"),
        ("{operation: library.models.Book}", "E314", "operation class"),
        ("{operation: library.operations.Announce, kwargs: {txt: x}}", "E209", "txt"),
        ("{operation: library.operations.Announce}", "E201", "text"),
        ("{operation: library.operations.Announce, kwargs: {text: x}, uses: [Nothing]}", "E302", "Nothing"),
        (
            "{operation: django.db.migrations.RunSQL, kwargs: {sql: SELECT 1}, database_only: true}",
            "E314",
            "SeparateDatabaseAndState",
        ),
        (
            "{operation: django.db.migrations.RenameIndex, kwargs: {model_name: home, new_name: x}}",
            "E314",
            "RenameIndex",
        ),
    ],
)
def test_operation_refused(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message


def test_operation_is_written_as_given() -> None:
    done = run("- {operation: library.operations.Announce, kwargs: {loud: true, text: {expr: str()}}, uses: [Home]}")
    written = done.only.written
    assert written is not None and written.dotted == "library.operations.Announce"
    assert list(written.kwargs) == ["loud", "text"]
    assert str(written.kwargs["text"]) == "str()"
    assert done.only.effects.writes == {touch("model", "home")}


# --- what steps touch ---


def conflict(first: str, second: str, **scope: Any) -> bool:
    done = run(f"- {{{first}}}\n- {{{second}}}", **scope)
    return done.changes[0].effects.conflicts_with(done.changes[-1].effects)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("remove_constraint: Home.home_name_code", "alter_field: Home.name, field: {max_length: 200}"),
        ("add_field: Lone.x, field: {type: IntegerField, nullable: true}", "add_index: Lone, index: {fields: [x], name: x}"),
        ("rename_model: Lone, to: Single", "add_field: Single.x, field: {type: IntegerField, nullable: true}"),
        ("alter_model_table: Lone, table: lonely", "create_model: New, fields: {}, options: {db_table: homes_lone}"),
        ("remove_index: Home.home_rooms_idx", "add_index: Lone, index: {fields: [name], name: home_rooms_idx}"),
        ("create_model: New, fields: {}", "add_field: Lone.new, field: {type: ForeignKey, to: New, on_delete: CASCADE, nullable: true}"),
        ("alter_field: Home.code, field: {type: IntegerField, unique: true}", "alter_field: Room.home, field: {nullable: true}"),
        ("add_field: Home.x, field: {type: IntegerField, nullable: true}", "add_field: Villa.y, field: {type: IntegerField, nullable: true}"),
        ("remove_field: Home.tags", "delete_model: Tag"),
    ],
)  # fmt: skip
def test_steps_that_keep_their_order(first: str, second: str) -> None:
    assert conflict(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "add_field: Lone.x, field: {type: IntegerField, nullable: true}",
            "add_index: Lone, index: {fields: [name], name: x}",
        ),
        ("add_index: Lone, index: {fields: [name], name: x}", "add_index: Lone, index: {fields: [number], name: y}"),
        ("alter_model_options: Lone, options: {verbose_name: x}", "remove_field: Lone.name"),
        ("delete_model: Lone", "add_field: Tag.x, field: {type: IntegerField, nullable: true}"),
        (
            "alter_unique_together: Lone, unique_together: [[name]]",
            "alter_unique_together: Tag, unique_together: [[slug]]",
        ),
    ],
)
def test_steps_that_may_pass_each_other(first: str, second: str) -> None:
    assert not conflict(first, second)


def test_effects_of_fields() -> None:
    added = run(
        "- {add_field: Home.x, field: {type: ForeignKey, to: accounts.Address, on_delete: CASCADE, nullable: true}}"
    ).only.effects
    assert touch("exists", "address", app_label="accounts") in added.reads
    assert touch("definition", "address", "id", app_label="accounts") in added.reads
    assert {
        touch("shape", "home"),
        touch("shape", "villa"),
        touch("definition", "home", "x"),
        touch("values", "villa", "x"),
    } <= added.writes
    joined = run("- {add_field: Lone.tags, field: {type: ManyToManyField, to: Tag}}").only.effects
    assert touch("model", "lone_tags") in joined.writes
    assert touch("shape", "lone") not in joined.writes
    tightened = run("- {alter_field: Home.city, field: {nullable: false}}").only.effects
    assert {touch("values", "home", "city"), touch("rows", "home")} <= tightened.reads
    relaxed = run("- {alter_field: Lone.name, field: {nullable: true}}").only.effects
    assert touch("rows", "lone") not in relaxed.reads


def test_effects_of_elements() -> None:
    index = run("- {add_index: Home, index: {fields: [city], name: x, condition: Q(rooms__gt=1)}}").only.effects
    assert {touch("definition", "home", "city"), touch("definition", "home", "rooms")} <= index.reads
    assert not any(one.what in ("values", "rows") for one in index.reads)
    unique = run("- {add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: x}}").only.effects
    assert {touch("values", "lone", "name"), touch("rows", "lone")} <= unique.reads
    not_valid = run(
        "- {add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: x}, not_valid: true}"
    ).only.effects
    assert touch("values", "lone", "name") in not_valid.reads


def test_effects_of_models() -> None:
    renamed = run("- {rename_model: Tag, to: Label}").only.effects
    assert {
        touch("model", "tag"),
        touch("model", "label"),
        touch("model", "home_tags"),
        touch("definition", "home", "tags"),
    } <= renamed.writes
    assert EVERYTHING in run("- create_extension: hstore").only.effects.writes
