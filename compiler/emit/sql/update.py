"""Update as one SQL statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.migrations.state import ModelState
from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

from migspec.compiler.emit.assignments import in_order
from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.sql.proofs import is_never_null, names_all
from migspec.compiler.emit.sql.saving import saved
from migspec.compiler.emit.sql.site import Rows, Site, Statement
from migspec.compiler.emit.sql.values import in_update, ordered, where
from migspec.compiler.emit.values import is_own, nulls
from migspec.compiler.reversing.side_table import Save
from migspec.schemas.data.paths import columns
from migspec.schemas.data.rows import Join, Mapped, Update


def update(change: Update, site: Site, saves: Collection[Save] = ()) -> list[Statement]:
    """Give the statement of an update, after those that save; what it should check first, sql_checks.py has refused."""
    model = site.model(change.model)
    _check_inherited(change, model, site)
    source, only = source_rows(change.join, site), _only_map(change)

    def written(*, once: bool) -> Rows:
        found = where(site.rows(model), change.where, model, site, once=once)
        if source is not None:
            found = found.filter(Exists(source))
        return _named(found, only, change, model, site) if only is not None else found

    values = {
        name: in_update(
            value,
            site.target(model, name),
            source,
            site,
            filtered=only is not None,
            apart=apart and site.vendor == "mysql",
        )
        for name, value, apart in in_order(change, model, site.state)
    }
    return [*saved(saves, written(once=True), site), write(written(once=False), values, model, site)]


def write(found: Rows, values: Mapping[str, Any], model: ModelState, site: Site) -> Statement:
    """Give the statement that sets columns of these rows."""
    if site.vendor == "mysql" and _joins(found):
        found = site.rows(model).filter(pk__in=set_apart(found, site))
    query: Any = found.order_by().query.chain(UpdateQuery)
    query.add_update_values(values)
    return Statement(*site.sql(query))


def set_apart(found: Rows, site: Site) -> RawSQL:
    """Give the keys of rows in a table of their own: MySQL does not select from the table that it writes."""
    text, parameters = site.sql(found.order_by().values("pk").query)
    return RawSQL(f"SELECT * FROM ({text}) subquery", parameters)


def _joins(found: Rows) -> bool:
    query = found.query.clone()
    query.get_initial_alias()
    return query.count_active_tables() > 1


def source_rows(join: Join | None, site: Site) -> Rows | None:
    """Give the source rows of a row, the one that counts first."""
    if join is None:
        return None
    source = site.model(join.source)
    found = site.rows(source).filter(**{theirs: OuterRef(ours) for ours, theirs in join.on})
    order = [ordered(name, source, site, join.where) for name in join.order]
    return where(found, join.where, source, site).order_by(*order)


def _only_map(change: Update) -> Mapped | None:
    """Give the map that is all that is written: then rows that it does not name are left alone."""
    (_, value), *others = change.assign
    if others or not isinstance(value, Mapped) or value.column.of == "source":
        return None
    return value if value.unmatched in ("error", "keep") and nulls(value) in ("error", "keep") else None


def _named(rows: Rows, value: Mapped, change: Update, model: ModelState, site: Site) -> Rows:
    """Give those of the rows whose value a map names."""
    path = value.column.path
    if names_all(value, model, change.where, site.state) and is_never_null(path, model, change.where, site.state):
        return rows
    return rows.filter(**{f"{path}__in": [old for old, _ in value.pairs if old is not None]})


def _check_inherited(change: Update, model: ModelState, site: Site) -> None:
    for name, _ in change.assign:
        if not is_own(site.local, model, name):
            parent = columns(site.state, model)[name].model.name
            raise CannotEmit(
                f"{model.name}.{name} is a column of the parent {parent}, and UPDATE writes one table",
                f"update {parent}; it reaches the rows of {model.name} by the lookup '{model.name_lower}'",
                "set",
                name,
            )
