"""Names of models and of what belongs to them, read from text. The slot decides whether it is one or the other."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from keyword import iskeyword

SETTINGS = "settings"


class NameProblem(ValueError):
    """A text that is no name; `hint` says what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model: its class name and its app's label, None where none was written; or the setting that names it.

    The join table of Article.tags has the class name Article_tags, as in Django.
    """

    app_label: str | None
    model: str
    setting: str | None = None
    written: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        if self.written:
            return self.written
        if self.setting:
            return f"{SETTINGS}.{self.setting}"
        return f"{self.app_label}.{self.model}" if self.app_label else self.model


@dataclass(frozen=True, slots=True)
class ElementName:
    """A field, index or constraint of a model."""

    model: ModelName
    name: str

    def __str__(self) -> str:
        return f"{self.model}.{self.name}"


# --- models ---


def parse_model(text: str) -> ModelName:
    """Read Model, app.Model, settings.NAME, Model.field.through or app.Model.field.through; NameProblem otherwise."""
    parts = _parts(text, "a model", "write 'Model' or 'app.Model'")
    if parts[0] == SETTINGS and len(parts) > 1 and not _is_class(parts[1]):
        return _setting(text, parts)
    if parts[-1] == "through" and len(parts) > 2:
        return _join_table(text, parts)
    _check_identifiers(text, parts, "a model")
    match parts:
        case [model]:
            return ModelName(None, model)
        case [model, name] if _is_capital(model) and not _is_capital(name):
            raise NameProblem(f"{_shown(text)} is a field, and a model is meant here", f"write '{model}'")
        case [app_label, model]:
            return ModelName(app_label, model)
    hint = f"write '{guess}'" if (guess := _model_in(parts)[0]) else "write 'Model' or 'app.Model'"
    raise NameProblem(f"{_shown(text)} has too many dots for a model", hint)


def _setting(text: str, parts: list[str]) -> ModelName:
    """Read settings.NAME; an app may be labelled 'settings', and then its models look like classes."""
    name = parts[1]
    if not name.isupper():
        hint = f"write '{SETTINGS}.{name.upper()}'"
        raise NameProblem(f"{_shown(text)} is no setting: Django's settings are written in capitals", hint)
    if len(parts) > 2:
        if parts[-1] == "through":
            hint = "write the model itself, as in 'auth.User.groups.through'"
            raise NameProblem(f"{_shown(text)} asks for a join table of a model that a setting names", hint)
        raise NameProblem(f"{_shown(text)} goes beyond the model", f"write '{SETTINGS}.{name}'")
    _check_identifiers(text, parts, "a setting")
    return ModelName(None, "", name)


def _join_table(text: str, parts: list[str]) -> ModelName:
    """Read [app.]Model.field.through: the model that Django makes for an automatic many-to-many field."""
    _check_identifiers(text, parts, "a model")
    match parts[:-1]:
        case [model, name]:
            return ModelName(None, f"{model}_{name}", written=text)
        case [app_label, model, name]:
            return ModelName(app_label, f"{model}_{name}", written=text)
    raise NameProblem(f"{_shown(text)} has too many dots for a model", "write 'app.Model.field.through'")


def _model_in(parts: list[str]) -> tuple[str, list[str]]:
    """Find the model in a path that has too many parts, and what follows it; empty text if nothing looks like one.

    Of an import path, such as django.contrib.auth.models.User, the app's label is what counts.
    """
    for index, part in enumerate(parts):
        if _is_capital(part):
            packages = [package for package in parts[:index] if package != "models"]
            return ".".join([*packages[-1:], part]), parts[index + 1 :]
    return "", []


def meant_model(name: ModelName) -> str:
    """Give a hint for a model that is not there and looks misspelt: Django's habit is one dot and a capital."""
    app_label, _, rest = name.model.partition("_")
    if name.setting or _is_capital(name.model):
        return ""
    if name.app_label is None and rest:
        return f"models are written 'app.Model': '{app_label}.{_camel(rest)}'?"
    prefix = f"{name.app_label}." if name.app_label else ""
    return f"models are written as their classes: '{prefix}{_camel(name.model)}'?"


# --- elements ---


def parse_element(text: str) -> ElementName:
    """Read Model.name, app.Model.name or settings.NAME.name where name is an identifier; NameProblem otherwise."""
    element = _element(text)
    if "__" in element.name:
        field_name = element.name.partition("__")[0]
        hint = f"write '{element.model}.{field_name}'" if field_name else ""
        raise NameProblem(f"{_shown(text)} follows a relation or a lookup; here a field itself is named", hint)
    _check_identifiers(text, [element.name], "a field")
    return element


def parse_object(text: str) -> ElementName:
    """Read the name of an index or constraint: as parse_element, but databases take more names than Python does."""
    element = replace(_element(text), name=text.rpartition(".")[2])
    if not element.name.isprintable() or element.name != element.name.strip() or len(element.name) > 255:
        raise NameProblem(f"{_shown(text)} is not the name of an index or a constraint", "write 'Model.name'")
    return element


def _element(text: str) -> ElementName:
    """Read all but the last name, which stays as it is."""
    parts = _parts(text, "a field, index or constraint", "write 'Model.name'")
    _check_identifiers(text, parts[:-1], "a model")
    match parts:
        case [name]:
            example = f"{name}.name" if _is_capital(name) else f"Model.{name}"
            hint = f"write '{example}'" if name.isidentifier() else "write 'Model.name'"
            raise NameProblem(f"{_shown(text)} does not say of which model", hint)
        case ["settings", setting, *names] if not _is_class(setting):
            model = _setting(text, parts[:2])
            if len(names) == 1:
                return ElementName(model, names[0])
            if not names:
                raise _not_a_part(text, f"write '{model}.name'")
            raise NameProblem(f"{_shown(text)} has too many dots", f"write '{model}.{names[0]}'")
        case [*_, before, name] if _is_class(name) and not _is_capital(before):
            raise _not_a_part(text, f"write '{_model_in(parts)[0]}.name'")
        case [*_, model_name, name, "through"] if _is_capital(model_name) and not _is_capital(name):
            raise _not_a_part(text, "the join table of an automatic field has no fields of its own to change")
        case [model_name, name]:
            return ElementName(ModelName(None, model_name), name)
        case [app_label, model_name, name] if not (_is_capital(app_label) and not _is_capital(model_name)):
            return ElementName(ModelName(app_label, model_name), name)
    guess, names = _model_in(parts)
    hint = f"write '{guess}.{names[0]}'" if names else "write 'Model.name' or 'app.Model.name'"
    raise NameProblem(f"{_shown(text)} has too many dots; here a part of a model is named, not a path", hint)


def _not_a_part(text: str, hint: str) -> NameProblem:
    return NameProblem(f"{_shown(text)} is a model, and a part of one is meant here", hint)


# --- text ---


def _parts(text: str, what: str, form: str) -> list[str]:
    """Split at the dots; refuse what no form of name has: blanks around it, and dots with nothing between."""
    if not text.strip():
        raise NameProblem(f"empty text is not the name of {what}", form)
    if text != text.strip():
        raise NameProblem(f"{_shown(text)} has blanks around it", f"write '{_short(text.strip())}'")
    parts = text.split(".")
    if not all(part.strip() for part in parts):
        kept = ".".join(part.strip() for part in parts if part.strip())
        raise NameProblem(
            f"{_shown(text)} has a dot with no name beside it", f"write '{_short(kept)}'" if kept else form
        )
    # Python reads identifiers in this form, so classes and fields have it.
    return [unicodedata.normalize("NFKC", part) for part in parts]


def _check_identifiers(text: str, parts: list[str], what: str) -> None:
    for part in parts:
        if iskeyword(part):
            raise NameProblem(f"{_shown(text)} is not the name of {what}: '{part}' is a word of Python's own")
        if not part.isidentifier():
            proposed = re.sub(r"\W+", "_", part).strip("_")
            repaired = text.replace(part, proposed)
            hint = f"write '{repaired}'" if proposed.isidentifier() and repaired != text and len(text) < 80 else ""
            raise NameProblem(f"{_shown(text)} is not the name of {what}: {_shown(part)} is no identifier", hint)


def _is_capital(part: str) -> bool:
    return part[0].isupper()


def _is_class(part: str) -> bool:
    """Whether it is written as classes are: a capital first, and not all capitals, as settings are."""
    return _is_capital(part) and (len(part) == 1 or not part.isupper())


def _camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _shown(text: str) -> str:
    """Quote text in a sentence: one line, printable, not too long."""
    return "'" + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in _short(text)) + "'"
