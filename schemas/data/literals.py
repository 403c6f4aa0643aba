"""Literals of a spec, read by the column that is to hold them: strict, nothing is coerced."""

from __future__ import annotations

import datetime
import decimal
import enum
import ipaddress
import math
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.migrations.state import ModelState
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time

from migspec.dsl.source import WrittenFloat
from migspec.schemas.data.paths import AnyField, Held, stored
from migspec.schemas.scope import Scope

RANGES = BaseDatabaseOperations.integer_field_ranges
WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class Misfit(ValueError):
    """A value that its column cannot hold; `at` is a path inside the value."""

    def __init__(self, message: str, hint: str = "", *at: str | int) -> None:
        super().__init__(message)
        self.message, self.hint, self.at = message, hint, at


def read_literal(field: AnyField, value: Any, scope: Scope, *at: str | int) -> Any:
    """Give the Python value that a literal stands for in a column; E307 where the column cannot hold it.

    `field` has its name set, as those of Scope.fields have. Foreign keys read by the key that they point to.
    """
    try:
        return fit(field, value, scope)
    except Misfit as misfit:
        raise scope.error("E307", f"'{field.attname}' {misfit.message}", *at, *misfit.at, hint=misfit.hint) from None


def read_key(field: AnyField, text: str, scope: Scope, *at: str | int) -> Any:
    """Give the value that a key of a map stands for: text in YAML and TOML, read by the column that it is about."""
    kind = kind_of(field, scope)
    value: Any = text
    if kind == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    elif kind == "whole number" and WHOLE.fullmatch(text):
        value = int(text)
    elif kind in ("decimal", "number") and NUMBER.fullmatch(text):
        value = int(text) if WHOLE.fullmatch(text) else WrittenFloat(text)
    try:
        return fit(field, value, scope)
    except Misfit as misfit:
        hint = "" if kind in ("boolean", "whole number", "decimal", "number") else misfit.hint
        raise scope.error("E307", f"'{field.attname}' {misfit.message}", *at, hint=hint, key=True) from None


def fit(field: AnyField, value: Any, scope: Scope | None) -> Any:
    """Give the Python value; Misfit where the column cannot hold it."""
    if value is None:
        if not field.null:
            raise Misfit("is NOT NULL")
        return None
    if isinstance(value, enum.Enum):
        value = value.value
    field = base(field, scope)
    reader = READERS.get(field.get_internal_type())
    custom = not type(field).__module__.startswith(("django.db.", "django.contrib."))
    if reader is None:
        return by_to_python(field, value)
    if custom and not isinstance(value, (str, int, float, bool)):
        return by_to_python(field, value)
    read = reader(field, value)
    if custom:
        by_to_python(field, read)  # it may refuse more; what it makes of the value, the historical model makes again
    return read


def base(field: AnyField, scope: Scope | None) -> AnyField:
    """Give the column that a foreign key points to, the field itself for any other."""
    model = pointed_at(field, scope) if scope is not None else None
    return field if model is None or scope is None else stored(scope.state, Held(model, field)).field


def pointed_at(field: AnyField, scope: Scope) -> ModelState | None:
    """Give the model that a foreign key points to."""
    remote: Any = field.remote_field
    if remote is None or field.many_to_many:
        return None
    to = remote.model
    label = to if isinstance(to, str) else to._meta.label
    app_label, _, name = label.rpartition(".")
    found: ModelState | None = scope.state.models.get((app_label or scope.app_label, name.lower()))
    return found


# --- kinds of column ---

KINDS = {
    "whole number": {
        *("AutoField", "BigAutoField", "SmallAutoField"),
        *("IntegerField", "BigIntegerField", "SmallIntegerField"),
        *("PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField"),
    },
    "decimal": {"DecimalField"},
    "number": {"FloatField"},
    "boolean": {"BooleanField"},
    "text": {"CharField", "FileField", "FilePathField", "SlugField", "TextField"},
    "date": {"DateField"},
    "date and time": {"DateTimeField"},
    "time": {"TimeField"},
    "duration": {"DurationField"},
    "UUID": {"UUIDField"},
    "JSON": {"JSONField"},
    "binary": {"BinaryField"},
    "IP address": {"GenericIPAddressField", "IPAddressField"},
}
KIND = {internal: kind for kind, internals in KINDS.items() for internal in internals}
PLURAL = {
    "whole number": "whole numbers",
    "decimal": "decimal numbers",
    "number": "floating-point numbers",
    "boolean": "true or false",
    "text": "text",
    "date": "dates",
    "date and time": "dates with times",
    "time": "times of day",
    "duration": "durations",
    "UUID": "UUIDs",
    "JSON": "JSON",
    "binary": "bytes",
    "IP address": "IP addresses",
}


def kind_of(field: AnyField, scope: Scope | None) -> str | None:
    """Say what a column holds, in one word; None where it is not known."""
    return KIND.get(base(field, scope).get_internal_type())


# --- one reader for each kind ---


def whole_number(field: AnyField, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        hint = f"write {value} without quotes" if isinstance(value, str) and WHOLE.fullmatch(value) else ""
        raise Misfit(f"holds whole numbers, not {said(value)}", hint)
    low, high = RANGES.get(field.get_internal_type(), RANGES["BigIntegerField"])
    if not low <= value <= high:
        raise Misfit(f"holds whole numbers from {low} to {high}, not {value}")
    return value


def boolean(field: AnyField, value: Any) -> bool:
    if not isinstance(value, bool):
        meant = {"0": "false", "1": "true", "true": "true", "false": "false", "yes": "true", "no": "false"}
        word = meant.get(str(value).lower())
        raise Misfit(f"holds true or false, not {said(value)}", f"write {word}" if word else "")
    return value


def text(field: AnyField, value: Any) -> str:
    if not isinstance(value, str):
        hint = f"quote it: '{written(value)}'" if isinstance(value, (bool, int, float)) else ""
        raise Misfit(f"holds text, not {said(value)}", hint)
    if "\0" in value:
        raise Misfit("holds text, and no database keeps the character NUL in text")
    if field.max_length is not None and len(value) > field.max_length:
        raise Misfit(f"holds at most {field.max_length} characters, and this has {len(value)}")
    return str(value)  # a TextChoices member is text with more to it


def real(field: AnyField, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        hint = f"write {value} without quotes" if isinstance(value, str) and NUMBER.fullmatch(value) else ""
        raise Misfit(f"holds numbers, not {said(value)}", hint)
    number = float(value)
    if not math.isfinite(number):
        raise Misfit("holds numbers, and this one is out of range")
    return number


def exact_decimal(field: AnyField, value: Any) -> decimal.Decimal:
    if isinstance(value, decimal.Decimal):
        number = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = decimal.Decimal(written(value))
    else:
        hint = f"write {value} without quotes" if isinstance(value, str) and NUMBER.fullmatch(value) else ""
        raise Misfit(f"holds decimal numbers, not {said(value)}", hint)
    places, digits = getattr(field, "decimal_places", None), getattr(field, "max_digits", None)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise Misfit(f"holds decimal numbers, not {number}")
    behind = max(0, -exponent)
    before = max(0, len(number.as_tuple().digits) + exponent) if number else 0
    if places is not None and behind > places:
        raise Misfit(f"holds {places} decimal places, and {number} has {behind}")
    if digits is not None and places is not None and before > digits - places:
        raise Misfit(f"holds {digits - places} digits before the point, and {number} has {before}")
    return number


def date(field: AnyField, value: Any) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    is_date = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    found: datetime.date | None = parsed(parse_date, value) if is_date else None
    if found is None:
        raise Misfit(f"holds dates, not {said(value)}", "write a date as text: '2024-01-31'")
    return found


def date_and_time(field: AnyField, value: Any) -> datetime.datetime:
    found = value if isinstance(value, datetime.datetime) else None
    if isinstance(value, str) and len(value) > 10:
        found = parsed(parse_datetime, value)
    example = "2024-01-31T12:00:00Z" if settings.USE_TZ else "2024-01-31T12:00:00"
    if found is None:
        raise Misfit(f"holds dates with times, not {said(value)}", f"write it as text: '{example}'")
    if settings.USE_TZ and found.tzinfo is None:
        raise Misfit("holds moments in time, and this has no time zone (USE_TZ is on)", f"write '{found.isoformat()}Z'")
    if not settings.USE_TZ and found.tzinfo is not None:
        naive = found.replace(tzinfo=None).isoformat()
        raise Misfit("holds local times, and this has a time zone (USE_TZ is off)", f"write '{naive}'")
    return found.astimezone(datetime.UTC) if settings.USE_TZ else found


def time_of_day(field: AnyField, value: Any) -> datetime.time:
    found = value if isinstance(value, datetime.time) else parsed(parse_time, value) if isinstance(value, str) else None
    if found is None or found.tzinfo is not None:
        raise Misfit(f"holds times of day, not {said(value)}", "write a time as text: '12:30:00'")
    return found


def duration(field: AnyField, value: Any) -> datetime.timedelta:
    found = value if isinstance(value, datetime.timedelta) else None
    if isinstance(value, str) and (":" in value or value.lstrip("-+").startswith("P")):
        found = parsed(parse_duration, value)
    if found is None:
        raise Misfit(f"holds durations, not {said(value)}", "write a duration as text: '1 12:30:00' or 'P1DT12H30M'")
    return found


def unique_id(field: AnyField, value: Any) -> uuid.UUID:
    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", value):
        return uuid.UUID(value)
    raise Misfit(f"holds UUIDs, not {said(value)}", "write a UUID as text: '12345678-1234-5678-1234-567812345678'")


def ip_address(field: AnyField, value: Any) -> str:
    address = text_of(value, "IP addresses")
    protocol = getattr(field, "protocol", "both").lower()
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        raise Misfit(f"holds IP addresses, not {said(value)}") from None
    if protocol != "both" and protocol != f"ipv{version}":
        raise Misfit(f"holds IPv{protocol[-1]} addresses, not {said(value)}")
    return str(by_to_python(field, address))


def json_value(field: AnyField, value: Any) -> Any:
    match value:
        case dict():
            return {key: json_value(field, item) for key, item in value.items()}
        case list() | tuple():
            return [json_value(field, item) for item in value]
        case float():
            return float(value)
        case str() | int() | None:
            return value
    raise Misfit(f"holds JSON, not {said(value)}")


def binary(field: AnyField, value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    raise Misfit(f"holds bytes, not {said(value)}", "write them as an expression: {expr: \"b'...'\"}")


def array(field: AnyField, value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise Misfit(f"holds lists, not {said(value)}", "write {value: [...]}")
    size = getattr(field, "size", None)
    if size is not None and len(value) > size:
        raise Misfit(f"holds at most {size} items, and this has {len(value)}")
    items: list[Any] = []
    for index, item in enumerate(value):
        if item is None:  # PostgreSQL lets the items of an array be NULL
            items.append(None)
            continue
        try:
            items.append(fit(field.base_field, item, None))  # type: ignore[attr-defined]
        except Misfit as misfit:
            raise Misfit(f"(item {index + 1}) {misfit.message}", misfit.hint, index, *misfit.at) from None
    return items


def hstore(field: AnyField, value: Any) -> dict[str, str | None]:
    if isinstance(value, dict) and all(item is None or isinstance(item, str) for item in value.values()):
        return value
    raise Misfit(f"holds a mapping of text to text, not {said(value)}", "write {value: {key: 'text'}}")


READERS: dict[str, Callable[[AnyField, Any], Any]] = {
    **dict.fromkeys(KINDS["whole number"], whole_number),
    **dict.fromkeys(KINDS["text"], text),
    "ArrayField": array,
    "BinaryField": binary,
    "BooleanField": boolean,
    "DateField": date,
    "DateTimeField": date_and_time,
    "DecimalField": exact_decimal,
    "DurationField": duration,
    "FloatField": real,
    "GenericIPAddressField": ip_address,
    "HStoreField": hstore,
    "IPAddressField": ip_address,
    "JSONField": json_value,
    "TimeField": time_of_day,
    "UUIDField": unique_id,
}


def by_to_python(field: AnyField, value: Any) -> Any:
    """Let a field class that migspec does not know read the value."""
    plain = float(value) if isinstance(value, WrittenFloat) else value
    try:
        read = field.to_python(plain)
    except ValidationError as error:
        raise Misfit(f"refuses {said(value)}: {' '.join(error.messages)}") from None
    except Exception as error:  # code of the project's own
        raise Misfit(f"cannot read {said(value)}: {error}") from None
    simple = (
        str,
        int,
        float,
        bool,
        decimal.Decimal,
        datetime.date,
        datetime.time,
        datetime.timedelta,
        uuid.UUID,
        bytes,
        list,
        dict,
    )
    return read if type(read) in simple or isinstance(read, datetime.datetime) else plain


# --- words ---


def parsed(parser: Callable[[str], Any], value: str) -> Any:
    """Give what Django's parser reads, None where the text is not of its form or no such moment exists."""
    try:
        return parser(value)
    except ValueError:
        return None


def text_of(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise Misfit(f"holds {what}, not {said(value)}")
    return value


def written(value: Any) -> str:
    """Give a scalar as it stands in the spec."""
    if isinstance(value, WrittenFloat):
        return value.written
    return str(value).lower() if isinstance(value, bool) else str(value)


def said(value: Any) -> str:
    """Name a value in a sentence."""
    match value:
        case bool():
            return written(value)
        case int() | float():
            return f"the number {written(value)}"
        case str():
            return f"the text '{value if len(value) <= 40 else value[:37] + '...'}'"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
    return repr(value)
