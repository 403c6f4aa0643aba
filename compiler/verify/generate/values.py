"""Values by the type of their column: Hypothesis strategies, with the edges of each type."""

from __future__ import annotations

import datetime
import decimal
import unicodedata
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from hypothesis import strategies as st

from migspec.schemas.data.literals import RANGES, Misfit, fit
from migspec.schemas.data.paths import AnyField

Values = st.SearchStrategy[Any]

# Letters that fold, letters of several bytes, what SQL, LIKE and format strings escape, what is trimmed or joined.
LETTERS = "abAB019 _%'\"\\\n.,;:/é\u0301ßİΩﬁ日א\u200b😀"
LONG = 300  # characters, where the column sets no limit
BIG = 10_000  # most rows hold numbers of a human size

TEXT_KINDS = frozenset({"CharField", "TextField", "FileField", "FilePathField"})


def values_for(field: AnyField) -> tuple[Values, Values] | None:
    """Give values that a column takes, simplest first: edges, and any; None for a type that is not known.

    They are those that every database takes: no NUL, nothing before the year 1000. NULL is not among them.
    """
    found = _known(field)
    if found is None:
        return None
    return tuple(strategy.filter(lambda value: _is_valid(field, value)) for strategy in found)  # type: ignore[return-value]


def _is_valid(field: AnyField, value: Any) -> bool:
    """Whether the field's own validators and, for a class that is not Django's, its reading of values let it pass."""
    try:
        if value not in field.empty_values:
            # Those that Django adds for a column's range ask the default database, and are kept anyhow.
            for validator in (*field.default_validators, *field._validators):  # type: ignore[attr-defined]
                validator(value)
        fit(field, value, None)
    except (Misfit, ValidationError):
        return False
    return True


def _known(field: AnyField) -> tuple[Values, Values] | None:
    kind = field.get_internal_type()
    if kind in TEXT_KINDS:
        return _text(field, LETTERS)
    if kind == "SlugField":
        return _text(field, "abAB01-_")
    if kind in RANGES:
        return _whole_numbers(*RANGES[kind])
    maker = MAKERS.get(kind)
    return maker(field) if maker else None


# --- one for each kind ---


def _text(field: AnyField, letters: str) -> tuple[Values, Values]:
    length = min(field.max_length or LONG, LONG)
    shapes: list[str] = []
    names = {type(one).__name__ for one in (*field.default_validators, *field._validators)}  # type: ignore[attr-defined]
    if "EmailValidator" in names:
        shapes = [
            "a@example.org",
            "A@example.org",
            "b.c+d@example.org",
            f"{'e' * max(0, min(64, length - 12))}@example.org",
        ]
    elif "URLValidator" in names:
        shapes = [
            "https://example.org",
            "http://example.org/a?b=%20#c",
            f"https://example.org/{'p' * max(0, length - 20)}",
        ]
    edges = ["a", "b", "", *shapes, "A", "á", " a", "a ", "0", "x" * length, "😀" * length]
    return _one_of(edges), st.text(letters, max_size=min(length, 8))


def _whole_numbers(low: int, high: int) -> tuple[Values, Values]:
    numbers = (0, 1, 2, -1, 10, high, low)
    return _one_of([number for number in numbers if low <= number <= high]), st.integers(max(low, -BIG), min(high, BIG))


def _decimals(field: Any) -> tuple[Values, Values]:
    unit = decimal.Decimal(1).scaleb(-field.decimal_places)
    # SQLite keeps decimals as floating-point numbers, which hold fifteen digits.
    most = 10 ** min(field.max_digits, 15) - 1
    edges = [decimal.Decimal(number) * unit for number in dict.fromkeys((0, 1, 5, -1, most, -most))]
    numbers = st.integers(-min(most, BIG * BIG), min(most, BIG * BIG)).map(
        lambda number: decimal.Decimal(number) * unit
    )
    return _one_of([edge + 0 for edge in edges]), numbers


def _floats(field: AnyField) -> tuple[Values, Values]:
    return _one_of([0.0, 1.0, -0.5, 0.1, 1e15, 1e-9]), st.integers(-BIG, BIG).map(lambda number: number / 8)


DAY = datetime.timedelta(days=1)
DAYS = [
    datetime.date(2024, 2, 29),
    datetime.date(1970, 1, 1),
    datetime.date(1969, 12, 31),
    datetime.date(1000, 1, 2),
    datetime.date(9999, 12, 30),
]
TIMES = [datetime.time(0), datetime.time(12, 30), datetime.time(23, 59, 59, 999_999), datetime.time(0, 0, 0, 1)]
A_YEAR = st.dates(datetime.date(2000, 1, 1), datetime.date(2030, 12, 31))


def _dates(field: AnyField) -> tuple[Values, Values]:
    return _one_of(DAYS), A_YEAR


def _times(field: AnyField) -> tuple[Values, Values]:
    return _one_of(TIMES), st.times()


def _moments(field: AnyField) -> tuple[Values, Values]:
    zone = datetime.UTC if settings.USE_TZ else None

    def moment(day: datetime.date, time: datetime.time) -> datetime.datetime:
        return datetime.datetime.combine(day, time, zone)

    return st.builds(moment, _one_of(DAYS), _one_of(TIMES)), st.builds(moment, A_YEAR, st.times())


def _durations(field: AnyField) -> tuple[Values, Values]:
    edges = [datetime.timedelta(0), datetime.timedelta(microseconds=1), -DAY, 10_000 * DAY]
    return _one_of(edges), st.integers(-BIG * BIG, BIG * BIG).map(
        lambda number: datetime.timedelta(milliseconds=number)
    )


def _uuids(field: AnyField) -> tuple[Values, Values]:
    return _one_of([uuid.UUID(int=number) for number in (1, 0, 2**128 - 1)]), st.integers(0, 2**128 - 1).map(
        lambda number: uuid.UUID(int=number)
    )


def _booleans(field: AnyField) -> tuple[Values, Values]:
    return st.booleans(), st.booleans()


def _bytes(field: AnyField) -> tuple[Values, Values]:
    edges = [b"", b"a", b"\0\xff"]
    return _one_of([edge for edge in edges if len(edge) <= (field.max_length or 2)]), st.binary(
        max_size=min(field.max_length or 8, 8)
    )


def _addresses(field: Any) -> tuple[Values, Values]:
    fours, sixes = ["0.0.0.0", "127.0.0.1", "255.255.255.255"], ["::1", "2001:db8::a"]
    named = {"ipv4": fours, "ipv6": sixes}.get(getattr(field, "protocol", "both").lower(), fours + sixes)
    return _one_of(named), _one_of(named)


def _json(field: AnyField) -> tuple[Values, Values]:
    scalars = st.none() | st.booleans() | st.integers(-BIG, BIG) | st.text('aé"\\😀 ', max_size=3)
    keys = st.text('ab ".$é', min_size=1, max_size=2)
    flat = st.lists(scalars, max_size=3) | st.dictionaries(keys, scalars, max_size=3)
    nested = scalars | flat | st.dictionaries(keys, scalars | flat, max_size=3)
    edges = [{}, [], "", 0, False, {"a": None}, {"a": {"b": [1, "é"]}}, [{}], 0.5]
    return _one_of(edges), nested.filter(lambda value: value is not None)


def _arrays(field: Any) -> tuple[Values, Values] | None:
    inner = values_for(field.base_field)
    if inner is None:
        return None
    size = min(field.size or 3, 3)
    return st.lists(inner[0], max_size=size), st.lists(inner[0] | inner[1], max_size=size)


def _hstores(field: AnyField) -> tuple[Values, Values]:
    some = st.dictionaries(st.sampled_from(["a", "b", "é"]), st.none() | st.sampled_from(["", "1", "é"]), max_size=3)
    return some, some


MAKERS: dict[str, Callable[[Any], tuple[Values, Values] | None]] = {
    "ArrayField": _arrays,
    "BinaryField": _bytes,
    "BooleanField": _booleans,
    "DateField": _dates,
    "DateTimeField": _moments,
    "DecimalField": _decimals,
    "DurationField": _durations,
    "FloatField": _floats,
    "GenericIPAddressField": _addresses,
    "HStoreField": _hstores,
    "JSONField": _json,
    "TimeField": _times,
    "UUIDField": _uuids,
}


def _one_of(values: list[Any]) -> Values:
    return st.sampled_from(values)


def folded(value: Any) -> Any:
    """Give what no two values of a unique column share, whichever collation the database compares by."""
    if not isinstance(value, str):
        return value
    marks = unicodedata.normalize("NFKD", value).casefold().rstrip()
    return "".join(letter for letter in marks if not unicodedata.combining(letter) and letter.isprintable())
