"""Values and conditions of row changes as the expressions and querysets that Django turns into SQL.

They say the same as those that values.py and conditions.py write down as code.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import NotSupportedError
from django.db.migrations.state import ModelState
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import Now, RowNumber
from django.db.models.sql.compiler import SQLCompiler

from migspec.compiler.changes.cells import tables
from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.conditions import looks_at_many, to_many
from migspec.compiler.emit.sql.proofs import is_never_null
from migspec.compiler.emit.sql.site import Rows, Site
from migspec.compiler.emit.values import Target, is_own, is_plain, nulls, related_rows
from migspec.schemas.data import rows
from migspec.schemas.data.paths import target, walk

CLOCK = "django.utils.timezone.now"


class Clock(Now):
    """The time of the statement as Django stores times: what Now() gives is a server's local time on MySQL."""

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, Any]:
        _check_utc(connection)
        zone = "" if settings.USE_TZ else ", 'localtime'"
        template = f"STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW'{zone})"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, Any]:
        _check_utc(connection)
        template = "UTC_TIMESTAMP(6)" if settings.USE_TZ else "CURRENT_TIMESTAMP(6)"
        return self.as_sql(compiler, connection, template=template, **context)


def _check_utc(connection: Any) -> None:
    if settings.USE_TZ and connection.settings_dict["TIME_ZONE"] not in (None, "UTC"):
        raise NotSupportedError("the present time in the TIME_ZONE of a database")


def is_clock(value: rows.Value, of: Target) -> bool:
    """Whether a value is the time at which the step runs."""
    if not isinstance(value, rows.PerRow | rows.Computed):
        return False
    return value.expression.names() == (CLOCK,) and of.held.field.get_internal_type() == "DateTimeField"


# --- over the rows of a query ---


def expression(value: rows.Value, of: Target, site: Site, kept: Any = None) -> Any:
    """Give a value over the rows of the query in which it stands; `kept` is what a map gives where it keeps."""
    if is_clock(value, of):
        return Clock()
    match value:
        case rows.Constant():
            return wrapped(value.value, of, site)
        case rows.Column():
            return F(value.path)
        case rows.Mapped():
            return case(value, of, site, kept)
        case rows.JointlyMapped():
            return joint_case(value, of, site, kept)
        case rows.Computed():
            return site.evaluate(value.expression)
        case rows.Kept():
            raise CannotEmit("which row is kept is not told in SQL yet", "emit: python")
        case rows.PerRow():
            pass
        case _:
            raise CannotEmit("a value of Python has no SQL", "emit: python")
    raise CannotEmit(f"{value.expression.text}() is called for each row, and SQL has no such value", "emit: python")


def over(value: rows.Value, of: Target, model: ModelState, site: Site, kept: Any = None) -> Any:
    """Give a value over the rows of a query of `model`, in which nothing may be joined that repeats rows."""
    match value:
        case rows.Existence():
            return existence(value, model, site)
        case rows.Numbered():
            return row_number(value, model, site)
        case rows.Computed() if any(to_many(path, model, site.local) for path in value.reads):
            return Subquery(_annotated(value, model, site)[:1])
    return expression(value, of, site, kept)


def wrapped(value: Any, of: Target, site: Site) -> Value:
    if is_plain(value, of, site.local):
        return Value(value)
    return Value(value, output_field=site.field(of))


def case(value: rows.Mapped, of: Target, site: Site, kept: Any = None) -> Case:
    path = value.column.path
    plain = all(is_plain(new, of, site.local) for _, new in value.pairs if new is not None)
    options = {} if plain else {"output_field": site.field(of)}
    whens = [When(Q((path, old)), then=Value(new, **options)) for old, new in value.pairs if old is not None]
    default, null = _else(value.unmatched, of, site, kept), _else(nulls(value), of, site, kept)
    if null != default:
        whens.insert(0, When(Q((f"{path}__isnull", True)), then=Value(None) if null is None else null))
    # Columns and constants are of different types to Django.
    keeps = kept is not None and kept in (default, null)
    return Case(*whens, default=default, output_field=site.field(of) if keeps else None)


def joint_case(value: rows.JointlyMapped, of: Target, site: Site, kept: Any = None) -> Case:
    plain = all(is_plain(new, of, site.local) for _, new in value.pairs if new is not None)
    options = {} if plain else {"output_field": site.field(of)}
    paths = [column.path for column in value.columns]
    whens = [When(Q(*zip(paths, old, strict=True)), then=Value(new, **options)) for old, new in value.pairs]
    default = _else(value.unmatched, of, site, kept)
    keeps = kept is not None and default is kept
    return Case(*whens, default=default, output_field=site.field(of) if keeps else None)


def existence(value: rows.Existence, model: ModelState, site: Site) -> Exists:
    """Give whether there are related rows, over rows of `model`."""
    back, mine, related = related_rows(value, model, site.local)
    found = site.rows(related).filter(**{back: OuterRef(mine)})
    return Exists(where(found, value.where, related, site))


def row_number(value: rows.Numbered, model: ModelState, site: Site) -> Any:
    """Give the number of a row among those of the query."""
    window = Window(
        RowNumber(),
        partition_by=[F(name) for name in value.within] or None,
        order_by=[ordered(name, model, site) for name in value.order],
    )
    numbers = window * value.step if value.step != 1 else window
    zeroth = value.start - value.step
    return numbers + zeroth if zeroth else numbers


def ordered(name: str, model: ModelState, site: Site, condition: rows.Condition = None) -> OrderBy:
    """Give a part of an order over the rows that a condition selects: NULL comes last on every database."""
    path = name.removeprefix("-")
    last = None if is_never_null(path, model, condition, site.state) else True
    return OrderBy(F(path), descending=name.startswith("-"), nulls_last=last)


def _else(extra: Any, of: Target, site: Site, kept: Any) -> Any:
    if isinstance(extra, rows.Constant):
        return None if extra.value is None else wrapped(extra.value, of, site)
    return None if extra == "null" else kept


# --- in UPDATE ---


def in_update(
    value: rows.Value, of: Target, source: Rows | None, site: Site, *, filtered: bool = False, apart: bool = False
) -> Any:
    """Give a value as update() takes it: over the row itself, or over the first of the rows `source`.

    `filtered` is whether only rows that a map names are updated, so that nothing else need be kept. `apart` asks for a
    subquery where the row itself would do.
    """
    kept = None if filtered else F(of.attname)
    outer = None if filtered else OuterRef(of.attname)
    match value:
        case rows.Constant():
            return value.value
        case rows.Column(of="source", path=path) if source is not None:
            return Subquery(source.values(path)[:1])
        case rows.Mapped(column=rows.Column(of="source")) if source is not None:
            return Subquery(source.values_list(case(value, of, site, outer))[:1])
        case rows.Computed(of="source") if source is not None:
            return Subquery(source.values_list(expression(value, of, site))[:1])
        case rows.JointlyMapped(columns=(rows.Column(of="source"), *_)) if source is not None:
            return Subquery(source.values_list(joint_case(value, of, site, outer))[:1])
        case rows.Existence(of="row"):
            return existence(value, of.model, site)
        case rows.JointlyMapped():
            if not apart and all(is_own(site.local, of.model, column.path) for column in value.columns):
                return joint_case(value, of, site, kept)
            return Subquery(_same_row(of.model, site).values_list(joint_case(value, of, site, outer))[:1])
        case rows.Column():
            return _own_column(value, of, site, apart)
        case rows.Mapped():
            return _own_map(value, of, site, kept, outer, apart)
        case rows.Computed() if not is_clock(value, of):
            found = site.evaluate(value.expression)
            if not apart and all(is_own(site.local, of.model, path) for path in value.reads):
                return found
            return Subquery(_annotated(value, of.model, site)[:1])
    return expression(value, of, site)


def _annotated(value: rows.Computed, model: ModelState, site: Site) -> Rows:
    name, same = site.local.column(model), _same_row(model, site)
    if any(to_many(path, model, site.local) for path in value.reads):
        same = same.values("pk")
    return same.annotate(**{name: site.evaluate(value.expression)}).values(name)


def _own_column(value: rows.Column, of: Target, site: Site, apart: bool) -> Any:
    if not apart and is_own(site.local, of.model, value.path):
        return F(value.path)
    if not apart and (hop := _first_hop(value.path, of, site)) is not None:
        found, rest = hop
        return Subquery(found.values(rest)[:1])
    return Subquery(_same_row(of.model, site).values(value.path)[:1])


def _own_map(value: rows.Mapped, of: Target, site: Site, kept: Any, outer: Any, apart: bool) -> Any:
    path = value.column.path
    if not apart and is_own(site.local, of.model, path):
        return case(value, of, site, kept)
    hop = _first_hop(path, of, site) if not apart and nulls(value) in ("error", "null") else None
    if hop is None:
        return Subquery(_same_row(of.model, site).values_list(case(value, of, site, kept))[:1])
    found, rest = hop
    moved = rows.Mapped(rows.Column(rest), value.pairs, value.unmatched, value.nulls)
    return Subquery(found.values_list(case(moved, of, site, outer))[:1])


def _first_hop(path: str, of: Target, site: Site) -> tuple[Rows, str] | None:
    """Give the rows that the first foreign key of a path leads to, and the rest of the path."""
    walked = walk(site.state, of.model, path)
    if not walked.hops or not walked.hops[0].forward:
        return None
    held, to = walked.hops[0].held, walked.hops[0].to
    key = target(site.state, held)
    own = (held.model.app_label, held.model.name_lower) == tables(site.state, of.model)[0]
    if held.field.many_to_many or key is None or not own:
        return None
    matching = {key.field.attname: OuterRef(held.field.attname)}
    return site.rows(to).filter(**matching).order_by(), path.partition("__")[2]


def _same_row(model: ModelState, site: Site) -> Rows:
    return site.rows(model).filter(pk=OuterRef("pk")).order_by()


# --- conditions ---


def where(found: Rows, condition: rows.Condition, model: ModelState, site: Site, *, once: bool = False) -> Rows:
    """Give the rows that fulfil the condition; with `once` each once, also where it looks at many related rows."""
    q = conditions(condition, site)
    if q is None:
        return found
    if once and looks_at_many(condition, model, site.local):
        return found.filter(pk__in=site.rows(model).filter(q).values("pk"))
    return found.filter(q)


def conditions(condition: rows.Condition, site: Site) -> Any:
    """Give the argument of filter(); None where every row is meant."""
    match condition:
        case rows.Repeated():
            raise CannotEmit("which rows are repeated is not told in SQL yet", "emit: python")
        case rows.Filter():
            return site.evaluate(condition.expression)
        case rows.Lookups() if condition.items:
            return Q(*((name, _operand(value, site)) for name, value in condition.items))
    return None


def _operand(value: Any, site: Site) -> Any:
    match value:
        case rows.Column():
            return F(value.path)
        case rows.Computed():
            return site.evaluate(value.expression)
        case rows.Constant():
            return value.value
    return value
