"""What an expression's tree says without being evaluated: which fields it reads, and whether it is always the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from migspec.dsl.dotted import dotted, dotted_names, known_name
from migspec.dsl.grammar import column_of
from migspec.dsl.known_names import BUILTINS, FUNCTIONS, KNOWN, POSTGRES

if TYPE_CHECKING:
    from migspec.dsl.expressions import Expression


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A place where an expression names a field, as an ORM path ("address__city").

    `column` counts from 1 in the expression's text. The path may end in transforms, as everywhere in Django
    ("day__year"), and where `lookup` is set, in a lookup too ("age__gte").
    """

    path: str
    column: int
    lookup: bool = False


@dataclass(frozen=True, slots=True)
class _Arguments:
    """Which arguments of a callable name fields when they are text; the others are text."""

    first: int = 0  # positional arguments, from here
    last: int | None = None  # up to here, all if None
    keywords: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()  # keywords that take a name or a list of names, where '-' is descending
    lookups: bool = False  # whether all other keywords are lookups
    values: bool = False  # whether all other keywords name fields


# --- which fields it reads ---

# Arguments of database functions and aggregates that Django reads as fields.
_OPERANDS = frozenset(
    {"expression", "expression1", "expression2", "fill_text", "lhs", "replacement", "string", "substring", "text"}
    | {"x", "y"}
)
_FUNCTION = _Arguments(keywords=_OPERANDS, lists=frozenset({"order_by", "ordering", "partition_by"}))
_FIRST_ONLY = _Arguments(last=1, keywords=frozenset({"expression", "vector"}))
_OBJECT = _Arguments(lists=frozenset({"fields", "include"}))
_SECOND_ONLY = _Arguments(first=1, keywords=frozenset({"expression"}))
_NOTHING = _Arguments(last=0)

_ARGUMENTS: Final = {
    "F": _Arguments(last=1, keywords=frozenset({"name"})),
    "Q": _Arguments(last=0, lookups=True),
    "When": _Arguments(first=1, last=2, keywords=frozenset({"then"}), lookups=True),
    "Case": _Arguments(last=0, keywords=frozenset({"default"})),
    "Window": _Arguments(last=0, lists=frozenset({"order_by", "partition_by"})),
    "JSONObject": _Arguments(last=0, values=True),
    "Lag": _Arguments(keywords=_OPERANDS | {"default"}),
    "Lead": _Arguments(keywords=_OPERANDS | {"default"}),
    "KT": _Arguments(last=1, keywords=frozenset({"lookup"})),
    "KeyTransform": _Arguments(first=1),
    "KeyTextTransform": _Arguments(first=1),
    "Index": _OBJECT,
    "UniqueConstraint": _OBJECT,
    "ExclusionConstraint": _Arguments(last=0, lists=frozenset({"include"})),
    **dict.fromkeys(["Cast", "Collate", "Extract", "OpClass", "SearchHeadline", "SearchRank", "Trunc"], _FIRST_ONLY),
    **dict.fromkeys(["TrigramDistance", "TrigramSimilarity"], _FIRST_ONLY),
    **dict.fromkeys(["TrigramStrictWordDistance", "TrigramStrictWordSimilarity"], _SECOND_ONLY),
    **dict.fromkeys(["TrigramWordDistance", "TrigramWordSimilarity"], _SECOND_ONLY),
    **dict.fromkeys(["Lexeme", "SearchConfig", "SearchQuery", "SearchVectorField"], _NOTHING),
    **dict.fromkeys(["Aggregate", "Avg", "Count", "Func", "Max", "Min", "StdDev", "Sum", "Variance"], _FUNCTION),
    **dict.fromkeys(["AnyValue", "BitAnd", "BitOr", "BitXor", "StringAgg"], _FUNCTION),
}  # fmt: skip
_ARGUMENTS_BY_MODULE: Final = {
    FUNCTIONS: _FUNCTION,
    f"{POSTGRES}.aggregates": _FUNCTION,
    f"{POSTGRES}.indexes": _OBJECT,
    f"{POSTGRES}.lookups": _FUNCTION,
    f"{POSTGRES}.search": _FUNCTION,
}
# Keywords that are never a lookup, in the callables that take lookups.
_NO_LOOKUP: Final = {"condition", "then", "_connector", "_negated"}


def field_paths(expression: Expression) -> tuple[FieldPath, ...]:
    """Give every place where the expression names a field, in the order of writing.

    Of the project's own functions only the expressions in their arguments are known, not what they make of text.
    """
    found = (path for node in ast.walk(expression.tree) if isinstance(node, ast.Call) for path in _of_call(node))
    located = [FieldPath(path, _inside(expression.text, node), lookup) for path, node, lookup in found]
    return tuple(sorted(located, key=lambda path: path.column))


_Found = tuple[str, ast.AST, bool]


def _of_call(call: ast.Call) -> Iterator[_Found]:
    """Yield the fields that the arguments of one call name, without what stands in calls inside it."""
    name = known_name(call.func)
    if name == "ExclusionConstraint":
        yield from _of_exclusion(call)
    rule = _ARGUMENTS.get(name or "") or _ARGUMENTS_BY_MODULE.get(KNOWN[name].module if name else "", _NOTHING)
    for argument in call.args[rule.first : rule.last]:
        yield from _names(argument)
    if rule.lookups:
        yield from _of_pairs(call)
    for keyword in call.keywords:
        argument_name = keyword.arg or ""
        if argument_name in rule.lists:
            yield from _in_list(keyword.value)
        elif argument_name in rule.keywords or rule.values:
            yield from _names(keyword.value)
        elif rule.lookups and argument_name not in _NO_LOOKUP:
            yield argument_name, keyword, True


def _names(node: ast.AST) -> Iterator[_Found]:
    """Yield the field that a text names; in Count, a star is no field."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != "*":
        yield node.value, node, False


def _in_list(node: ast.AST) -> Iterator[_Found]:
    """Yield the fields that a text or a list of texts names; a minus is the direction."""
    for item in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
        for path, place, lookup in _names(item):
            yield path.removeprefix("-"), place, lookup


def _of_pairs(call: ast.Call) -> Iterator[_Found]:
    """Yield the lookups in Q(("age__gte", 18)), as Django itself writes conditions."""
    for argument in call.args:
        if isinstance(argument, ast.Tuple) and len(argument.elts) == 2:
            yield from ((path, node, True) for path, node, _ in _names(argument.elts[0]))


def _of_exclusion(call: ast.Call) -> Iterator[_Found]:
    """Yield the fields of expressions=[("room", "="), ...]."""
    for keyword in call.keywords:
        if keyword.arg == "expressions" and isinstance(keyword.value, ast.List | ast.Tuple):
            for pair in keyword.value.elts:
                if isinstance(pair, ast.List | ast.Tuple) and pair.elts:
                    yield from _names(pair.elts[0])


def _inside(text: str, node: ast.AST) -> int:
    """Give the column of the first character of a name: after the quote, if there is one."""
    column = column_of(text, node)
    return column + 1 if text[column - 1 : column] in ("'", '"') else column


# --- whether it is always the same ---

_VOLATILE: Final = {"Now", "Random", "RandomUUID", "TransactionNow", "UUID4", "UUID7"}
# Modules of which some names are always the same, and those names; of the others nothing is known.
_CONSTANT_PARTS: Final = {
    "datetime": {"date", "datetime", "time", "timedelta", "timezone", "timezone.utc", "date.min", "date.max"},
    "uuid": {"UUID", "uuid3", "uuid5", "NAMESPACE_DNS", "NAMESPACE_OID", "NAMESPACE_URL", "NAMESPACE_X500"},
    "django.utils.timezone": {"get_fixed_timezone", "make_aware", "make_naive"},
}


def is_deterministic(expression: Expression) -> bool:
    """Whether it gives the same value for the same row at any time.

    Of the project's own names, classes and constants are taken to do so; functions are not.
    """
    return all(_is_constant(node) for node, _ in dotted_names(expression.tree))


def _is_constant(node: ast.AST) -> bool:
    short, name = known_name(node), dotted(node)
    if short or name is None:
        return short not in _VOLATILE
    for module, parts in _CONSTANT_PARTS.items():
        if name.path.startswith(f"{module}."):
            return name.path.removeprefix(f"{module}.") in parts
    if name.first in KNOWN:
        return True  # Deferrable.DEFERRED, settings.NAME
    return name.attributes[-1][0].isupper()


def is_callable_reference(expression: Expression) -> bool:
    """Whether it is a bare name that looks like something to call, such as uuid.uuid4 or dict, and not a call."""
    name = dotted(expression.tree)
    if name is None or name.first == "settings" or name.path == "datetime.timezone.utc":
        return False
    if not name.attributes:
        return KNOWN[name.first].module == BUILTINS
    return not name.attributes[-1].isupper()
