"""The conditions of `where:`: a mapping of Django lookups, or a Q expression."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.migrations.state import ModelState
from pydantic import Discriminator, Field, Tag

from migspec.dsl.expressions import Expression
from migspec.schemas.data import rows
from migspec.schemas.data.forms import FieldPart, LiteralPart, Scalar, form
from migspec.schemas.data.literals import Misfit, fit
from migspec.schemas.data.lookups import compared, walk_path
from migspec.schemas.data.paths import AnyField, Walk
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.pasting import line_hint
from migspec.schemas.python.computed import check_kind, is_condition, reads
from migspec.schemas.python.expressions import ExpressionText, evaluate
from migspec.schemas.scope import Scope

# --- forms ---


def form_of_operand(value: Any) -> str | None:
    return "list" if isinstance(value, list) else form(value, ("value", "field"))


Operand = Annotated[
    Annotated[Scalar, Tag("literal")]
    | Annotated[list[Scalar], Tag("list")]
    | Annotated[LiteralPart, Tag("value")]
    | Annotated[FieldPart, Tag("field")],
    Discriminator(
        form_of_operand,
        custom_error_type="E204",
        custom_error_message="a lookup takes a literal, a list, {value: ...} or {field: ...}",
    ),
]
LookupMapping = Annotated[dict[str, Operand], Field(min_length=1, title="Lookups")]


def form_of_where(value: Any) -> str | None:
    return "lookups" if isinstance(value, dict) else "expression"


Where = Annotated[
    Annotated[LookupMapping, Tag("lookups")] | Annotated[ExpressionText, Tag("expression")],
    Discriminator(form_of_where),
]

# --- meaning ---


def condition(
    where: dict[str, Any] | Expression | None, model: ModelState, scope: Scope, *at: str | int
) -> rows.Condition:
    """Give what a `where` means for the rows of a model; SpecError with everything that is wrong in it."""
    if where is None:
        return None
    if isinstance(where, Expression):
        return q_expression(where, model, scope, *at)
    problems = Collected()
    items: list[tuple[str, Any]] = []
    paths: list[str] = []
    for path, operand in where.items():
        with problems.catching():
            walked = walk_lookup(path, model, scope, *at, path)
            items.append(lookup(path, walked, operand, model, scope, *at, path))
            paths += [walked.path, *(value.path for _, value in items[-1:] if isinstance(value, rows.Column))]
    problems.throw()
    return rows.Lookups(tuple(items), tuple(dict.fromkeys(paths)))


def q_expression(where: Expression, model: ModelState, scope: Scope, *at: str | int) -> rows.Filter:
    found = evaluate(where, scope, *at)
    if not is_condition(found):
        hint = "write a condition: \"Q(flag=True) & ~Q(name='')\""
        raise scope.error("E307", "this expression is not a condition", *at, hint=hint)
    check_kind(found, scope, *at, condition=True)
    return rows.Filter(where, reads(found, model, scope, *at))


def walk_lookup(path: str, model: ModelState, scope: Scope, *at: str | int) -> Walk:
    """Follow the path of a lookup; E302, E303, or E306 where it names a relation instead of its column."""
    if "." in path:
        hint = f"write '{path.replace('.', '__')}'"
        raise scope.error("E303", f"'{path}' is not a lookup; lookups join names with '__'", *at, hint=hint, key=True)
    walked = walk_path(path, model, scope, *at, key=True)
    if walked.held is not None and walked.spelled == walked.held.field.name != walked.held.field.attname:
        *before, _ = walked.path.split("__")
        right = "__".join([*before, walked.held.field.attname, *walked.rest])
        message = f"'{walked.spelled}' is a relation; rows hold its column '{walked.held.field.attname}'"
        raise scope.error("E306", message, *at, hint=f"write '{right}'", key=True)
    return walked


def lookup(path: str, walked: Walk, operand: Any, model: ModelState, scope: Scope, *at: str | int) -> tuple[str, Any]:
    """Give one lookup with its operand read; E303 for an unknown lookup, E307 for an operand that does not fit."""
    field, name = compared(walked, scope, *at, key=True)
    if isinstance(operand, FieldPart):
        orm_path, _, _ = scope.column_path(model, operand.field, *at, "field")
        return path, rows.Column(orm_path)
    value = operand.value if isinstance(operand, LiteralPart) else operand
    inside = (*at, "value") if isinstance(operand, LiteralPart) else at
    if value is None and name == "exact":
        bare = path.removesuffix("__exact")
        return f"{bare}__isnull", True
    if isinstance(value, list) and name == "exact" and field.get_internal_type() not in ("JSONField", "ArrayField"):
        hint = line_hint(f"{path.removesuffix('__exact')}__in", [...], "write")
        raise scope.error("E307", f"'{path}' is compared with one value, and this is a list", *inside, hint=hint)
    try:
        return path, read_operand(field, name, value, scope)
    except Misfit as misfit:
        raise scope.error("E307", f"'{path}' {misfit.message}", *inside, *misfit.at, hint=misfit.hint) from None


TEXT_LOOKUPS = {
    "contains", "endswith", "icontains", "iendswith", "iexact", "iregex", "istartswith", "regex", "startswith",
}  # fmt: skip


def read_operand(field: AnyField, name: str, value: Any, scope: Scope) -> Any:
    """Give the Python value of an operand; Misfit where it is not what the lookup compares with."""
    kind = field.get_internal_type()
    if name == "isnull":
        if not isinstance(value, bool):
            raise Misfit("takes true or false")
        return value
    if name in ("in", "range"):
        if not isinstance(value, list) or (name == "range" and len(value) != 2):
            raise Misfit("takes a list" if name == "in" else "takes a list of two, the first and the last value")
        read = []
        for index, item in enumerate(value):
            if item is None:
                hint = "NULL equals nothing; use the lookup isnull"
                raise Misfit("is compared with each item, and one is null", hint, index)
            try:
                read.append(fit(field, item, scope))
            except Misfit as misfit:
                raise Misfit(misfit.message, misfit.hint, index, *misfit.at) from None
        return read
    if value is None:
        raise Misfit(f"is compared by '{name}', and NULL has no order and no text", "use the lookup isnull")
    if name in TEXT_LOOKUPS and kind not in ("JSONField", "ArrayField", "HStoreField"):
        if not isinstance(value, str):
            raise Misfit(f"is compared by '{name}', which takes text")
        return value
    if name in ("exact", "gt", "gte", "lt", "lte"):
        return fit(field, value, scope)
    return value
