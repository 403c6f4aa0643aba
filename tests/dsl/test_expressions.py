"""Expressions as text: what is read, what is refused and where, the code they become, and what their trees say."""

from __future__ import annotations

import ast
from importlib import import_module
from typing import Any

import django
import pytest
from django.db.models import functions
from hypothesis import given
from hypothesis import strategies as st

from migspec.dsl import expressions
from migspec.dsl.dotted import likely_module
from migspec.dsl.expressions import (
    Expression,
    ExpressionProblem,
    field_paths,
    is_callable_reference,
    is_deterministic,
    parse,
)
from migspec.dsl.grammar import MAX_DEPTH, MAX_LENGTH
from migspec.dsl.known_names import BUILTINS, INSTEAD, KNOWN

MODELS = "from django.db import models"

# --- what is read, and the code that it becomes ---


@pytest.mark.parametrize(
    ("text", "code", "imports"),
    [
        ("None", "None", []),
        ("-1.5", "-1.5", []),
        ("b'x'", "b'x'", []),
        ("r'^\\d+$'", "'^\\\\d+$'", []),
        ("('a', ['b'], {'c': {1, 2}}, ())", "('a', ['b'], {'c': {1, 2}}, ())", []),
        ("2**31 - 1", "2 ** 31 - 1", []),
        ("dict", "dict", []),
        ("set()", "set()", []),
        ("uuid.uuid4", "uuid.uuid4", ["import uuid"]),
        ("datetime.timedelta(days=1)", "datetime.timedelta(days=1)", ["import datetime"]),
        ("Decimal('1.50')", "Decimal('1.50')", ["from decimal import Decimal"]),
        ("timezone.now", "timezone.now", ["from django.utils import timezone"]),
        ("settings.AUTH_USER_MODEL", "settings.AUTH_USER_MODEL", ["from django.conf import settings"]),
        (
            "Q(status='new') & ~Q(owner=None) | Q(n__gt=F('m') + 1)",
            "Q(status='new') & ~Q(owner=None) | Q(n__gt=F('m') + 1)",
            ["from django.db.models import F", "from django.db.models import Q"],
        ),
        (
            "Concat('first', Value(' '), 'last')",
            "Concat('first', Value(' '), 'last')",
            ["from django.db.models import Value", "from django.db.models.functions import Concat"],
        ),
        ("models.Q(a=1)", "models.Q(a=1)", [MODELS]),
        ("functions.Lower('a')", "functions.Lower('a')", ["from django.db.models import functions"]),
        ("Lower('name').desc()", "Lower('name').desc()", ["from django.db.models.functions import Lower"]),
        ("(F('a') * 2).asc()", "(F('a') * 2).asc()", ["from django.db.models import F"]),
        # What stands in models.py behind `models.` is written so in a migration.
        ("CharField(max_length=3)", "models.CharField(max_length=3)", [MODELS]),
        ("models.CharField(max_length=3)", "models.CharField(max_length=3)", [MODELS]),
        ("Deferrable.DEFERRED", "models.Deferrable.DEFERRED", [MODELS]),
        (
            "GinIndex(OpClass('name', name='gin_trgm_ops'), name='i')",
            "GinIndex(OpClass('name', name='gin_trgm_ops'), name='i')",
            [
                "from django.contrib.postgres.indexes import GinIndex",
                "from django.contrib.postgres.indexes import OpClass",
            ],
        ),
        ("app.validators.even", "app.validators.even", ["import app.validators"]),
        ("app.models.Status.default", "app.models.Status.default", ["import app.models"]),
        (
            "app.deep.Status(app.limits.LOW)",
            "app.deep.Status(app.limits.LOW)",
            ["import app.deep", "import app.limits"],
        ),
        (" \n Q(a=1)\n", "Q(a=1)", ["from django.db.models import Q"]),
        ("(Q(a=1)\n | Q(b=2))", "Q(a=1) | Q(b=2)", ["from django.db.models import Q"]),
    ],
)
def test_code(text: str, code: str, imports: list[str]) -> None:
    found = parse(text).code()
    assert found.text == code
    assert sorted(found.imports) == imports


@pytest.mark.parametrize(
    ("text", "avoid", "code", "imports"),
    [
        (
            "Case(When(a=1, then=1))",
            {"Case"},
            "models.Case(When(a=1, then=1))",
            ["from django.db.models import When", MODELS],
        ),
        ("Left('a', 1)", {"Left"}, "functions.Left('a', 1)", ["from django.db.models import functions"]),
        (
            "Left('a', 1)",
            {"Left", "functions"},
            "django.db.models.functions.Left('a', 1)",
            ["import django.db.models.functions"],
        ),
        ("models.Q(a=1)", {"models"}, "django.db.models.Q(a=1)", ["import django.db.models"]),
        ("TextField()", {"models"}, "django.db.models.TextField()", ["import django.db.models"]),
        ("Decimal('1')", {"Decimal"}, "decimal.Decimal('1')", ["import decimal"]),
        ("dict", {"dict"}, "builtins.dict", ["import builtins"]),
        ("settings.DEBUG", {"settings"}, "django.conf.settings.DEBUG", ["import django.conf"]),
    ],
)
def test_code_avoids_names_that_are_taken(text: str, avoid: set[str], code: str, imports: list[str]) -> None:
    found = parse(text).code(avoid=avoid)
    assert found.text == code
    assert sorted(found.imports) == sorted(imports)


def test_code_asks_which_part_is_the_module() -> None:
    assert likely_module("app.choices.colour.default") == "app.choices.colour"
    found = parse("app.choices.colour.default").code(module_of=lambda path: "app.choices")
    assert found.imports == {"import app.choices"}


def test_an_expression_is_a_value() -> None:
    assert parse("F('a')") == parse("F('a')") != parse('F("a")')
    assert hash(parse("F('a')")) == hash(parse("F('a')"))
    assert str(parse("F('a')")) == "F('a')"


def test_names() -> None:
    expression = parse("Q(a=models.F('b')) & Q(c=app.limits.LOW) & Q(d=uuid.uuid4)")
    assert expression.names() == ("django.db.models.Q", "django.db.models.F", "app.limits.LOW", "uuid.uuid4")


# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("", 1, "empty", "write None"),
        (" \n ", 1, "empty", "write None"),
        ("lambda: 1", 1, "a lambda", "name a function"),
        ("f'{x}'", 1, "an f-string", "Concat"),
        ("Q(a=[x for x in y])", 5, "a comprehension", "one by one"),
        ("Q(a=app.LIST[0])", 5, "an index", "name the value"),
        ("Q(a=(b := 1))", 6, "an assignment", "Q(name="),
        ("1 if F('a') else 2", 1, "if ... else", "Case(When("),
        ("(await F('a'))", 2, "await", ""),
        ("Concat(*app.NAMES)", 8, "unpacking with *", "one by one"),
        ("Q(**app.FILTER)", 3, "unpacking with **", "one by one"),
        ("{**app.FILTER}", 1, "unpacking with **", "one by one"),
        ("F('age') >= 18", 1, "a comparison", "Q(age__gte=18)"),
        ("Q(a=1) and Q(b=2)", 1, "'and'", "&"),
        ("Q(a=1) or Q(b=2)", 1, "'or'", "|"),
        ("Q(a=1) | (not Q(b=2))", 11, "'not'", "~"),
        ("F('a') // 2", 1, "'//'", "Floor"),
        ("F('a') << 2", 1, "'<<'", "bitleftshift"),
        ("...", 1, "'...'", ""),
        ("2j", 1, "a complex number", ""),
        ("1e999", 1, "too large", "Decimal"),
        (hex(1 << 2000), 1, "more than 1024 bits", ""),
        ("9**9**9", 1, "too large to compute", "at most 64"),
        ("'a' * 1000000000", 1, "beside a literal text", "Value"),
        ("'%s' % F('a')", 1, "beside a literal text", "Value"),
        ("[0] * 1000000000", 1, "no number", ""),
        ("~1", 1, "'~' before a number", ""),
        ("str('a')", 1, "computes a value", "the value itself"),
        ("str.format('a')", 1, "compute a value", "the value itself"),
        ("'{0.x}'.format(F('a'))", 1, "a literal has no 'format'", ""),
        ("F('a')('b')", 1, "only a name", ""),
        ("Q(a=1, a=2)", 1, "'a' is given twice", "Q(a=1) & Q(a=2)"),
        ("{'a': 1, 'b': 2, 'a': 3}", 1, "'a' stands twice", ""),
        ("F('a').__class__", 1, "'__class__' is private", ""),
        ("app._validators.even", 1, "'_validators' is private", ""),
        ("models.Model._meta", 1, "'_meta' is private", ""),
        ("Q(__class__=1)", 3, "'__class__' is private", ""),
        ("Value('é') + Lowr('a')", 14, "'Lowr' is not known", "did you mean 'Lower'?"),
        ("(Q(a=1) |\n    q(a=1))", 15, "'q' is not known", "did you mean 'Q'?"),
        ("uuid4", 1, "'uuid4' is not known", "write 'uuid.uuid4'"),
        ("_('name')", 1, "'_' is not known", "untranslated"),
        ("OuterRef('pk')", 1, "'OuterRef' is not known", "'source'"),
        ("Oslo", 1, "'Oslo' is not known", "write its import path"),
        ("__import__('os')", 1, "'__import__' is not known", "write its import path"),
        ("eval('1')", 1, "'eval' is not known", "write its import path"),
        ("a = 1", 3, "not a Python expression", "Q(name='value')"),
        ("Q(a=1) && Q(b=2)", 9, "not a Python expression", "& and |"),
        ("“a”", 1, "not a Python expression", "straight quotes"),
        ("Q(a=1)\n| Q(b=2)", 8, "not a Python expression", "in parentheses"),
        ("'a", 1, "not a Python expression", ""),
        ("a; b", 2, "not a Python expression", ""),
        ("import os", 1, "not a Python expression", ""),
        ("a\0b", None, "", ""),
        ("'\ud800'", 1, "a character", ""),
        (r"RegexValidator('\d')", None, "a backslash", r"r'\d+'"),
        ("-" * 20_000 + "1", 1, "nested deeper", "__in"),
        ("(" * 500 + "1" + ")" * 500, None, "", ""),
        ("app" + ".b" * 20_000, 1, "", ""),
        (" | ".join(["Q(a=1)"] * 200), 1, "nested deeper", "__in"),
        ("1" * (MAX_LENGTH + 1), 1, "longer than", ""),
    ],
)
def test_refused(text: str, column: int | None, message: str, hint: str) -> None:
    with pytest.raises(ExpressionProblem) as caught:
        parse(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert column is None or caught.value.column == column


def test_the_deepest_that_is_read_can_be_written() -> None:
    deepest = " | ".join(["Q(a=1)"] * (MAX_DEPTH - 3))
    assert parse(deepest).code().text == deepest


# --- the table of names ---


def is_there(name: str) -> bool:
    return KNOWN[name].since <= django.VERSION[:2]


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_name_can_be_imported(name: str) -> None:
    known = KNOWN[name]
    if known.module.startswith("django.contrib.postgres"):
        pytest.importorskip("psycopg")
    module = import_module(known.module)
    assert hasattr(module, known.attribute or "__name__") == is_there(name)
    if is_there(name):
        namespace: dict[str, Any] = {}
        exec(known.import_line, namespace)  # noqa: S102
        assert known.module == BUILTINS or name in namespace
        assert name not in INSTEAD


def test_every_database_function_is_known() -> None:
    missing = {name for name in functions.__all__ if name not in KNOWN}
    assert not missing


# --- what the tree says ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("F('address__city')", [("address__city", 4, False)]),
        ("models.F('a')", [("a", 11, False)]),
        ("django.db.models.expressions.F('a')", [("a", 33, False)]),
        ("F(name='a')", [("a", 9, False)]),
        ("Value('a')", []),
        ("Lower('a')", [("a", 8, False)]),
        ("Concat('a', Value(' '), Upper('b'))", [("a", 9, False), ("b", 32, False)]),
        ("Left('a', 3)", [("a", 7, False)]),
        ("LPad('a', 3, Value('0'))", [("a", 7, False)]),
        ("Cast('a', CharField())", [("a", 7, False)]),
        ("Collate('a', 'nocase')", [("a", 10, False)]),
        ("Trunc('a', 'month')", [("a", 8, False)]),
        ("Extract('a', 'year')", [("a", 10, False)]),
        ("JSONObject(key='a', other=Value('b'))", [("a", 17, False)]),
        ("Func('a', function='LOWER', template='%(function)s(x)')", [("a", 7, False)]),
        ("Count('*')", []),
        ("Count('a', distinct=True, filter=Q(b=1))", [("a", 8, False), ("b", 36, True)]),
        ("Sum('a', default='0')", [("a", 6, False)]),
        ("Lag('a', default='b')", [("a", 6, False), ("b", 19, False)]),
        ("Q(a__gte=1) | ~Q(b=F('c'))", [("a__gte", 3, True), ("b", 18, True), ("c", 23, False)]),
        ("Q(('a__in', [1]), _connector='OR')", [("a__in", 5, True)]),
        (
            "Case(When(a=1, then='b'), When(Q(c=2), 'd'), default='e')",
            [("a", 11, True), ("b", 22, False), ("c", 34, True), ("d", 41, False), ("e", 55, False)],
        ),
        (
            "Window(RowNumber(), partition_by='a', order_by=['-b', F('c').desc()])",
            [("a", 35, False), ("b", 50, False), ("c", 58, False)],
        ),
        ("KT('a__key')", [("a__key", 5, False)]),
        ("KeyTransform('key', 'a')", [("a", 22, False)]),
        (
            "Index('a', fields=['-b'], include=('c',), condition=Q(d=1), name='n')",
            [("a", 8, False), ("b", 21, False), ("c", 37, False), ("d", 55, True)],
        ),
        ("UniqueConstraint(Lower('a'), name='n')", [("a", 25, False)]),
        ("GinIndex(OpClass('a', name='ops'), name='n')", [("a", 19, False)]),
        (
            "ExclusionConstraint(name='n', expressions=[('a', '='), (F('b'), '&&')])",
            [("a", 46, False), ("b", 60, False)],
        ),
        ("SearchVector('a', 'b', config='english')", [("a", 15, False), ("b", 20, False)]),
        ("SearchRank('a', SearchQuery('words'))", [("a", 13, False)]),
        ("TrigramSimilarity('a', 'words')", [("a", 20, False)]),
        ("TrigramWordSimilarity('words', 'a')", [("a", 33, False)]),
        ("app.functions.Slug('a', F('b'))", [("b", 28, False)]),
        ("(Value('é') +\n F('a'))", [("a", 19, False)]),
    ],
)
def test_field_paths(text: str, expected: list[tuple[str, int, bool]]) -> None:
    found = field_paths(parse(text))
    assert [(path.path, path.column, path.lookup) for path in found] == expected
    assert all(text[path.column - 1 :].lstrip("-").startswith(path.path) for path in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("F('a') + 1", True),
        ("Concat('a', Value('b'))", True),
        ("datetime.timedelta(days=1)", True),
        ("datetime.date(2024, 1, 1)", True),
        ("datetime.timezone.utc", True),
        ("uuid.UUID('00000000-0000-0000-0000-000000000000')", True),
        ("settings.PAGE_SIZE", True),
        ("app.limits.LOW", True),
        ("app.functions.Slug('a')", True),
        ("dict", True),
        ("Now()", False),
        ("F('a') + Random()", False),
        ("models.functions.Now()", False),
        ("django.db.models.functions.Now()", False),
        ("RandomUUID()", False),
        ("uuid.uuid4", False),
        ("uuid.uuid4()", False),
        ("timezone.now()", False),
        ("datetime.datetime.now()", False),
        ("datetime.date.today", False),
        ("app.codes.next_code", False),
        ("Value(app.codes.next_code())", False),
    ],
)
def test_is_deterministic(text: str, expected: bool) -> None:
    assert is_deterministic(parse(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uuid.uuid4", True),
        ("app.codes.next_code", True),
        ("dict", True),
        ("app.models.Status.default", True),
        ("uuid.uuid4()", False),
        ("app.limits.LOW", False),
        ("settings.DEFAULT", False),
        ("datetime.timezone.utc", False),
        ("F('a')", False),
        ("F", False),
        ("1", False),
    ],
)
def test_is_callable_reference(text: str, expected: bool) -> None:
    assert is_callable_reference(parse(text)) is expected


# --- any text ---

WORDS = """
    Q F Value Lower models uuid app a _x ( ) [ ] { } , . : = == ~ - + * ** / & | ^ 'x' "é" 1 2.5 None not and if else
    for in lambda f'{a}' b'x' \\ # := @ __class__
"""
TOKENS = st.lists(st.sampled_from([*WORDS.split(), "\n"]), max_size=12).map(" ".join)


def read(text: str) -> Expression | ExpressionProblem:
    try:
        return parse(text)
    except ExpressionProblem as problem:
        return problem


@given(st.text(max_size=80) | TOKENS)
def test_any_text_is_an_expression_or_a_problem(text: str) -> None:
    found = read(text)
    if isinstance(found, ExpressionProblem):
        assert found.message
        assert 1 <= found.column <= max(len(text), 1)
    else:
        ast.parse(found.code().text, mode="eval")
        field_paths(found)
        is_deterministic(found)


CONSTANTS = st.one_of(
    st.none(), st.booleans(), st.integers(0, 10**20), st.floats(0, allow_nan=False, allow_infinity=False)
).map(repr)
TEXTS = st.text(max_size=10).map(repr)
LEAVES = (
    CONSTANTS
    | TEXTS
    | st.binary(max_size=4).map(repr)
    | st.sampled_from(["uuid.uuid4", "app.limits.LOW", "dict", "models.F('a')"])
)
OPERANDS = (
    st.integers(0, 99).map(str) | TEXTS.map(lambda text: f"F({text})") | st.sampled_from(["Value(1)", "app.limits.LOW"])
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        items.map(lambda text: f"[{text}]"),
        st.lists(inner, min_size=1, max_size=3).map(lambda texts: f"({', '.join(texts)},)"),
        st.tuples(TEXTS, inner).map(lambda pair: f"{{{pair[0]}: {pair[1]}}}"),
        st.tuples(st.sampled_from(["Lower", "functions.Cast", "app.functions.Slug", "CharField"]), items).map(
            "{0[0]}({0[1]})".format
        ),
        st.tuples(st.sampled_from(["Q", "When"]), inner).map("{0[0]}(a__b={0[1]})".format),
        st.tuples(OPERANDS, st.sampled_from(list("+-*/%&|^")), OPERANDS).map("({0[0]} {0[1]} {0[2]})".format),
        OPERANDS.map(lambda text: f"-{text}"),
    )


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=12)


class Spelled(ast.NodeTransformer):
    """Write every name as its full path, so that trees which differ in the spelling of names are equal."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self.visit_Name(node) if expressions.dotted(node) else self.generic_visit(node)

    def visit_Name(self, node: ast.AST) -> ast.AST:
        name = expressions.dotted(node)
        assert name
        return ast.Constant(f"<{name.path}>")


def spelled(tree: ast.expr) -> str:
    return ast.dump(Spelled().visit(ast.parse(ast.unparse(tree), mode="eval")))


@given(EXPRESSIONS)
def test_code_says_what_the_author_wrote(text: str) -> None:
    expression = parse(text)
    code = expression.code()
    again = ast.parse(code.text, mode="eval")
    assert spelled(again.body) == spelled(expression.tree)
    assert all(isinstance(ast.parse(line).body[0], ast.Import | ast.ImportFrom) for line in code.imports)


@given(st.text())
def test_text_never_becomes_code(text: str) -> None:
    found = parse(f"Q(name=Value({text!r})) | Q(note={text!r})").code().text
    values = [node.value for node in ast.walk(ast.parse(found)) if isinstance(node, ast.Constant)]
    assert values == [text, text]
    assert shape(found) == shape(Expression.code(parse("Q(name=Value('x')) | Q(note='x')")).text)


def shape(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = "x"
    return ast.dump(tree)
