"""A spec as a whole: what stands at the top of the file, its steps and its tests."""

from __future__ import annotations

import json
import re
from hashlib import sha256
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

from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, in_order
from migspec.dsl.source import SourceFile, WrittenFloat
from migspec.schemas.attributes import Attributes
from migspec.schemas.complaint import complaint
from migspec.schemas.step import AnyStep, Part, Step
from migspec.schemas.steps import describe_all
from migspec.schemas.tests_entry import SpecTest

SPEC_NAME = re.compile(r"[a-z_][a-z0-9_]*")
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
    from migspec.schemas.problems import problems

    describe_all(Spec)
    try:
        Spec.model_validate(source.data)
    except ValidationError as error:
        return problems(error, Spec, source)
    raise AssertionError("a document is wrong and right at once")


def spec_name(path: str | PurePath) -> str:
    """Give the name of the spec in a file, which is the file's stem; SpecError (E211) if it cannot be one."""
    stem = PurePath(path).stem
    if SPEC_NAME.fullmatch(stem):
        return stem
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", stem)
    proposed = re.sub(r"\W+", "_", words, flags=re.ASCII).lower().lstrip("0123456789_")
    message = f"a spec's name is a lower-case identifier; '{stem}' is not"
    hint = f"rename the file to {proposed or 'add_address'}{PurePath(path).suffix}"
    raise SpecError(Diagnostic("E211", message, Place(str(path)), hint))


# --- the hash ---


def spec_hash(spec: Spec) -> str:
    """Give 12 hexadecimal digits that change with everything in the spec that may be emitted.

    Defaults count as not written, and so does the order of a spec's or a step's own keys; the order of mappings and
    lists counts. What is never emitted is left out: `tests`, the `allow` of steps, the document's `description`.
    """
    return sha256(canonical(significant(spec, spec._data)).encode()).hexdigest()[:12]


def significant(parsed: Any, data: Any) -> Any:
    """Take out of `data` what does not count; `parsed` is what was read from it."""
    match parsed, data:
        case Part(), dict():
            keys = {field.alias or name: (name, field) for name, field in type(parsed).model_fields.items()}
            return {
                key: significant(getattr(parsed, name), data[key])
                for key, (name, field) in keys.items()
                if key in data
                and key not in never_emitted(parsed)
                and getattr(parsed, name) != field.get_default(call_default_factory=True, validated_data={})
            }
        case list(), list():
            return [significant(*pair) for pair in zip(parsed, data, strict=True)]
        case dict(), dict() if len(parsed) == len(data):
            pairs = zip(parsed.values(), data.items(), strict=True)
            return {key: significant(value, written) for value, (key, written) in pairs}
    return data


def never_emitted(part: Part) -> set[str]:
    return {"tests", "description"} if isinstance(part, Spec) else {"allow"} if isinstance(part, Step) else set()


def canonical(data: Any) -> str:
    """Write data as JSON that is the same for the same data, numbers by the digits that the author wrote."""
    match data:
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{canonical(value)}" for key, value in data.items()) + "}"
        case list():
            return "[" + ",".join(map(canonical, data)) + "]"
        case WrittenFloat():
            return data.written
    return json.dumps(data)
