"""Whether altering a field can fail on the rows that are there, or break code that is still running."""

from __future__ import annotations

from math import inf
from typing import Any

from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.migrations.state import ModelState

from migspec.schemas.data.paths import AnyField
from migspec.schemas.effects import target_key

# Arguments that reach the column; of those of a class that is not Django's nobody knows.
IN_COLUMN = {
    "db_collation", "db_column", "db_comment", "db_constraint", "db_default", "db_index", "db_table", "db_tablespace",
    "decimal_places", "max_digits", "max_length", "null", "primary_key", "srid", "to", "to_field", "unique",
}  # fmt: skip
HARMLESS = {"default", "auto_now", "auto_now_add", "upload_to", "serialize", "auto_created"}
TEXT = {"CharField", "SlugField", "FileField", "FilePathField", "TextField"}


def breaks(model: ModelState, old: AnyField, new: AnyField) -> bool:
    """Say whether rows that the old field holds, or code that knows the old field, may not fit the new one.

    Both fields have their name, attname and column set. What only the state knows (help_text, choices, a default in
    Python) never breaks anything.
    """
    if old.many_to_many and new.many_to_many:
        return changed(old, new, "to", "db_table", "db_constraint")
    if old.column != new.column:
        return True
    # Rows that would be refused; a column that old code no longer fills; values that would be refused or cut off.
    tightened = (old.null and not new.null) or (new.unique and not old.unique) or old.primary_key != new.primary_key
    less_filled = has_db_default(old) and not has_db_default(new) and not new.null
    return bool(tightened or less_filled or narrower(model, old, new) or changed_by_others(old, new))


def narrower(model: ModelState, old: AnyField, new: AnyField) -> bool:
    """Whether the new type may not hold what the old one holds, or holds it as something else."""
    if old.remote_field is None or new.remote_field is None:
        if old.remote_field is not new.remote_field:
            return True  # a foreign key's constraint is validated, and without it the column's type is another field's
    else:
        return (
            target_key(model, old.remote_field.model) != target_key(model, new.remote_field.model)
            or changed(old, new, "to_field", "from_fields", "to_fields")
            or (getattr(new, "db_constraint", False) and not getattr(old, "db_constraint", False))
        )
    if changed(old, new, "db_collation", "srid"):
        return True
    before, after = old.get_internal_type(), new.get_internal_type()
    if before in TEXT and after in TEXT:
        return length(new) < length(old)
    ranges = BaseDatabaseOperations.integer_field_ranges
    if before in ranges and after in ranges:
        (old_low, old_high), (new_low, new_high) = ranges[before], ranges[after]
        return bool(new_low > old_low or new_high < old_high)
    if before != after:
        return True
    if before == "DecimalField":
        return digits(new) < digits(old) or places(new) < places(old)
    return False


def changed_by_others(old: AnyField, new: AnyField) -> bool:
    """Whether a class that is not Django's got arguments of which only its author knows what they do to the column."""
    if is_djangos(old) and is_djangos(new):
        return False
    known = IN_COLUMN | HARMLESS | {*old.non_db_attrs, *new.non_db_attrs}
    before, after = arguments(old), arguments(new)
    return any(before.get(name) != after.get(name) for name in (before.keys() | after.keys()) - known)


def is_djangos(field: AnyField) -> bool:
    return type(field).__module__.startswith("django.")


def arguments(field: AnyField) -> dict[str, Any]:
    """Give the arguments of a field, positional ones by their number."""
    _, _, args, kwargs = field.deconstruct()
    return {**{str(number): value for number, value in enumerate(args)}, **kwargs}


def changed(old: AnyField, new: AnyField, *names: str) -> bool:
    before, after = arguments(old), arguments(new)
    return any(before.get(name) != after.get(name) for name in names)


def length(field: AnyField) -> float:
    return inf if field.get_internal_type() == "TextField" or field.max_length is None else field.max_length


def digits(field: Any) -> float:
    """Give how many digits stand before the point."""
    return inf if field.max_digits is None else field.max_digits - (field.decimal_places or 0)


def places(field: Any) -> float:
    return inf if field.decimal_places is None else field.decimal_places


def has_db_default(field: AnyField) -> bool:
    return getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
