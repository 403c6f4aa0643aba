"""Indexes and constraints as a spec writes them: a mapping with Django's arguments, or a string as in models.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models
from django.db.migrations.state import ModelState
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from migspec.schemas.errors.collect import Collected
from migspec.schemas.fields.field import plain_schema
from migspec.schemas.objects.checks import check_fields, check_index_name, check_paths, derived_name
from migspec.schemas.objects.classes import (
    CONSTRAINTS,
    INDEXES,
    known_object,
    object_json_schema,
    object_signature,
    slot,
)
from migspec.schemas.objects.reading import Kind, read_object
from migspec.schemas.python.arguments import Argument, Complaints, Written, resolve
from migspec.schemas.python.calling import called, imported, without_driver
from migspec.schemas.python.slots import misfit
from migspec.schemas.scope import Scope

INDEX = Kind("an index", INDEXES, models.Index, "models.Index(fields=['name'], name='name_idx')", default="Index")
CONSTRAINT = Kind(
    "a constraint", CONSTRAINTS, models.BaseConstraint, "models.UniqueConstraint(fields=['name'], name='one_name')"
)


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """An index or a constraint: a class with arguments by Django's names, or the expression that gives it."""

    class_name: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    expression: Written | None = None

    kind: ClassVar[Kind]
    examples: ClassVar[list[Any]]

    def made(self, scope: Scope, *at: str | int) -> Any:
        """Give Django's object; E209, E309, E311 or E314 with its place."""
        if self.expression is not None:
            value = resolve(self.expression, scope, *at)
            if not isinstance(value, self.kind.base):
                raise scope.error("E314", f"this is not {self.kind.what}", *at, hint=f"write '{self.kind.example}'")
            return self.with_a_text_for_a_name(value, scope, *at)
        cls = self.cls(scope, *at)
        collected = Collected()
        given: dict[str, Any] = {}
        for name, argument in self.arguments.items():
            with collected.catching():
                value = resolve(argument, scope, *at, name)
                if takes := misfit(slot(self.class_name, name), argument, value):
                    message = f"'{name}' takes {takes}, and the expression gives {type(value).__name__}"
                    raise scope.error("E204", message, *at, name)
                given[name] = self.value_of(name, value)
        collected.throw()
        signature = object_signature(cls)
        expressions = given.pop("expressions") if signature.rest and "expressions" in given else []
        built = called(cls, expressions, given, scope, lambda name: (*at, name), *at, known=signature.names)
        return self.with_a_text_for_a_name(built, scope, *at, "name")

    def with_a_text_for_a_name(self, built: Any, scope: Scope, *at: str | int) -> Any:
        if isinstance(built.name, str):
            return built
        raise scope.error("E314", f"the name of {self.kind.what} is text", *at)

    def cls(self, scope: Scope, *at: str | int) -> type[Any]:
        known = self.kind.known
        if self.class_name not in known:
            return imported(self.class_name, self.kind.base, self.kind.what, scope, *at, "type")
        found = known_object(self.class_name)
        if found is None:
            raise without_driver(f"{known[self.class_name]}.{self.class_name}", scope, *at, "type")
        return found

    def value_of(self, name: str, value: Any) -> Any:
        """Give a value as Django keeps it."""
        if name == "deferrable" and isinstance(value, str):
            return models.Deferrable[value]
        if name == "expressions" and self.class_name == "ExclusionConstraint":
            return [tuple(item) for item in value]
        return value

    def check(self, built: Any, scope: Scope, model: ModelState, *at: str | int) -> None:
        """E303 and E314 for the fields of `model` that the object names, each at its place."""
        collected = Collected()
        check_paths(self.expression or dict(self.arguments), self.kind.what, scope, model, collected, *at)
        if self.expression:  # the paths are most of what check_fields sees
            collected.throw()
        check_fields(built, scope, model, lambda *place: at if self.expression else (*at, *place), collected)
        collected.throw()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return plain_schema(cls, cls.read)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return object_json_schema(cls.kind.known, cls.examples)

    @classmethod
    def read(cls, value: Any) -> Any:
        """Read the value; ValidationError with everything that is wrong with it."""
        complaints = Complaints()
        parts = read_object(value, cls.kind, complaints)
        complaints.done(cls.kind.what)
        assert parts is not None
        return cls(*parts)


@dataclass(frozen=True, slots=True)
class IndexValue(ObjectValue):
    """An index. With fields alone it needs no name: Django's is derived."""

    kind: ClassVar[Kind] = INDEX
    examples: ClassVar[list[Any]] = [
        {"fields": ["city", "-name"], "name": "home_city_name_idx"},
        "models.Index(fields=['city'], name='home_city_idx')",
    ]

    def build(self, scope: Scope, *at: str | int, model: ModelState | None = None) -> models.Index:
        """Give the index; E201, E209, E303, E309, E311 or E314 with its place.

        `model` is the one that the index is on. Without it the fields are not checked, and no name is derived.
        """
        built: models.Index = self.made(scope, *at)
        if model is not None:
            self.check(built, scope, model, *at)
        if not built.name:
            if model is None:
                raise scope.error("E201", "an index needs the key 'name'", *at)
            built.name = derived_name(built, scope, model)
        check_index_name(built, scope, *(at if self.expression else (*at, "name")))
        return built


@dataclass(frozen=True, slots=True)
class ConstraintValue(ObjectValue):
    """A unique, check or exclusion constraint."""

    kind: ClassVar[Kind] = CONSTRAINT
    examples: ClassVar[list[Any]] = [
        {"type": "UniqueConstraint", "fields": ["city", "name"], "name": "one_name_per_city"},
        {"type": "CheckConstraint", "condition": "Q(amount__gte=0)", "name": "amount_not_negative"},
    ]

    def build(self, scope: Scope, *at: str | int, model: ModelState | None = None) -> models.BaseConstraint:
        """Give the constraint; E209, E303, E309, E311 or E314 with its place.

        `model` is the one that the constraint is on. Without it the fields are not checked.
        """
        built: models.BaseConstraint = self.made(scope, *at)
        if model is not None:
            self.check(built, scope, model, *at)
        return built
