"""The names that an expression may use without an import path. A table of text: Django is not imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MODELS = "django.db.models"
FUNCTIONS = "django.db.models.functions"
POSTGRES = "django.contrib.postgres"
BUILTINS = "builtins"


@dataclass(frozen=True, slots=True)
class Known:
    """A short name: `attribute` of `module`, or the module itself where `attribute` is empty."""

    module: str
    attribute: str = ""
    since: tuple[int, int] = (5, 2)  # the Django that has it first, if later than the oldest supported
    through: str = ""  # the short name of the module that it is written behind: models.CharField

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.attribute}" if self.attribute else self.module

    @property
    def import_line(self) -> str:
        """How Python code gets the name; empty for what needs no import."""
        if self.module == BUILTINS:
            return ""
        if self.attribute:
            return f"from {self.module} import {self.attribute}"
        package, _, module = self.module.rpartition(".")
        return f"from {package} import {module}" if package else f"import {module}"


# Module, the words for it that follow. Expressions are written bare, as in queries; what stands in models.py
# behind `models.` is written so in migrations too.
_EXPRESSIONS = """
    Aggregate Avg Case Count ExpressionWrapper F Func Max Min OrderBy Q RowRange StdDev Sum Value ValueRange Variance
    When Window WindowFrame WindowFrameExclusion
"""
_MODEL_PARTS = """
    AutoField BigAutoField BigIntegerField BinaryField BooleanField CharField CompositePrimaryKey DateField
    DateTimeField DecimalField DurationField EmailField FileField FilePathField FloatField ForeignKey ForeignObject
    GeneratedField GenericIPAddressField ImageField IntegerField JSONField ManyToManyField OneToOneField
    PositiveBigIntegerField PositiveIntegerField PositiveSmallIntegerField SlugField SmallAutoField SmallIntegerField
    TextField TimeField URLField UUIDField
    CASCADE DO_NOTHING PROTECT RESTRICT SET SET_DEFAULT SET_NULL
    CheckConstraint Deferrable Index UniqueConstraint
"""
_BY_MODULE = {
    FUNCTIONS: """
        Cast Coalesce Collate Greatest Least NullIf
        Extract ExtractDay ExtractHour ExtractIsoWeekDay ExtractIsoYear ExtractMinute ExtractMonth ExtractQuarter
        ExtractSecond ExtractWeek ExtractWeekDay ExtractYear Now Trunc TruncDate TruncDay TruncHour TruncMinute
        TruncMonth TruncQuarter TruncSecond TruncTime TruncWeek TruncYear
        JSONArray JSONObject
        ACos ASin ATan ATan2 Abs Ceil Cos Cot Degrees Exp Floor Ln Log Mod Pi Power Radians Random Round Sign Sin Sqrt
        Tan
        Chr Concat ConcatPair LPad LTrim Left Length Lower MD5 Ord RPad RTrim Repeat Replace Reverse Right SHA1 SHA224
        SHA256 SHA384 SHA512 StrIndex Substr Trim Upper
        CumeDist DenseRank FirstValue Lag LastValue Lead NthValue Ntile PercentRank Rank RowNumber
    """,
    "django.db.models.lookups": """
        Contains EndsWith Exact GreaterThan GreaterThanOrEqual IContains IEndsWith IExact IRegex IStartsWith In IsNull
        LessThan LessThanOrEqual Range Regex StartsWith
    """,
    "django.db.models.fields.json": "KT KeyTextTransform KeyTransform",
    "django.core.validators": """
        DecimalValidator DomainNameValidator EmailValidator FileExtensionValidator MaxLengthValidator MaxValueValidator
        MinLengthValidator MinValueValidator ProhibitNullCharactersValidator RegexValidator StepValueValidator
        URLValidator int_list_validator integer_validator validate_comma_separated_integer_list validate_domain_name
        validate_email validate_image_file_extension validate_integer validate_ipv46_address validate_ipv4_address
        validate_ipv6_address validate_slug validate_unicode_slug
    """,
    f"{POSTGRES}.aggregates": """
        ArrayAgg BoolAnd BoolOr Corr CovarPop JSONBAgg RegrAvgX RegrAvgY RegrCount RegrIntercept RegrR2 RegrSXX RegrSXY
        RegrSYY RegrSlope
    """,
    f"{POSTGRES}.constraints": "ExclusionConstraint",
    f"{POSTGRES}.fields": """
        ArrayField BigIntegerRangeField DateRangeField DateTimeRangeField DecimalRangeField HStoreField
        IntegerRangeField RangeBoundary RangeOperators
    """,
    f"{POSTGRES}.functions": "RandomUUID TransactionNow",
    f"{POSTGRES}.indexes": "BTreeIndex BloomIndex BrinIndex GinIndex GistIndex HashIndex OpClass SpGistIndex",
    f"{POSTGRES}.lookups": "Unaccent",
    f"{POSTGRES}.search": """
        SearchConfig SearchHeadline SearchQuery SearchRank SearchVector SearchVectorField TrigramDistance
        TrigramSimilarity TrigramStrictWordDistance TrigramStrictWordSimilarity TrigramWordDistance
        TrigramWordSimilarity
    """,
    f"{POSTGRES}.validators": """
        ArrayMaxLengthValidator ArrayMinLengthValidator KeysValidator RangeMaxValueValidator RangeMinValueValidator
    """,
    BUILTINS: "bool bytes dict float int list set str tuple",
    "decimal": "Decimal",
}

KNOWN: Final[dict[str, Known]] = {
    **{name: Known(MODELS, name) for name in _EXPRESSIONS.split()},
    **{name: Known(MODELS, name, through="models") for name in _MODEL_PARTS.split()},
    **{name: Known(module, name) for module, names in _BY_MODULE.items() for name in names.split()},
    **{name: Known(MODELS, name, (6, 0)) for name in ("AnyValue", "StringAgg")},
    **{name: Known(MODELS, name, (6, 1)) for name in ("BitAnd", "BitOr", "BitXor", "JSONNull")},
    **{name: Known(MODELS, name, (6, 1), "models") for name in ("DB_CASCADE", "DB_SET_DEFAULT", "DB_SET_NULL")},
    **{name: Known(FUNCTIONS, name, (6, 1)) for name in ("UUID4", "UUID7")},
    "Lexeme": Known(f"{POSTGRES}.search", "Lexeme", (6, 0)),
    "models": Known(MODELS),
    "functions": Known(FUNCTIONS),
    "timezone": Known("django.utils.timezone"),
    "settings": Known("django.conf", "settings"),
    "datetime": Known("datetime"),
    "decimal": Known("decimal"),
    "uuid": Known("uuid"),
}  # fmt: skip

# Where a Django that lacks a name of the table has something like it.
FORMERLY: Final = {name: f"{POSTGRES}.aggregates.{name}" for name in ("StringAgg", "BitAnd", "BitOr", "BitXor")}

_NO_QUERYSET = "it needs a queryset, which an expression cannot hold; take the value from 'source' with 'match'"
_NO_TRANSLATION = "write the text itself; migrations hold untranslated text"

# What is not in the table though it is often written, and what to do about it.
INSTEAD: Final = {
    "ArraySubquery": _NO_QUERYSET,
    "Exists": "a value is written 'exists: relation'; in a condition, lookups follow relations: books__isnull",
    "OuterRef": _NO_QUERYSET,
    "Subquery": _NO_QUERYSET,
    "RawSQL": "write 'django.db.models.expressions.RawSQL'",
    "_": _NO_TRANSLATION,
    "gettext": _NO_TRANSLATION,
    "gettext_lazy": _NO_TRANSLATION,
    "pgettext_lazy": _NO_TRANSLATION,
    "date": "write 'datetime.date'",
    "time": "write 'datetime.time'",
    "timedelta": "write 'datetime.timedelta'",
    "now": "write 'timezone.now', or 'Now()' for the database's clock",
    "uuid1": "write 'uuid.uuid1'",
    "uuid4": "write 'uuid.uuid4'",
    "UUID": "write 'uuid.UUID'",
    "null": "write 'None'",
    "none": "write 'None'",
    "NULL": "write 'None'",
    "true": "write 'True'",
    "false": "write 'False'",
}
