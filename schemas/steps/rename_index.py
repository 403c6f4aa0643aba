"""rename_index: another name for an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

from django.db import migrations
from django.db.migrations.state import ModelState
from pydantic import AfterValidator, Field, PlainSerializer, model_validator

from migspec.dsl.diagnostics import Diagnostic
from migspec.dsl.names import ElementName, ModelName, NameProblem, parse_model, parse_object
from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_element, changed_model, index, name_is_free, survives_remake
from migspec.schemas.effects import columns_read, element
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.identifiers import IndexName
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


def read(text: str) -> ElementName | ModelName:
    """Read Model.index, or Model alone where the index has no name; the problem is the first one's if it is neither."""
    try:
        return parse_object(text)
    except NameProblem as problem:
        try:
            return parse_model(text)
        except NameProblem:
            raise complaint("E206", problem.message, hint=problem.hint) from None


class RenameIndex(SchemaStep):
    """Rename an index; with old_fields, give a name to one that an index_together of old made without."""

    example: ClassVar[str] = """
    rename_index: Home.home_city_idx
    to: home_by_city_idx
    """

    rename_index: Annotated[
        str,
        AfterValidator(read),
        PlainSerializer(str, when_used="json"),
        Field(
            description="The index: `Model.name` or `app.Model.name`; with old_fields, the model.",
            examples=["Home.home_city_idx"],
        ),
    ]
    to: Annotated[IndexName, Field(description="The new name.")]
    old_fields: Annotated[
        list[str] | None,
        Field(description="The fields of the index_together entry that has no name yet.", min_length=1),
    ] = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        about: Any = self.rename_index
        if self.old_fields is None and isinstance(about, ModelName):
            raise complaint(
                "E206", f"'{about}' does not say which index", hint=f"write '{about}.name'", at=("rename_index",)
            )
        if self.old_fields is not None and isinstance(about, ElementName):
            hint = f"write 'rename_index: {about.model}', or leave out 'old_fields'"
            raise complaint("E208", "an index has either a name or old_fields", hint=hint, at=("old_fields",), key=True)
        return self

    def changes(self, scope: Scope) -> Iterator[Change]:
        about: Any = self.rename_index
        survives_remake(self, scope)
        if isinstance(about, ElementName):
            model, name = changed_element(self, scope, about)
            fields = index(self, scope, model, name).fields
            operation = migrations.RenameIndex(model.name_lower, new_name=self.to, old_name=name)
        else:
            model, name = changed_model(self, scope, about), ""
            fields = self._unnamed(scope, model)
            operation = migrations.RenameIndex(model.name_lower, new_name=self.to, old_fields=tuple(fields))
        if self.to == name:
            raise scope.error("E314", f"the index has the name '{name}' already", "to")
        name_is_free(scope, model, self.to, "to")
        yield change(
            self,
            scope,
            model,
            operation,
            breaks=True,
            reads=columns_read(scope, model, fields),
            writes=element(scope, model, self.to, *([name] if name else [])),
        )

    def _unnamed(self, scope: Scope, model: ModelState) -> list[str]:
        fields = self.old_fields or []
        entries = [list(entry) for entry in model.options.get("index_together") or ()]
        if fields not in entries:
            message = f"{model.app_label}.{model.name} has no index_together of {', '.join(fields)} at this place"
            hint = f"it has {' and '.join(str(entry) for entry in sorted(entries))}" if entries else ""
            raise scope.error(
                "E304",
                message,
                "old_fields",
                hint=hint or f"name the index: 'rename_index: {shown(scope, model)}.name'",
            )
        message = "rolling back leaves the new name: Django does not rename an index back that had none"
        place = scope.locate((*scope.path, "old_fields"), key=True)
        scope.warnings.append(Diagnostic("E501", message, place, level="warning"))
        return fields
