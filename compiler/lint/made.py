"""What the steps of a spec have made so far: nobody else uses it yet, so most rules have nothing against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.migrations.operations import AddField, CreateModel, RenameField, RenameModel
from django.db.migrations.state import ModelState

from migspec.schemas.changes import Change, SchemaChange
from migspec.schemas.changing import in_database
from migspec.schemas.data.rows import Insert, Update

Model = tuple[str, str]  # app label and model in lower case, as in ProjectState.models


@dataclass(frozen=True, slots=True)
class Made:
    """Tables and columns by their names at one place of a spec."""

    models: frozenset[Model] = frozenset()
    fields: frozenset[tuple[Model, str]] = frozenset()
    filled: frozenset[tuple[Model, str]] = field(default_factory=frozenset)  # columns (attnames) that steps have set

    def is_old(self, model: ModelState, name: str = "") -> bool:
        """Whether the table was there before the spec, and with `name` that column of it."""
        key = (model.app_label, model.name_lower)
        return in_database(model) and key not in self.models and (key, name) not in self.fields

    def is_filled(self, model: ModelState, attname: str) -> bool:
        return ((model.app_label, model.name_lower), attname) in self.filled

    def after(self, changes: Iterable[Change]) -> Made:
        """Take in the changes of a step."""
        models, fields, filled = set(self.models), set(self.fields), set(self.filled)
        for change in changes:
            match change:
                case Update() | Insert():
                    rows = change.rows if isinstance(change, Insert) and change.rows else (change.assign,)
                    filled |= {(change.model.lower, name) for row in rows for name, _ in row}
                case SchemaChange(operation=CreateModel() as operation) if change.side != "state":
                    models.add((change.app_label, operation.name_lower))
                case SchemaChange(operation=AddField() as operation) if change.side != "state":
                    fields.add(((change.app_label, operation.model_name_lower), operation.name))
                case SchemaChange(operation=RenameModel() as operation) if change.side != "database":
                    old = (change.app_label, operation.old_name_lower)
                    new = (change.app_label, operation.new_name_lower)
                    models = {new if model == old else model for model in models}
                    fields = {(new if model == old else model, name) for model, name in fields}
                    filled = {(new if model == old else model, name) for model, name in filled}
                case SchemaChange(operation=RenameField() as operation) if change.side != "database":
                    model = (change.app_label, operation.model_name_lower)
                    before, after = (model, operation.old_name), (model, operation.new_name)
                    fields = {after if one == before else one for one in fields}
        return Made(frozenset(models), frozenset(fields), frozenset(filled))
