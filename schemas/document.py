"""A spec as a whole: what stands at the top of the file, its steps and its tests."""

from __future__ import annotations

import re
from keyword import iskeyword
from pathlib import PurePath
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo

from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.dsl.source import SourceFile
from migspec.schemas.attributes import Attributes
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.step import AnyStep, Part
from migspec.schemas.steps import describe_all
from migspec.schemas.tests_entry import SpecTest
from migspec.schemas.written import document_hash, spec_name

MIGRATION_NAME = re.compile(r"(?:[A-Za-z_]\w*\.)?[\w-]+", re.ASCII)


# --- what pydantic cannot say ---


def is_known_version(number: int) -> int:
    if number != 1:
        hint = "update migspec, or write 1" if number > 1 else "write 1"
        raise complaint("E210", f"version {number} of the format is not known to this migspec", hint=hint)
    return number


def is_app_label(text: str) -> str:
    if not (text.isidentifier() and text.isascii()) or iskeyword(text):
        last = text.rpartition(".")[2]
        hint = f"write the app's label: '{last}'" if "." in text and last.isidentifier() else ""
        raise complaint("E206", f"'{text}' cannot be an app's label", hint=hint)
    return text


def is_migration_name(text: str) -> str:
    if not MIGRATION_NAME.fullmatch(text):
        stem = PurePath(text).stem if text.endswith(".py") or "/" in text else ""
        hint = f"write '{stem}'" if stem else "write '0002_name', 'app.0002_name' or the name of a spec"
        raise complaint("E206", f"'{text}' is not the name of a migration or a spec", hint=hint)
    return text


def is_migration_of_an_app(text: str) -> str:
    is_migration_name(text)
    if "." not in text:
        raise complaint("E206", f"'{text}' does not say of which app it is", hint=f"write 'app.{text}'")
    return text


def have_names_of_their_own(tests: list[SpecTest]) -> list[SpecTest]:
    names = [test.name for test in tests]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise complaint("E305", f"two tests are named '{name}'", at=(index, "name"))
    return tests


# --- the document ---


def text_like(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$"}


Version = Annotated[int, AfterValidator(is_known_version), WithJsonSchema({"const": 1})]
AppLabel = Annotated[str, AfterValidator(is_app_label), WithJsonSchema(text_like(r"[A-Za-z_]\w*"))]
MigrationText = Annotated[str, AfterValidator(is_migration_name), WithJsonSchema(text_like(MIGRATION_NAME.pattern))]
ForeignMigrationText = Annotated[
    str, AfterValidator(is_migration_of_an_app), WithJsonSchema(text_like(r"[A-Za-z_]\w*\.[\w-]+"))
]


class Spec(Part):
    """A change of a Django project: its place, its steps, and rows that show that it works."""

    migspec: Annotated[Version, Field(description="The version of the format.", examples=[1])]
    app: Annotated[AppLabel, Field(description="The label of the app that the spec belongs to.", examples=["shop"])]
    after: Annotated[
        MigrationText | Annotated[list[MigrationText], Field(min_length=1)] | None,
        Field(
            description="What comes before: a migration, `app.migration` or another spec; a list for several."
            " Without it the spec begins its app.",
            examples=["0002_homeaddress"],
        ),
    ] = None
    description: Annotated[str | None, Field(description="What the change is for, for those who read the spec.")] = None
    steps: Annotated[list[AnyStep], Field(description="What changes, in order; `[]` for a merge.")]
    tests: Annotated[
        list[SpecTest],
        AfterValidator(have_names_of_their_own),
        Field(default_factory=list, description="Rows that show that the change works, forwards and back."),
    ]
    run_before: Annotated[
        list[ForeignMigrationText],
        Field(
            default_factory=list,
            description="Migrations of other apps that must run later: Migration.run_before.",
            examples=[["app.0001_initial"]],
        ),
    ]
    attributes: Annotated[Attributes, Field(default_factory=dict)]

    _data: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def keep_data(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        spec = handler(data)
        spec._data = data
        return spec


def parse(source: SourceFile) -> Spec:
    """Give the spec that a file holds; SpecError with everything that is wrong with its shape."""
    found: list[Diagnostic] = []
    try:
        spec_name(source.path)
    except SpecError as error:
        found += error.diagnostics
    try:
        spec = Spec.model_validate(source.data)
    except ValidationError:
        found += what_is_wrong(source)
    if found:
        raise SpecError(*in_order(found))
    return spec


def what_is_wrong(source: SourceFile) -> list[Diagnostic]:
    """Say what keeps a document from being a spec; it takes every step kind to tell which one was meant."""
    from migspec.schemas.errors.problems import problems

    describe_all(Spec)
    try:
        Spec.model_validate(source.data)
    except ValidationError as error:
        return problems(error, Spec, source)
    raise AssertionError("a document is wrong and right at once")


# --- the hash ---


def spec_hash(spec: Spec) -> str:
    """Give the hash of a spec: that of its document (see written.py), where defaults count as not written."""
    return document_hash(without_defaults(spec, spec._data))


def without_defaults(parsed: Any, data: Any) -> Any:
    """Take the defaults out of `data`; `parsed` is what was read from it."""
    match parsed, data:
        case Part(), dict():
            names = {field.alias or name: (name, field) for name, field in type(parsed).model_fields.items()}
            return {
                key: without_defaults(getattr(parsed, names[key][0]), value)
                for key, value in data.items()
                if getattr(parsed, names[key][0]) != default_of(names[key][1])
            }
        case list(), list():
            return [without_defaults(*pair) for pair in zip(parsed, data, strict=True)]
        case dict(), dict() if len(parsed) == len(data):
            pairs = zip(parsed.values(), data.items(), strict=True)
            return {key: without_defaults(value, written) for value, (key, written) in pairs}
    return data


def default_of(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True, validated_data={})
