"""A model that is about to be: what create_model and drop_table have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from django.apps import apps
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState
from django.utils.module_loading import import_string
from pydantic import Field

from migspec.dsl.diagnostics import nearest
from migspec.dsl.names import ModelName, NameProblem, parse_model
from migspec.schemas.changes import Touch
from migspec.schemas.changing import check_element, foreign_key, in_database, unique_columns_exist
from migspec.schemas.data.paths import AnyField, parents
from migspec.schemas.effects import field_reads, has_field, model_and_tables, table_name
from migspec.schemas.errors.collect import Collected
from migspec.schemas.fields.field import FieldValue
from migspec.schemas.fields.new import check_column, check_field, check_name
from migspec.schemas.models.managers import ManagersValue
from migspec.schemas.models.options import OptionsValue
from migspec.schemas.references import constraints, indexes
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep

MODEL_CLASS = ("models.Model", "django.db.models.Model")


class NewModel(SchemaStep):
    """The keys of a model."""

    fields: Annotated[dict[str, FieldValue], Field(description="The fields by name, in their order.")]
    options: Annotated[OptionsValue | None, Field(description="The model's Meta.")] = None
    bases: Annotated[
        list[str] | None,
        Field(description="What it inherits from: models (`app.Model`) and dotted classes.", min_length=1),
    ] = None
    managers: Annotated[ManagersValue | None, Field(description="Managers by name.")] = None

    def model(self, scope: Scope) -> tuple[ModelState, Scope]:
        """Give the model as a state, and the scope with it in place; SpecError with all that is wrong with it."""
        app_label, name = new_name(self, scope)
        model = ModelState(app_label, name, [], {}, (models.Model,))
        collected = Collected()
        with collected.catching():
            model.bases = self.built_bases(scope, model)
        given: dict[str, AnyField] = {}
        for field, value in self.fields.items():
            with collected.catching():
                built = value.build(scope, "fields", field, model=model)
                check_name(scope, field, built, "fields", field, key=True)
                given[field] = built
        with collected.catching():
            model.managers = self.managers.build(scope, "managers") if self.managers is not None else []
        collected.throw()  # what follows needs all of these

        proxy = self.options is not None and bool(self.options.proxy)
        model.fields = {**({} if proxy else automatic_key(scope, model, given)), **given}
        inside = with_model(scope, model)
        with collected.catching():
            options = self.options.build(inside, "options", model=model) if self.options is not None else {}
            model.options = {"indexes": [], "constraints": [], **options}
        earlier = model.clone()
        earlier.fields = {}
        for field, built in given.items():
            with collected.catching():
                check_field(self, inside, model, built, "fields", field)
                check_column(inside, earlier, field, built, "fields", field, key=True)
            earlier.fields[field] = built
        with collected.catching():
            check_key(inside, model)
        with collected.catching():
            check_parts(self, inside, model)
        collected.throw()
        return model, inside

    def built_bases(self, scope: Scope, model: ModelState) -> tuple[Any, ...]:
        bases: list[Any] = []
        for number, base in enumerate(self.bases or []):
            found = base_class(scope, base, "bases", number)
            if found in bases:
                raise scope.error("E314", f"'{base}' stands twice in the bases", "bases", number, hint="remove one")
            bases.append(found)
        if not any(isinstance(base, str) or base is models.Model for base in bases):
            bases.append(models.Model)
        return tuple(bases)


def operation(model: ModelState) -> migrations.CreateModel:
    """Give the operation that makes the model."""
    # Django's state has empty lists of these, its migrations do not.
    options = {name: value for name, value in model.options.items() if value or name not in ("indexes", "constraints")}
    return migrations.CreateModel(
        model.name,
        fields=list(model.fields.items()),
        options=options,
        bases=tuple(model.bases),
        managers=list(model.managers),
    )


def touched(scope: Scope, model: ModelState) -> dict[str, Any]:
    """Give what a model's coming and going reads and writes."""
    reads = {touch for field in model.fields.values() for touch in field_reads(scope, model, field)}
    for base in model.bases:
        if isinstance(base, str):
            app_label, _, name = base.rpartition(".")
            reads.add(Touch("exists", app_label, name))
    own = (model.app_label, model.name_lower)
    return {
        "reads": frozenset(touch for touch in reads if (touch.app_label, touch.model) != own),
        "writes": model_and_tables(scope, model),
    }


# --- its name and its place ---


def new_name(step: SchemaStep, scope: Scope) -> tuple[str, str]:
    """Give app label and class name of the new model; E301, E305."""
    app_label, name = scope.resolve(step.about, step.verb)
    if app_label != scope.app_label and app_label not in apps.app_configs:
        hint = nearest(app_label, apps.app_configs)
        raise scope.error("E301", f"there is no app '{app_label}'", step.verb, hint=hint)
    taken = scope.state.models.get((app_label, name.lower()))
    if taken is not None:
        raise scope.error("E305", f"there is a model {app_label}.{taken.name} already", step.verb)
    return app_label, name


def with_model(scope: Scope, model: ModelState) -> Scope:
    """Give the scope as if the model were in its state."""
    known = {**scope.state.models, (model.app_label, model.name_lower): model}
    return replace(scope, state=ProjectState(known, scope.state.real_apps))


# --- its bases ---


def base_class(scope: Scope, base: str, *at: str | int) -> Any:
    """Give a base as Django's state holds it: a model as its label in lower case, any other class as itself."""
    if base in MODEL_CLASS:
        return models.Model
    label = model_label(scope, base)
    if label:
        return label
    try:
        cls = import_string(base)
    except (ImportError, ValueError) as error:
        known = [f"{model.app_label}.{model.name}" for model in scope.state.models.values()]
        message = f"'{base}' is neither a model at this place nor a class that can be imported"
        raise scope.error("E309", message, *at, hint=nearest(base, known) or str(error)) from None
    if not isinstance(cls, type):
        raise scope.error("E309", f"'{base}' is not a class", *at)
    if issubclass(cls, models.Model):
        meta = cls._meta
        if meta.abstract:
            message = f"'{base}' is an abstract model, and migrations do not know these"
            hint = "leave it out, and write its fields below 'fields'"
            raise scope.error("E314", message, *at, hint=hint)
        return meta.label_lower
    return cls


def model_label(scope: Scope, base: str) -> str:
    try:
        name: ModelName = parse_model(base)
    except NameProblem:
        return ""
    app_label, model_name = scope.resolve(name, "bases")
    found = scope.state.models.get((app_label, model_name.lower()))
    return f"{app_label}.{found.name_lower}" if found is not None and found.name == model_name else ""


# --- its key ---


def automatic_key(scope: Scope, model: ModelState, given: Mapping[str, AnyField]) -> dict[str, AnyField]:
    """Give the fields that Django adds by itself, as makemigrations writes them: links to parents, and an id."""
    found: dict[str, AnyField] = {}
    has_key = any(field.primary_key for field in given.values())
    for parent in parents(scope.state, model):
        concrete = parent
        while concrete.options.get("proxy"):
            concrete = next(parents(scope.state, concrete))
        label = f"{concrete.app_label}.{concrete.name_lower}"
        if not any(links_to(field, label) for field in given.values()):
            key: dict[str, Any] = {} if has_key else {"primary_key": True, "serialize": False}
            found[f"{concrete.name_lower}_ptr"] = models.OneToOneField(
                auto_created=True, on_delete=models.CASCADE, parent_link=True, to=label, **key
            )
            has_key = True
    if not has_key and "id" not in given:
        found["id"] = key_class(model.app_label)(
            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
        )
    return found


def links_to(field: AnyField, label: str) -> bool:
    """Whether the field is the link to a parent."""
    remote: Any = field.remote_field
    return remote is not None and bool(getattr(remote, "parent_link", False)) and str(remote.model).lower() == label


def key_class(app_label: str) -> Any:
    """Give the class of an app's automatic keys."""
    config = apps.app_configs.get(app_label)
    return import_string(config.default_auto_field if config is not None else settings.DEFAULT_AUTO_FIELD)


def check_key(scope: Scope, model: ModelState) -> None:
    """E314 for two primary keys or none; E303, E314 for a composite one over columns that cannot be part of a key."""
    keys = [name for name, field in model.fields.items() if field.primary_key]
    if len(keys) > 1:
        hint = "for a key of several columns write pk: {type: CompositePrimaryKey, field_names: [...]}"
        raise scope.error(
            "E314", f"{' and '.join(keys)} are both the primary key", "fields", keys[1], hint=hint, key=True
        )
    if model.options.get("proxy"):
        if model.fields:
            name = next(iter(model.fields))
            raise scope.error("E314", "a proxy model has no fields of its own", "fields", name, key=True)
        return
    if not keys:
        message = "the model has a field 'id' that is not its primary key"
        raise scope.error("E314", message, "fields", "id", hint="add 'primary_key: true'", key=True)
    composite = model.fields[keys[0]]
    for part in getattr(composite, "field_names", ()) if isinstance(composite, models.CompositePrimaryKey) else ():
        field = model.fields.get(part)
        if field is None:
            message = f"the composite primary key names '{part}', which is no field of the model"
            raise scope.error("E303", message, "fields", keys[0], hint=nearest(part, model.fields))
        if field.null or field.many_to_many or getattr(field, "generated", False):
            what = "may be NULL" if field.null else "has no column" if field.many_to_many else "is generated"
            raise scope.error("E314", f"the composite primary key names '{part}', which {what}", "fields", keys[0])


# --- what names its fields ---


def with_options(model: ModelState, **options: Any) -> ModelState:
    """Give the model with other options, to compare each index and constraint with those before it."""
    other = model.clone()
    other.options = {**model.options, **options}
    return other


def check_parts(step: SchemaStep, scope: Scope, model: ModelState) -> None:
    """Check that what the options name is there, and that names and the table are free."""
    for name in model.fields:
        for parent in parents(scope.state, model):
            if not model.options.get("proxy") and has_field(scope, parent, name):
                message = f"{parent.app_label}.{parent.name}, which it inherits from, has a field '{name}' already"
                raise scope.error("E305", message, "fields", name, key=True)
    for number, index in enumerate(indexes(model)):
        earlier = with_options(model, indexes=indexes(model)[:number])
        check_element(step, with_model(scope, earlier), earlier, index, "options", "indexes", number)
    for number, constraint in enumerate(constraints(model)):
        earlier = with_options(model, constraints=constraints(model)[:number])
        check_element(step, with_model(scope, earlier), earlier, constraint, "options", "constraints", number)
    for names in model.options.get("unique_together") or ():
        unique_columns_exist(scope, model, list(names), "options", "unique_together")
    related = model.options.get("order_with_respect_to")
    if related:
        foreign_key(scope, model, related, "options", "order_with_respect_to")
    if step.side == "state":
        return  # the table may be there: the model comes from another app, or takes over a table
    for other in scope.state.models.values():
        if other is not model and in_database(other) and in_database(model) and table_name(other) == table_name(model):
            message = f"'{table_name(model)}' is the table of {other.app_label}.{other.name} already"
            raise scope.error("E305", message, step.verb, hint="give the model another db_table below 'options'")
