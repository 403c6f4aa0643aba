"""The base of every step kind. A kind is one file under schemas/steps/: its keys and what it stands for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema

from migspec.schemas.changes import Change
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.errors.trace import mark_unions, refuse_null
from migspec.schemas.scope import Scope

if TYPE_CHECKING:
    AnyStep: TypeAlias = "Step"
    AnyDataStep: TypeAlias = "DataStep"
    AnySchemaStep: TypeAlias = "SchemaStep"
else:

    class Later:
        """Stands for a step of some kind; the kinds are modules that import this one."""

        def __init__(self, name: str) -> None:
            self.name = name

        def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            from migspec.schemas.steps import step_schema

            return step_schema(self.name, handler)

    AnyStep = Annotated[Any, Later("AnyStep")]
    AnyDataStep = Annotated[Any, Later("AnyDataStep")]
    AnySchemaStep = Annotated[Any, Later("AnySchemaStep")]


class Part(BaseModel):
    """A mapping of a spec: nothing unknown, nothing coerced, never changed."""

    # A class is built with the document that holds it, once, not by itself before.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    null_counts: ClassVar[bool] = False  # whether null says something else than leaving the key out

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        resolved = handler.resolve_ref_schema(schema)
        mark_unions(resolved)
        if not cls.null_counts:
            refuse_null(resolved)
        return schema


def is_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise complaint("E204", f"'until' is a date, not '{text}'", hint='write it as "2027-03-31"') from None
    return text


class Allowance(Part):
    """A lint rule that a step may break."""

    rule: Annotated[str, Field(description="The rule's name or code.", min_length=1, examples=["drop-field"])]
    reason: Annotated[str, Field(description="Why it does no harm here.", min_length=1)]
    until: Annotated[
        str | None,
        AfterValidator(is_date),
        Field(description="The last day on which this counts.", examples=["2027-03-31"]),
    ] = None


class Step(Part):
    """One step: the verb key names the kind and holds the model or element it is about."""

    verb: ClassVar[str]  # the module's name; set by schemas.steps
    example: ClassVar[str]  # one real step in YAML: shown in the docs, compiled by the tests
    # For editors: keys about columns, each with the key that names the model; keys that name what is not there yet.
    columns_of: ClassVar[Mapping[str, str]] = {}
    new_names: ClassVar[Collection[str]] = ()

    description: Annotated[str | None, Field(description="Becomes the docstring of the step's function.")] = None
    allow: Annotated[
        list[Allowance] | None, Field(description="Lint rules that this step may break, and why.", min_length=1)
    ] = None
    only: Annotated[
        Literal["postgresql", "sqlite", "mysql", "oracle"] | None,
        Field(description="The one database whose tables the step changes; the state changes everywhere."),
    ] = None

    @property
    def about(self) -> Any:
        """The value of the verb key."""
        return getattr(self, self.verb)

    @abstractmethod
    def changes(self, scope: Scope) -> Iterator[Change]:
        """Give what the step stands for, at the place that `scope` describes; SpecError if the place refuses it."""


class SchemaStep(Step):
    """A step that changes the schema."""

    state_only: Annotated[bool, Field(description="Change the migration state and leave the database alone.")] = False
    database_only: Annotated[bool, Field(description="Change the database and leave the state alone.")] = False

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        if self.state_only and self.database_only:
            message, hint = "'state_only' and 'database_only' exclude each other", "leave both out to change both"
            raise complaint("E208", message, hint=hint, at=("database_only",), key=True)
        return self

    @property
    def side(self) -> Literal["both", "state", "database"]:
        return "state" if self.state_only else "database" if self.database_only else "both"


class Noop(Part):
    noop: Annotated[str, Field(description="Why rolling back may leave the rows as they are.", min_length=1)]


class Irreversible(Part):
    irreversible: Annotated[str, Field(description="Why this step cannot be rolled back.", min_length=1)]


class Batch(Part):
    size: Annotated[int, Field(description="How many primary keys one range holds.", ge=1)]


def reverses_once(reverse: Any) -> Any:
    """Refuse a list of steps that says nothing, or whose steps say how they are reversed themselves."""
    if reverse == []:
        raise complaint("E205", "a reverse without steps", hint="say why nothing is needed: {noop: reason}")
    for index, step in enumerate(reverse if isinstance(reverse, list) else ()):
        for key in ("reverse", "keep_old", "batch", "emit", "elidable", "hints", "atomic"):
            if key in step.model_fields_set:
                raise complaint("E208", f"a step of a reverse takes no '{key}' itself", at=(index, key), key=True)
    return reverse


Reverse = Annotated[
    Literal["auto"] | Noop | Irreversible | list[AnyDataStep],
    AfterValidator(reverses_once),
    Field(description="auto, a list of data steps, {noop: reason} or {irreversible: reason}."),
]


class DataStep(Step):
    """A step that changes rows."""

    reverse: Reverse = "auto"
    keep_old: Annotated[bool, Field(description="Save what would be lost, so that rolling back is exact.")] = False
    batch: Annotated[Batch | Literal["off"] | None, Field(description="{size: rows} or off.")] = None
    emit: Annotated[Literal["python", "sql"] | None, Field(description="RunPython, or RunSQL.")] = None
    elidable: Annotated[
        bool | None,
        Field(
            description="Whether squashing may drop the step; by default where an empty database needs nothing of it."
        ),
    ] = None
    hints: Annotated[dict[str, Any] | None, Field(description="Hints for the database router.")] = None
    atomic: Annotated[bool | None, Field(description="Whether the step is one transaction.")] = None
