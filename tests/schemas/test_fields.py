"""Fields as a mapping and as a string: what they build, and what is said of those that are no fields."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.core import validators
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.db.models import F, Q, functions
from pydantic import TypeAdapter

import library.defaults
import library.fields
import library.validators
from migspec.schemas.errors.collect import Collected
from migspec.schemas.fields.arguments import SLOTS
from migspec.schemas.fields.classes import NEVER, NOT_OFFERED, known_class, known_names, signature
from migspec.schemas.fields.classes import POSTGRES as POSTGRES_CLASSES
from migspec.schemas.fields.field import AlteredField, FieldValue, PartialField
from migspec.schemas.fields.references import check_own_names
from written_values import book, built, read, refusal, refusals, said

GOLDENS = Path(__file__).resolve().parent.parent / "goldens"

NAMES: dict[str, Any] = {
    "DjangoJSONEncoder": DjangoJSONEncoder,
    "F": F,
    "Q": Q,
    "datetime": datetime,
    "decimal": decimal,
    "functions": functions,
    "library": library,
    "models": models,
    "uuid": uuid,
    "validators": validators,
}
if find_spec("psycopg"):
    from django.contrib.postgres import fields as postgres_fields
    from django.contrib.postgres import search

    NAMES |= {name: getattr(postgres_fields, name) for name in POSTGRES_CLASSES if hasattr(postgres_fields, name)}
    NAMES |= {"SearchVectorField": search.SearchVectorField}

# The mapping, and the same in models.py. The class is the first word of the second.
CORE = [
    ("{type: AutoField, primary_key: true}", "models.AutoField(primary_key=True)"),
    (
        "{type: BigAutoField, auto_created: true, primary_key: true, serialize: false, verbose_name: ID}",
        "models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')",
    ),
    ("{type: SmallAutoField, primary_key: true}", "models.SmallAutoField(primary_key=True)"),
    ("{type: BigIntegerField, default: 0, db_index: true}", "models.BigIntegerField(default=0, db_index=True)"),
    ("{type: BinaryField, max_length: 10, editable: true}", "models.BinaryField(max_length=10, editable=True)"),
    ("{type: BooleanField, default: false}", "models.BooleanField(default=False)"),
    ("{type: BooleanField, nullable: true, blank: true}", "models.BooleanField(null=True, blank=True)"),
    ("{type: CharField, max_length: 50, nullable: true}", "models.CharField(max_length=50, null=True)"),
    (
        "{type: CharField, max_length: 2, choices: [[a, Ann], [b, Bob]], default: a}",
        "models.CharField(max_length=2, choices=[('a', 'Ann'), ('b', 'Bob')], default='a')",
    ),
    (
        "{type: CharField, max_length: 9, db_collation: nocase, db_column: n, db_comment: c, help_text: h}",
        "models.CharField(max_length=9, db_collation='nocase', db_column='n', db_comment='c', help_text='h')",
    ),
    (
        "{type: CharField, max_length: 9, verbose_name: A name, error_messages: {required: please}, unique: true}",
        "models.CharField('A name', max_length=9, error_messages={'required': 'please'}, unique=True)",
    ),
    (
        "{type: CharField, max_length: 9, validators: [{expr: RegexValidator('a')}]}",
        "models.CharField(max_length=9, validators=[django.core.validators.RegexValidator('a')])",
    ),
    ("{type: DateField, default: '2024-01-31'}", "models.DateField(default=datetime.date(2024, 1, 31))"),
    ("{type: DateField, auto_now: true}", "models.DateField(auto_now=True)"),
    ("{type: DateTimeField, auto_now_add: true}", "models.DateTimeField(auto_now_add=True)"),
    (
        "{type: DateTimeField, default: '2024-01-31T12:00:00Z'}",
        "models.DateTimeField(default=datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.timezone.utc))",
    ),
    ("{type: DateTimeField, default: {expr: timezone.now}}", "models.DateTimeField(default=django.utils.timezone.now)"),
    (
        "{type: DecimalField, max_digits: 8, decimal_places: 2, default: 1.10}",
        "models.DecimalField(max_digits=8, decimal_places=2, default=decimal.Decimal('1.10'))",
    ),
    (
        "{type: DecimalField, max_digits: 8, decimal_places: 2, default: 0}",
        "models.DecimalField(max_digits=8, decimal_places=2, default=0)",
    ),
    (
        "{type: DurationField, default: '1 12:00:00'}",
        "models.DurationField(default=datetime.timedelta(days=1, hours=12))",
    ),
    ("{type: EmailField, unique: true}", "models.EmailField(unique=True)"),
    ("{type: FileField, upload_to: files/%Y}", "models.FileField(upload_to='files/%Y')"),
    (
        "{type: FilePathField, path: /srv, match: a, recursive: true, allow_folders: true}",
        "models.FilePathField(path='/srv', match='a', recursive=True, allow_folders=True)",
    ),
    ("{type: FloatField, default: 0.5}", "models.FloatField(default=0.5)"),
    (
        "{type: ForeignKey, to: library.Author, on_delete: CASCADE, related_name: titles}",
        "models.ForeignKey('library.Author', models.CASCADE, related_name='titles')",
    ),
    (
        "{type: ForeignKey, to: Publisher, on_delete: DO_NOTHING, to_field: name, db_constraint: false}",
        "models.ForeignKey('library.Publisher', on_delete=models.DO_NOTHING, to_field='name', db_constraint=False)",
    ),
    (
        "{type: ForeignKey, to: Publisher, on_delete: SET_NULL, nullable: true, limit_choices_to: {city: Oslo}}",
        "models.ForeignKey('library.Publisher', models.SET_NULL, null=True, limit_choices_to={'city': 'Oslo'})",
    ),
    (
        "{type: ForeignKey, to: Publisher, on_delete: PROTECT, limit_choices_to: {expr: \"Q(city='Oslo')\"}}",
        "models.ForeignKey('library.Publisher', models.PROTECT, limit_choices_to=Q(city='Oslo'))",
    ),
    (
        "{type: ForeignKey, to: Publisher, on_delete: {expr: models.SET(3)}, default: 3}",
        "models.ForeignKey('library.Publisher', models.SET(3), default=3)",
    ),
    (
        "{type: ForeignKey, to: settings.AUTH_USER_MODEL, on_delete: CASCADE}",
        "models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)",
    ),
    ("{type: ForeignKey, to: self, on_delete: CASCADE}", "models.ForeignKey('library.Book', models.CASCADE)"),
    (
        "{type: ForeignObject, to: Author, on_delete: CASCADE, from_fields: [title], to_fields: [last_name]}",
        "models.ForeignObject('library.Author', models.CASCADE, from_fields=['title'], to_fields=['last_name'])",
    ),
    (
        "{type: GeneratedField, expression: {expr: F('pages')}, output_field: {type: IntegerField}, db_persist: true}",
        "models.GeneratedField(expression=F('pages'), output_field=models.IntegerField(), db_persist=True)",
    ),
    (
        "{type: GeneratedField, expression: Lower('title'), output_field: models.TextField(), db_persist: false}",
        "models.GeneratedField(expression=functions.Lower('title'), output_field=models.TextField(), db_persist=False)",
    ),
    (
        "{type: GenericIPAddressField, protocol: IPv6, unpack_ipv4: false}",
        "models.GenericIPAddressField(protocol='IPv6', unpack_ipv4=False)",
    ),
    (
        "{type: ImageField, upload_to: {expr: library.defaults.no_details}, width_field: pages, height_field: status}",
        "models.ImageField(upload_to=library.defaults.no_details, width_field='pages', height_field='status')",
    ),
    (
        "{type: IntegerField, choices: [[1, one], [more, [[2, two], [3, three]]]]}",
        "models.IntegerField(choices=[(1, 'one'), ('more', [(2, 'two'), (3, 'three')])])",
    ),
    (
        "{type: IntegerField, validators: [{expr: library.validators.even}]}",
        "models.IntegerField(validators=[library.validators.even])",
    ),
    ("{type: IntegerField, db_default: 3}", "models.IntegerField(db_default=3)"),
    ("{type: DateTimeField, db_default: {expr: Now()}}", "models.DateTimeField(db_default=functions.Now())"),
    (
        "{type: JSONField, default: {expr: dict}, encoder: {expr: django.core.serializers.json.DjangoJSONEncoder}}",
        "models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)",
    ),
    ("{type: JSONField, default: {value: {expr: 1.5}}}", "models.JSONField(default={'expr': 1.5})"),
    (
        "{type: ManyToManyField, to: Tag, db_table: book_tags, blank: true}",
        "models.ManyToManyField('library.Tag', db_table='book_tags', blank=True)",
    ),
    (
        "{type: ManyToManyField, to: Author, through: Contribution, through_fields: [book, author]}",
        "models.ManyToManyField('library.Author', through='library.Contribution', through_fields=('book', 'author'))",
    ),
    (
        "{type: OneToOneField, to: Author, on_delete: CASCADE, primary_key: true}",
        "models.OneToOneField('library.Author', models.CASCADE, primary_key=True)",
    ),
    ("{type: PositiveBigIntegerField}", "models.PositiveBigIntegerField()"),
    ("{type: PositiveIntegerField, default: 1}", "models.PositiveIntegerField(default=1)"),
    ("{type: PositiveSmallIntegerField}", "models.PositiveSmallIntegerField()"),
    ("{type: SlugField, allow_unicode: true}", "models.SlugField(allow_unicode=True)"),
    ("{type: SmallIntegerField, default: {expr: '-1'}}", "models.SmallIntegerField(default=-1)"),
    ("{type: TextField, db_default: {value: ''}, blank: true}", "models.TextField(db_default='', blank=True)"),
    ("{type: TimeField, default: '12:30'}", "models.TimeField(default=datetime.time(12, 30))"),
    ("{type: URLField, max_length: 300}", "models.URLField(max_length=300)"),
    ("{type: UUIDField, default: {expr: uuid.uuid4}}", "models.UUIDField(default=uuid.uuid4)"),
    (
        "{type: UUIDField, default: 12345678-1234-5678-1234-567812345678}",
        "models.UUIDField(default=uuid.UUID('12345678-1234-5678-1234-567812345678'))",
    ),
    ("{type: CompositePrimaryKey, field_names: [a, b]}", "models.CompositePrimaryKey('a', 'b')"),
    ("{type: library.fields.IsbnField, unique: true}", "library.fields.IsbnField(unique=True)"),
    ("{type: django.db.models.TextField}", "models.TextField()"),
]
POSTGRES = [
    (
        "{type: ArrayField, base_field: {type: CharField, max_length: 9}, size: 3, default: {expr: list}}",
        "ArrayField(models.CharField(max_length=9), size=3, default=list)",
    ),
    (
        "{type: ArrayField, base_field: ArrayField(models.IntegerField())}",
        "ArrayField(base_field=ArrayField(base_field=models.IntegerField()))",
    ),
    (
        "{type: ArrayField, base_field: models.DateField(), default: ['2024-01-31']}",
        "ArrayField(models.DateField(), default=[datetime.date(2024, 1, 31)])",
    ),
    ("{type: HStoreField, default: {value: {a: b}}}", "HStoreField(default={'a': 'b'})"),
    ("{type: IntegerRangeField, nullable: true}", "IntegerRangeField(null=True)"),
    ("{type: BigIntegerRangeField}", "BigIntegerRangeField()"),
    ("{type: DecimalRangeField, default_bounds: '[]'}", "DecimalRangeField(default_bounds='[]')"),
    ("{type: DateTimeRangeField}", "DateTimeRangeField()"),
    ("{type: DateRangeField}", "DateRangeField()"),
    ("{type: SearchVectorField, nullable: true}", "SearchVectorField(null=True)"),
]  # fmt: skip
FIELDS = [*CORE, *(POSTGRES if find_spec("psycopg") else [])]


def code(field: models.Field[Any, Any]) -> str:
    """Give the field as a migration has it: the key of a model is not serialized."""
    if field.primary_key and not isinstance(field, models.CompositePrimaryKey):
        field.serialize = False
    return str(MigrationWriter.serialize(field)[0])


def expected(python: str) -> str:
    import django.conf

    names = {**NAMES, "django": django, "settings": django.conf.settings}
    return code(eval(python, names))  # noqa: S307


@pytest.mark.parametrize(("mapping", "python"), FIELDS, ids=[python for _, python in FIELDS])
def test_mapping_is_the_field(mapping: str, python: str) -> None:
    field = built(FieldValue, mapping, model=book())
    assert code(field) == expected(python)
    assert not hasattr(field, "model")


@pytest.mark.parametrize(("mapping", "python"), FIELDS, ids=[python for _, python in FIELDS])
def test_string_is_the_field(mapping: str, python: str) -> None:
    assert code(built(FieldValue, f'"{python}"', model=book())) == expected(python)


def test_every_class_has_a_case() -> None:
    tested = {read(FieldValue, mapping)[0].class_name for mapping, _ in [*CORE, *POSTGRES]}
    assert tested >= set(known_names())


def test_every_argument_is_described() -> None:
    taken = {name for known in known_names() if (cls := known_class(known)) for name in signature(cls).names}
    assert taken <= SLOTS.keys()
    assert not taken & set(NEVER)


def test_every_name_of_djangos_is_known_or_refused() -> None:
    fields = {
        name
        for name in vars(models)
        if isinstance(value := getattr(models, name), type) and issubclass(value, models.Field)
    }
    assert fields <= {*known_names(), *NOT_OFFERED}


# --- relations ---


def test_swappable_model_is_emitted_as_its_setting() -> None:
    field = built(FieldValue, "{type: ForeignKey, to: settings.AUTH_USER_MODEL, on_delete: CASCADE}")
    assert "to=settings.AUTH_USER_MODEL" in code(field)


def test_model_that_is_being_made_may_be_named() -> None:
    model = ModelState("library", "Shelf", [])
    for to in ("self", "Shelf", "library.Shelf"):
        field = built(FieldValue, f"{{type: ForeignKey, to: {to}, on_delete: CASCADE}}", model=model)
        assert "to='library.shelf'" in code(field)


def test_model_of_an_app_without_migrations_may_be_named() -> None:
    value, scope = read(FieldValue, "{type: ForeignKey, to: auth.Group, on_delete: CASCADE}")
    models = {key: model for key, model in scope.state.models.items() if key[0] != "auth"}
    without = replace(scope, state=ProjectState(models, real_apps={"auth"}))
    assert "to='auth.group'" in code(value.build(without, "value"))


# --- what is said ---

REFUSED = """
3
{max_length: 3}
{type: 3}
{type: CharFeld}
{type: models.CharField}
{type: Money}
{type: a-b.C}
{type: NullBooleanField}
{type: library.fields.IsbFeld}
{type: library.fields.IsbField}
{type: nowhere.fields.X}
{type: library.models.Book}
{type: CharField, max_length: 9, max_lenght: 3}
{type: CharField, max_length: 9, "null": true}
{type: CharField, max_length: 9, name: x}
{type: TextField, max_digits: 3}
{type: CharField, max_length: '9'}
{type: CharField, max_length: 9, nullable: 'yes'}
{type: CharField, max_length: 9, nullable: null}
{type: CharField, max_length: 9, help_text: 3}
{type: CharField, max_length: 9, validators: [library.validators.even]}
{type: JSONField, encoder: a.B}
{type: CharField, max_length: 9, default: {expr: 'a', b: 1}}
{type: CharField, max_length: 9, default: {expr: 3}}
{type: CharField, max_length: 9, default: {expr: 'a.b('}}
{type: CharField, max_length: 9, choices: [a]}
{type: CharField, max_length: 9, choices: [[a, 1]]}
{type: ForeignKey, to: Author}
{type: ForeignKey, to: a.b.c.D, on_delete: CASCADE}
{type: ForeignKey, to: Author, on_delete: CASKADE}
{type: ForeignKey, to: Author, on_delete: models.SET_NULL}
{type: ForeignKey, to: Author, on_delete: models.SET(1)}
{type: ArrayField, base_field: {type: ChrField}}
{type: ForeignKey, to: Autor, on_delete: CASCADE}
{type: ManyToManyField, to: Author, through: Contributions}
{type: ManyToManyField, to: Author, through: Contribution, through_fields: [bok, author]}
{type: ForeignKey, to: Publisher, on_delete: CASCADE, to_field: nam}
{type: ForeignKey, to: Publisher, on_delete: CASCADE, to_field: city}
{type: ForeignKey, to: Publisher, on_delete: SET_NULL}
{type: ForeignKey, to: Publisher, on_delete: SET_DEFAULT}
{type: ForeignKey, to: Publisher, on_delete: CASCADE, default: a}
{type: ForeignKey, to: Publisher, on_delete: CASCADE, related_name: a-b}
{type: IntegerField, default: '3'}
{type: CharField, max_length: 2, default: abc}
{type: DateField, default: soon}
{type: IntegerField, choices: [[a, A]]}
{type: CharField}
{type: CharField, max_length: 0}
{type: DecimalField}
{type: DecimalField, max_digits: 3}
{type: DecimalField, max_digits: 3, decimal_places: 4}
{type: AutoField}
{type: TextField, primary_key: true, nullable: true}
{type: DateField, auto_now: true, default: '2024-01-31'}
{type: GenericIPAddressField, blank: true}
{type: CompositePrimaryKey, field_names: [a]}
{type: IntegerField, default: {expr: library.defaults.nothing}}
{type: library.fields.IsbnField, uniq: true}
models.CharField
models.CharFeld(max_length=3)
models.CharField(max_lenght=3)
models.CharField('a', verbose_name='b')
models.ForeignKey('Author')
models.ForeignKey('Autor', models.CASCADE)
models.IntegerField(default=library.defaults.nothing)
library.fields.IsbnField(uniq=True)
""".split("\n")[1:-1]


def test_refused(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / "refused_fields.txt", refusals(FieldValue, REFUSED))


def test_all_is_said_at_once() -> None:
    found = said(FieldValue, "{type: CharField, max_lenght: 3, unique: 1, default: {expr: '('}}")
    assert [one.code for one in found] == ["E209", "E204", "E207"]
    found = said(FieldValue, "{type: ForeignKey, to: Autor, on_delete: SET_NULL, default: {expr: library.defaults.x}}")
    assert [one.code for one in found] == ["E302", "E309"]


@pytest.mark.skipif(hasattr(models, "DB_CASCADE"), reason="this Django has them")
def test_newer_on_delete() -> None:
    [found] = said(FieldValue, "{type: ForeignKey, to: Author, on_delete: DB_CASCADE}")
    assert (found.code, found.hint) == ("E311", "write 'CASCADE', or raise the project's Django")
    [found] = said(FieldValue, "models.ForeignKey('Author', models.DB_CASCADE)")
    assert found.code == "E311"


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="this Django lacks them")
def test_on_delete_of_the_database() -> None:
    field = built(FieldValue, "{type: ForeignKey, to: Author, on_delete: DB_SET_NULL, nullable: true}")
    assert code(field) == code(built(FieldValue, "models.ForeignKey('Author', models.DB_SET_NULL, null=True)"))
    for rule in ("DB_SET_NULL", "DB_SET_DEFAULT"):
        [found] = said(FieldValue, f"{{type: ForeignKey, to: Author, on_delete: {rule}}}")
        assert found.code == "E314"


def test_unlimited_text_where_all_databases_have_it() -> None:
    vendors = frozenset({"postgresql", "sqlite"})
    assert code(built(FieldValue, "{type: CharField}", vendors=vendors)) == "models.CharField()"


# --- a part of a field ---


def altered(text: str, name: str) -> str:
    value, scope = read(AlteredField, text)
    assert isinstance(value, PartialField)
    return code(value.build(scope, book().fields[name], "value", model=book()))


def test_partial_keeps_the_rest() -> None:
    assert altered("{max_length: 300}", "title") == "models.CharField(max_length=300)"
    assert altered("{nullable: false, remove: [blank]}", "pages") == "models.PositiveIntegerField()"
    assert altered("{remove: [default]}", "details") == "models.JSONField(blank=True)"
    assert altered("{default: 1.50}", "price") == (
        "models.DecimalField(blank=True, decimal_places=2, default=Decimal('1.50'), max_digits=8, null=True)"
    )
    assert "to='library.author'" in altered("{to: Author}", "publisher")


def test_whole_field_is_told_by_its_class() -> None:
    assert isinstance(read(AlteredField, "{type: TextField}")[0], FieldValue)
    assert isinstance(read(AlteredField, "models.TextField()")[0], FieldValue)
    assert isinstance(TypeAdapter(AlteredField).validate_python({"max_length": 3}), PartialField)


PARTIAL = [
    ("title", "{}"),
    ("title", "{max_lenght: 3}"),
    ("title", "{nullable: 'no'}"),
    ("details", "{remove: [defalt]}"),
    ("details", "{remove: default}"),
    ("details", "{blank: true, remove: [blank]}"),
    ("publisher", "{nullable: false}"),
    ("publisher", "{remove: [on_delete]}"),
]


def test_partial_refused(golden: Callable[[Path, str], None]) -> None:
    said = [refusal(AlteredField, text, existing=book().fields[name], model=book()) for name, text in PARTIAL]
    golden(GOLDENS / "refused_partial_fields.txt", "\n".join(said))


# --- JSON Schema ---


def test_json_schema_knows_the_arguments() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = TypeAdapter(AlteredField).json_schema()
    check = jsonschema.Draft202012Validator(schema).is_valid
    for right in (
        {"type": "CharField", "max_length": 3, "nullable": True, "default": {"expr": "a.b"}},
        {"type": "ArrayField", "base_field": {"type": "CharField", "max_length": 3}},
        {"type": "app.fields.Money", "currency": "EUR"},
        {"max_length": 4, "remove": ["default"]},
        "models.CharField(max_length=3)",
    ):
        assert check(right), right
    for wrong in (
        {"type": "CharField", "max_lenght": 3},
        {"type": "CharField", "max_length": "3"},
        {"type": "CharFeld"},
        {"type": "ArrayField", "base_field": {"type": "CharFeld"}},
        "CharField",
        3,
    ):
        assert not check(wrong), wrong


# --- names of the model's own fields ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "{type: IntegerField, unique_for_date: publishd}",
            ["E303 library.Book has no field 'publishd' at this place"],
        ),
        (
            "models.GeneratedField(expression=Lower('titel'), output_field=models.TextField(), db_persist=True)",
            ["E303 library.Book has no column or relation 'titel' at this place"],
        ),
        (
            "models.GeneratedField(expression=F('author__born'), output_field=models.DateField(), db_persist=True)",
            ["E314 'author__born' follows a relation, and a generated field is computed from its own row"],
        ),
        ("models.GeneratedField(expression=F('price') * 2, output_field=models.TextField(), db_persist=True)", []),
    ],
)
def test_own_names(text: str, words: list[str]) -> None:
    value, scope = read(FieldValue, text)
    field = value.build(scope, "value", model=book())
    collected = Collected()
    with collected.catching():
        check_own_names(scope, book(), field, "value")
    assert [f"{found.code} {found.message}" for found in collected.diagnostics] == words
