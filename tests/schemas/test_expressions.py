"""Expressions in a spec: the types of the keys that hold one, and the objects that they stand for."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import django
import pytest
from django.conf import SettingsReference
from django.core.validators import RegexValidator
from django.db import models
from django.db.migrations.state import ProjectState
from django.db.models import Case, Count, F, Func, Q, Value, When, Window
from django.db.models.functions import Cast, Coalesce, Concat, Lower, Now, RowNumber
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from library.defaults import no_details
from library.validators import even
from migspec.dsl.diagnostics import Place, SpecError
from migspec.dsl.expressions import Expression, field_paths, parse
from migspec.schemas.python.expressions import ExpressionText, ExprValue, evaluate
from migspec.schemas.python.importing import module_of
from migspec.schemas.scope import Scope

# --- the types ---

TEXT: TypeAdapter[Expression] = TypeAdapter(ExpressionText)
TAGGED: TypeAdapter[Expression] = TypeAdapter(ExprValue)


def errors(adapter: TypeAdapter[Any], value: Any) -> list[Any]:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    return caught.value.errors(include_url=False)


def test_text_and_mapping_give_an_expression() -> None:
    assert TEXT.validate_python("F('a')") == parse("F('a')")
    assert TAGGED.validate_python({"expr": "F('a')"}) == parse("F('a')")


def test_they_are_written_back_as_they_stood() -> None:
    assert TEXT.dump_python(parse("F('a')")) == "F('a')"
    assert TAGGED.dump_python(parse("F('a')")) == {"expr": "F('a')"}


@pytest.mark.parametrize(("adapter", "wrap"), [(TEXT, lambda text: text), (TAGGED, lambda text: {"expr": text})])
def test_E207_says_where_in_the_text(adapter: TypeAdapter[Expression], wrap: Any) -> None:
    (error,) = errors(adapter, wrap("Value(1) + Lowr('a')"))
    assert error["type"] == "E207"
    assert error["msg"] == "the name 'Lowr' is not known"
    assert error["ctx"]["hint"] == "did you mean 'Lower'?"
    assert error["ctx"]["column"] == 12
    assert error["input"] == "Value(1) + Lowr('a')"


@pytest.mark.parametrize("value", [1, True, None, ["F('a')"], {"expr": 1}, {"value": 1}, {"expr": "1", "value": 1}])
def test_only_text_is_an_expression(value: Any) -> None:
    (error,) = errors(TEXT, value)
    assert error["type"] == "string_type"


def test_E204_a_mapping_where_only_an_expression_can_stand() -> None:
    (error,) = errors(TEXT, {"expr": "Q(a='b')"})
    assert error["type"] == "E204"
    assert error["ctx"]["hint"] == "write the expression itself: \"Q(a='b')\""


@pytest.mark.parametrize("value", ["F('a')", {}, {"expr": 1}, {"expr": "1", "value": 1}, {"value": 1}])
def test_only_the_one_key_makes_an_expression(value: Any) -> None:
    assert errors(TAGGED, value)


@pytest.mark.parametrize(
    ("adapter", "right", "wrong"),
    [(TEXT, "F('a')", {"expr": "F('a')"}), (TAGGED, {"expr": "F('a')"}, "F('a')"), (TAGGED, {"expr": "1"}, {})],
)
def test_the_json_schema_agrees(adapter: TypeAdapter[Expression], right: Any, wrong: Any) -> None:
    schema = Draft202012Validator(adapter.json_schema())
    assert schema.is_valid(right)
    assert not schema.is_valid(wrong)
    assert "Python's syntax" in str(adapter.json_schema())


# --- what it means ---


def scope(line: str = "") -> Scope:
    """A scope in which the step's text stands on one line."""

    def locate(path: Any, *, key: bool = False) -> Place:
        return Place("a.yaml", 7, line.index(": ") + 3 if line else 1, len(line), line)

    return Scope(
        app_label="library", state=ProjectState(), vendors=frozenset({"sqlite"}), path=("steps", 0), locate=locate
    )


OBJECTS: dict[str, Any] = {
    "None": None,
    "-1.5": -1.5,
    "2**31 - 1": 2**31 - 1,
    "('a', ['b'], {'c': {1, 2}})": ("a", ["b"], {"c": {1, 2}}),
    "uuid.uuid4": uuid.uuid4,
    "dict": dict,
    "set()": set(),
    "timezone.now": timezone.now,
    "Decimal('1.50')": Decimal("1.50"),
    "decimal.Decimal('1.50')": Decimal("1.50"),
    "datetime.date(2024, 2, 29)": datetime.date(2024, 2, 29),
    "datetime.timedelta(days=1) * 2": datetime.timedelta(days=2),
    "datetime.timezone.utc": datetime.UTC,
    "library.validators.even": even,
    "library.defaults.no_details()": no_details(),
    "settings.USE_TZ": True,
    "settings.AUTH_USER_MODEL": "people.User",
    "[RegexValidator(r'^\\d+$', message='digits')]": [RegexValidator(r"^\d+$", message="digits")],
    "F('a')": F("a"),
    "models.F('a')": F("a"),
    "Q(a=1) & ~Q(b__gte=F('c') + 2) | Q(d=None)": Q(a=1) & ~Q(b__gte=F("c") + 2) | Q(d=None),
    "Q(a=1) ^ Q(b=2)": Q(a=1) ^ Q(b=2),
    "-F('a') * 2 / 3 % 4 ** F('b') - 1": -F("a") * 2 / 3 % 4 ** F("b") - 1,
    "F('start') + datetime.timedelta(days=7)": F("start") + datetime.timedelta(days=7),
    "F('end') - F('start')": F("end") - F("start"),
    "Concat('first', Value(' '), 'last')": Concat("first", Value(" "), "last"),
    "Case(When(a=1, then=Value('x')), When(Q(b=2), then='b'), default=F('c'))": Case(
        When(a=1, then=Value("x")), When(Q(b=2), then="b"), default=F("c")
    ),
    "Case(When(a__gt=1, then=1), default=0, output_field=IntegerField())": Case(
        When(a__gt=1, then=1), default=0, output_field=models.IntegerField()
    ),
    "Coalesce(Cast('a', models.TextField()), Lower('b'))": Coalesce(Cast("a", models.TextField()), Lower("b")),
    "functions.Now() - datetime.timedelta(hours=1)": Now() - datetime.timedelta(hours=1),
    "Count('a', distinct=True, filter=Q(b=1))": Count("a", distinct=True, filter=Q(b=1)),
    "Window(RowNumber(), partition_by='a', order_by=[F('b').desc(nulls_last=True)])": Window(
        RowNumber(), partition_by="a", order_by=[F("b").desc(nulls_last=True)]
    ),
    "Func('a', function='LOWER', output_field=TextField())": Func(
        "a", function="LOWER", output_field=models.TextField()
    ),
    "GreaterThan(F('a'), 1)": GreaterThan(F("a"), 1),
    "F('flags').bitand(4)": F("flags").bitand(4),
    "Index(Lower('a').desc(), 'b', name='i')": models.Index(Lower("a").desc(), "b", name="i"),
    "models.Index(fields=['-a', 'b'], include=['c'], condition=Q(d=True), name='i')": models.Index(
        fields=["-a", "b"], include=["c"], condition=Q(d=True), name="i"
    ),
    "UniqueConstraint(fields=['a'], name='u', deferrable=Deferrable.DEFERRED)": models.UniqueConstraint(
        fields=["a"], name="u", deferrable=models.Deferrable.DEFERRED
    ),
    "CheckConstraint(condition=Q(a__gte=0), name='c')": models.CheckConstraint(condition=Q(a__gte=0), name="c"),
    "models.SET_NULL": models.SET_NULL,
}


@pytest.mark.parametrize("text", OBJECTS)
def test_evaluate(text: str) -> None:
    assert evaluate(parse(text), scope()) == OBJECTS[text]


@pytest.mark.parametrize("text", OBJECTS)
def test_the_code_means_the_same(text: str) -> None:
    code = parse(text).code(module_of=module_of)
    namespace: dict[str, Any] = {}
    exec("\n".join(sorted(code.imports)), namespace)  # noqa: S102
    assert eval(code.text, namespace) == OBJECTS[text]  # noqa: S307


def test_fields_are_built() -> None:
    field = evaluate(parse("models.CharField(max_length=50, null=True, default=library.defaults.no_details)"), scope())
    assert field.deconstruct()[1:] == (
        "django.db.models.CharField",
        [],
        {"max_length": 50, "null": True, "default": no_details},
    )


def test_a_setting_is_emitted_as_one() -> None:
    found = evaluate(parse("settings.AUTH_USER_MODEL"), scope())
    assert isinstance(found, SettingsReference)
    assert found.setting_name == "AUTH_USER_MODEL"


def test_postgresql() -> None:
    pytest.importorskip("psycopg")
    from django.contrib.postgres.constraints import ExclusionConstraint
    from django.contrib.postgres.fields import ArrayField, RangeOperators
    from django.contrib.postgres.indexes import GinIndex, OpClass
    from django.contrib.postgres.search import SearchVector

    objects = {
        "GinIndex(OpClass(Lower('a'), name='gin_trgm_ops'), name='i')": GinIndex(
            OpClass(Lower("a"), name="gin_trgm_ops"), name="i"
        ),
        "GinIndex(SearchVector('a', 'b', config='english'), name='i')": GinIndex(
            SearchVector("a", "b", config="english"), name="i"
        ),
        "ExclusionConstraint(name='x', expressions=[('a', RangeOperators.EQUAL), (F('b'), '&&')])": ExclusionConstraint(
            name="x", expressions=[("a", RangeOperators.EQUAL), (F("b"), "&&")]
        ),
    }
    for text, expected in objects.items():
        assert evaluate(parse(text), scope()) == expected
    array = evaluate(parse("ArrayField(models.IntegerField(), size=3)"), scope())
    assert isinstance(array, ArrayField)
    assert array.size == 3


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        ("librery.validators.even", "E309", "there is no module 'librery'", "did you mean 'library'?"),
        ("model.CharField()", "E309", "there is no module 'model'", "did you mean 'models'?"),
        (
            "auth.models.User",
            "E309",
            "there is no module 'auth'",
            "the app 'auth' is the package 'django.contrib.auth'",
        ),
        ("library.validator.even", "E309", "'library' has no 'validator'", "did you mean 'validators'?"),
        ("library.validators.evn", "E309", "'library.validators' has no 'evn'", "did you mean 'even'?"),
        ("library.models.Book.tittle", "E309", "'library.models.Book' has no 'tittle'", ""),
        ("models.ChrField()", "E309", "'models' has no 'ChrField'", "did you mean 'CharField'?"),
        ("Deferrable.DEFFERED", "E309", "'Deferrable' has no 'DEFFERED'", "did you mean 'DEFERRED'?"),
        ("F('a').descending()", "E309", "this F has no 'descending'", ""),
        ("library.validators", "E309", "'library.validators' is a module", "'library.validators."),
        ("uuid", "E309", "'uuid' is a module", "name something in it"),
        ("settings.NO_SUCH", "E316", "no setting 'NO_SUCH'", ""),
        ("settings.AUTH_USER_MODL", "E316", "no setting 'AUTH_USER_MODL'", "did you mean 'AUTH_USER_MODEL'?"),
        ("settings.configure", "E316", "no setting 'configure'", ""),
        ("settings", "E316", "no value", "write 'settings.NAME'"),
        (
            "models.CharField(max_lenght=3)",
            "E314",
            "unexpected keyword argument 'max_lenght'",
            "did you mean 'max_length'?",
        ),
        ("Substr('a')", "E314", "Substr refuses this: ", ""),
        ("Q(a=1) & F('b')", "E314", "'&' refuses this: ", ""),
        ("F('a') | F('b')", "E314", "'|' refuses this: Use .bitand(), .bitor(), and .bitxor()", ""),
        ("1 / 0", "E314", "'/' refuses this: division by zero", ""),
        ("library.limits()", "E309", "'library' has no 'limits'", ""),
        ("Deferrable.DEFERRED()", "E314", "'Deferrable.DEFERRED' is not something to call", "remove the parentheses"),
        ("Index(name='x')", "E314", "Index refuses this: At least one field or expression is required", ""),
        ("datetime.date(2024, 2, 30)", "E314", "datetime.date refuses this: day is out of range for month", ""),
        ("{[1]}", "E314", "a set refuses this: unhashable type: 'list'", ""),
        ("{[1]: 2}", "E314", "a dict refuses this: unhashable type: 'list'", ""),
    ],
)
def test_errors(text: str, code: str, message: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        evaluate(parse(text), scope(), "default", "expr")
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert message in found.message
    assert "\n" not in found.message
    assert hint in found.hint


def test_E309_a_module_that_fails(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    lazy = "def __getattr__(name): raise RuntimeError('not yet')"
    (tmp_path / "migspec_test_lazy").mkdir()
    (tmp_path / "migspec_test_lazy" / "__init__.py").write_text(lazy)
    with pytest.raises(SpecError, match="E309 'migspec_test_lazy' does not give 'x': not yet"):
        evaluate(parse("migspec_test_lazy.x"), scope())
    for name, code in {
        "raises": "1 / 0",
        "leaves": "raise SystemExit('bye')",
        "misses": "import no_such_module",
    }.items():
        (tmp_path / f"migspec_test_{name}.py").write_text(code)
        with pytest.raises(SpecError, match=f"E309 importing 'migspec_test_{name}' fails: "):
            evaluate(parse(f"migspec_test_{name}.x"), scope())


@pytest.mark.skipif(django.VERSION >= (6, 1), reason="Django has the name")
def test_E311_a_name_of_a_later_django() -> None:
    with pytest.raises(SpecError) as caught:
        evaluate(parse("BitAnd('a')"), scope())
    (found,) = caught.value.diagnostics
    assert found.code == "E311"
    assert found.message == f"Django {django.get_version()} has no 'BitAnd'; it came with 6.1"
    assert found.hint == "write 'django.contrib.postgres.aggregates.BitAnd'"


@pytest.mark.parametrize(
    ("line", "text", "marked"),
    [
        ("  default: library.defaults.no_detals", "library.defaults.no_detals", "library.defaults.no_detals"),
        ("  expr: \"F('a') + models.Chr(1)\"", "F('a') + models.Chr(1)", "models.Chr"),
        ("  expr: Value(Substr('é')) ", "Value(Substr('é'))", "Substr('é')"),
    ],
)
def test_the_place_is_inside_the_text(line: str, text: str, marked: str) -> None:
    with pytest.raises(SpecError) as caught:
        evaluate(parse(text), scope(line), "default")
    place = caught.value.diagnostics[0].place
    assert line[place.column - 1 : place.column - 1 + place.width] == marked


def test_the_place_is_the_whole_value_where_its_text_stands_differently() -> None:
    with pytest.raises(SpecError) as caught:
        evaluate(parse("F('a') + models.Chr(1)"), scope("  expr: 'F(''a'') + models.Chr(1)'"), "default")
    assert caught.value.diagnostics[0].place.column == 9


def test_module_of() -> None:
    assert module_of("library.validators.even") == "library.validators"
    assert module_of("library.models.Book.title") == "library.models"
    assert module_of("datetime.datetime.now") == "datetime"
    assert module_of("os.path.join") == "os.path"
    assert module_of("no_such_package.module.name") == "no_such_package.module"


# --- the fields that a tree names are those that Django finds ---


def found_by_django(value: Any) -> set[str]:
    """Give the fields that an evaluated expression names."""
    match value:
        case Q():
            return {path for child in value.children for path in found_by_django(child)}
        case (str(path), inner):
            return {path} | found_by_django(inner)
        case F():
            return {value.name}
        case When():
            return found_by_django(value.condition) | found_by_django(value.result)
        case _ if hasattr(value, "get_source_expressions"):
            return {path for source in value.get_source_expressions() for path in found_by_django(source)}
    return set()


@pytest.mark.parametrize(
    "text",
    [
        *(text for text, found in OBJECTS.items() if found_by_django(found)),
        "Replace('a', Value('x'), Value('y'))",
        "StrIndex('a', 'b')",
        "LPad('a', 3, fill_text='b')",
        "Greatest('a', 'b', F('c'))",
        "NullIf('a', 'b')",
        "Lag('a', 1, 'b')",
        "NthValue('a', nth=2)",
        "Extract('a', 'year')",
        "Trunc('a', 'month')",
        "TruncMonth('a')",
        "Collate('a', 'nocase')",
        "JSONObject(key='a', other=Lower('b'))",
        "ATan2('a', 'b')",
        "Round('a', precision=2)",
        "Sum('a', default=0, filter=Q(b__gt=F('c')))",
        "Coalesce(F('a') + F('b'), Value(0), 'c')",
        "KeyTransform('key', 'a')",
    ],
)
def test_field_paths_are_those_that_django_finds(text: str) -> None:
    expression = parse(text)
    assert {path.path for path in field_paths(expression)} == found_by_django(evaluate(expression, scope()))
