"""keep_old in SQL: INSERT ... SELECT into side tables, before the rows are written that it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Exists, OuterRef

from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.sql.site import Rows, Site, Statement
from migspec.compiler.reversing.side_table import Save
from migspec.schemas.data.paths import primary_key


def saved(saves: Collection[Save], written: Rows, site: Site) -> list[Statement]:
    """Give the statements that save what rows are about to lose; `written` are those rows, each once."""
    return [_saved(save, written, site) for save in saves if not save.added]


def _saved(save: Save, written: Rows, site: Site) -> Statement:
    if save.tree or save.below is not None:
        message = f"rows of {save.rows.name} are saved level by level, and one SQL statement saves one level"
        raise CannotEmit(message, "emit: python", "keep_old")
    rows = site.rows(save.rows) if save.every_row or save.source or save.way else written
    if save.way:
        rows = rows.filter(**{f"{save.way}__in": written})
    names = [name for name in save.into.fields if name != "pk"]
    key = {name: OuterRef(name) for name in primary_key(site.state, save.into)}
    return into_side_table(save, rows, {name: name for name in names}, key, site)


def into_side_table(
    save: Save, rows: Rows, columns: Mapping[str, Any], key: Mapping[str, Any], site: Site
) -> Statement:
    """Save rows in their side table, but those that it has: in a second run they are not the old ones.

    `columns` are what is selected for each column of the table, `key` is what its key is compared with.
    """
    there = site.rows(save.into).filter(**key)
    found = rows.exclude(Exists(there)).order_by()
    text, parameters = site.sql(found.values_list(*columns.values()).query)
    return Statement(f"{site.into([*columns], save.into)} {text}", parameters)
