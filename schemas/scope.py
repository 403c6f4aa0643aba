"""What a step sees: the project's state at the step's place, and a way to say what is wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from migspec.dsl.diagnostics import Diagnostic, Path, Place, SpecError, nearest
from migspec.dsl.names import ElementName, ModelName, meant_model
from migspec.schemas.changes import Touch
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.paths import CODE_INSTEAD, ORDER_IS_DJANGOS, held_fields, is_order
from migspec.schemas.data.paths import columns as held_columns
from migspec.schemas.data.rows import ModelKey
from migspec.schemas.errors.complaint import Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The place of one step. `path` is the step's own path in the document ("steps", 3)."""

    app_label: str
    state: ProjectState  # before the step, for data steps with the join tables; never changed by it
    vendors: frozenset[str]  # the databases that the project declares
    path: Path
    locate: Callable[..., Place]  # SourceFile.place
    fresh: frozenset[tuple[str, str]] = frozenset()  # models that this spec created, as keys of state.models
    filled: frozenset[tuple[str, str]] = frozenset()  # models whose rows an earlier step of this spec may have changed
    coming: frozenset[tuple[str, str]] = frozenset()  # models that later steps of this spec create
    warnings: list[Diagnostic] = field(default_factory=list)

    # --- what is wrong ---

    def error(self, code: str, message: str, *at: str | int, hint: Hint = "", key: bool = False) -> SpecError:
        """Give (not raise) the error about the value at `at`, a path inside the step."""
        place = self.locate(self.path + at, key=key)
        shown = hint if isinstance(hint, str) else hint("toml" if place.file.endswith(".toml") else "yaml")
        return SpecError(Diagnostic(code, message, place, shown))

    def inside(self, *at: str | int) -> Scope:
        """Give the scope of a step that stands inside this one."""
        return replace(self, path=self.path + at)

    # --- models ---

    def model(self, name: ModelName, *at: str | int) -> ModelState:
        """Give the state of the model that `name` means here; E301, E302 or E316."""
        app_label, model_name = self.resolve(name, *at)
        found: ModelState | None = self.state.models.get((app_label, model_name.lower()))
        if found is not None and found.name == model_name:
            return found
        here = [state.name for (app, _), state in self.state.models.items() if app == app_label]
        if not here and app_label not in {app for app, _ in self.state.models} | {self.app_label}:
            apps = {app for app, _ in self.state.models}
            raise self.error("E301", f"there is no app '{app_label}' with models", *at, hint=nearest(app_label, apps))
        if (app_label, model_name.lower()) in with_join_tables(self.state).models:
            message = f"'{name}' is a table that Django makes and changes with the many-to-many field"
            raise self.error("E314", message, *at, hint="alter the field itself; row steps may change the rows")
        self.check_through(app_label, model_name, *at)
        if (app_label, model_name) in self.coming:
            message = f"'{model_name}' is created by a later step, and is not there at this place"
            hint = (
                "move that step up; of two models that point at each other create one without the relation,\n"
                "and add it after the other: add_field"
            )
            raise self.error("E302", message, *at, hint=hint)
        elsewhere = [f"{app}.{state.name}" for (app, _), state in self.state.models.items() if state.name == model_name]
        hint = nearest(model_name, here) or (f"did you mean '{elsewhere[0]}'?" if elsewhere else meant_model(name))
        raise self.error("E302", f"the app '{app_label}' has no model '{model_name}' at this place", *at, hint=hint)

    def check_through(self, app_label: str, model_name: str, *at: str | int) -> None:
        """E302 where a many-to-many field is named whose join table is a model of the project's own."""
        for (app, _), state in self.state.models.items():
            for name, one in state.fields.items():
                if app == app_label and f"{state.name}_{name}" == model_name and one.many_to_many:
                    message = f"the rows of {state.name}.{name} are in a model of their own"
                    raise self.error("E302", message, *at, hint=f"write '{one.remote_field.through}'")

    def resolve(self, name: ModelName, *at: str | int) -> tuple[str, str]:
        """Give app label and class name; the app is the spec's where the name gives none. Does not look it up."""
        if name.setting:
            value = getattr(settings, name.setting, None)
            if not isinstance(value, str) or value.count(".") != 1:
                message = f"settings.{name.setting} does not name a model"
                raise self.error("E316", message, *at, hint="set it to 'app.Model', or name the model itself")
            app_label, model_name = value.split(".")
            return app_label, model_name
        return name.app_label or self.app_label, name.model

    def key(self, model: ModelState) -> ModelKey:
        return ModelKey(model.app_label, model.name)

    def is_fresh(self, model: ModelState) -> bool:
        """Whether this spec created the model and no step has filled it: nothing there can break."""
        key = (model.app_label, model.name_lower)
        return key in self.fresh and key not in self.filled

    # --- fields ---

    def fields(self, model: ModelState) -> dict[str, models.Field[Any, Any]]:
        """Give the model's fields by name with `name`, `attname` and `column` set, those of its parents too."""
        return {name: held.field for name, held in held_fields(self.state, model).items()}

    def primary_key(self, model: ModelState) -> models.Field[Any, Any]:
        keys = [held for held in held_fields(self.state, model).values() if getattr(held.field, "primary_key", False)]
        return next((held for held in keys if held.model is model), keys[0]).field

    def element(self, name: ElementName, *at: str | int) -> tuple[ModelState, str]:
        """Split Model.name into the model, which must be there, and the name, which is not looked up."""
        return self.model(name.model, *at), name.name

    def field(self, model: ModelState, name: str, *at: str | int) -> models.Field[Any, Any]:
        """Give the field that a schema step names; E303, or E306 where the column's name was written."""
        fields = self.fields(model)
        if name in fields:
            return fields[name]
        for known, found in fields.items():
            if getattr(found, "attname", None) == name:
                message = f"'{name}' is the column of the field '{known}'; schema steps name the field"
                raise self.error("E306", message, *at, hint=f"write '{known}'")
        message = f"{model.app_label}.{model.name} has no field '{name}' at this place"
        raise self.error("E303", message, *at, hint=nearest(name, fields))

    def column(self, model: ModelState, name: str, *at: str | int, key: bool = False) -> models.Field[Any, Any]:
        """Give the field of the column (attname) that a row step names; E303, or E306 for a relation's field name.

        `key` says that the name is the key at the end of `at`.
        """
        fields = self.fields(model)
        columns = {attname: held.field for attname, held in held_columns(self.state, model).items()}
        if name == "pk":
            return self.primary_key(model)
        if name in columns:
            return columns[name]
        if name in fields and fields[name].attname != name:
            attname = fields[name].attname
            message = f"'{name}' is a relation; rows hold its column '{attname}'"
            raise self.error("E306", message, *at, hint=f"write '{attname}'", key=key)
        if is_order(model, name):
            raise self.error("E502", ORDER_IS_DJANGOS, *at, hint=CODE_INSTEAD, key=key)
        message = f"{model.app_label}.{model.name} has no column '{name}' at this place"
        raise self.error("E303", message, *at, hint=nearest(name, columns), key=key)

    def column_path(
        self, model: ModelState, path: str, *at: str | int
    ) -> tuple[str, models.Field[Any, Any], list[Touch]]:
        """Follow a dotted path over foreign keys ("address.city_id") to a column.

        Gives the ORM path ("address__city_id"), the last field and what reading it touches.
        """
        *relations, last = path.split(".")
        touches: list[Touch] = []
        for relation in relations:
            relation_field = self.field(model, relation, *at)
            touches += self.reads_column(model, relation_field)
            if not relation_field.is_relation or relation_field.many_to_many:
                message = f"'{relation}' of {model.app_label}.{model.name} is not a foreign key"
                raise self.error("E303", message, *at, hint="a path walks foreign keys: 'address.city.name'")
            model = self.related(model, relation_field, *at)
        last_field = self.column(model, last, *at)
        touches += self.reads_column(model, last_field)
        return "__".join([*relations, last]), last_field, touches

    def related(self, model: ModelState, relation: models.Field[Any, Any], *at: str | int) -> ModelState:
        """Give the model that a relation points to."""
        to: Any = relation.remote_field and relation.remote_field.model
        if to == "self":
            return model
        label = to if isinstance(to, str) else to._meta.label
        app_label, _, name = label.rpartition(".")
        found: ModelState | None = self.state.models.get((app_label or model.app_label, name.lower()))
        if found is None:
            raise self.error("E302", f"the relation '{relation.name}' points to {label}, which is not there", *at)
        return found

    # --- what a step touches ---

    def touch(self, what: Any, model: ModelState, name: str = "") -> Touch:
        return Touch(what, model.app_label, model.name_lower, name)

    def reads_column(self, model: ModelState, of: models.Field[Any, Any]) -> list[Touch]:
        """What reading a column of a model's rows depends on."""
        return [
            self.touch("definition", model, of.name),
            self.touch("values", model, of.name),
            self.touch("rows", model),
        ]

    def relations(self, built: models.Field[Any, Any]) -> Iterator[Touch]:
        """The models that a field points to, each as something that must exist."""
        remote = getattr(built, "remote_field", None)
        for to in (getattr(remote, "model", None), getattr(remote, "through", None)):
            if isinstance(to, str) and to != "self":
                app_label, _, name = to.rpartition(".")
                yield Touch("exists", (app_label or self.app_label), name.lower())
