"""Find what names mean in Python: import paths, the names of the table, settings."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import django
from django.apps import apps
from django.conf import SettingsReference, settings

from migspec.dsl.diagnostics import nearest
from migspec.dsl.dotted import Dotted, likely_module
from migspec.dsl.known_names import FORMERLY, KNOWN, Known


@dataclass(eq=False)
class Refused(Exception):
    """Something in an expression that Python or Django does not have, or does not take."""

    code: str
    message: str
    hint: str = ""
    node: ast.expr | None = None


def module_of(path: str) -> str:
    """Give the part of an import path that is the module, for Expression.code; a guess where nothing is there."""
    try:
        return _walked(path)[0]
    except Refused:
        return likely_module(path)


def named(name: Dotted) -> Any:
    """Give the object that a dotted name means; Refused (E309, E311, E316) if there is none."""
    known = KNOWN.get(name.first)
    if name.first == "settings":
        return _setting(name.attributes)
    if known is None:
        found = _walked(name.path)[1]
    else:
        found, owner = _known(known, name.first), name.first
        for attribute in name.attributes:
            found, owner = attribute_of(found, attribute, f"'{owner}'"), f"{owner}.{attribute}"
    if isinstance(found, ModuleType):
        first = next((word for word in _public(found)), "name")
        written = ".".join([name.first, *name.attributes])
        hint = f"name something in it, as in '{written}.{first}'"
        raise Refused("E309", f"'{written}' is a module, and a value is meant here", hint)
    return found


def _setting(attributes: tuple[str, ...]) -> Any:
    """Give the value of settings.NAME; text stays a reference, so that it is emitted as one."""
    if not attributes:
        raise Refused("E316", "the settings as a whole are no value", "write 'settings.NAME'")
    name, *rest = attributes
    if not name.isupper() or not hasattr(settings, name):
        hint = nearest(name, (known for known in dir(settings) if known.isupper()))
        raise Refused("E316", f"the project has no setting '{name}'", hint)
    found, owner = getattr(settings, name), f"settings.{name}"
    for attribute in rest:
        found, owner = attribute_of(found, attribute, f"'{owner}'"), f"{owner}.{attribute}"
    return SettingsReference(found, name) if isinstance(found, str) and not rest else found


def _known(known: Known, name: str) -> Any:
    module = _module(known.module)
    if known.attribute and not hasattr(module, known.attribute):
        raise _too_new(known, name)
    return getattr(module, known.attribute) if known.attribute else module


def _too_new(known: Known, name: str) -> Refused:
    message = f"Django {django.get_version()} has no '{name}'; it came with {'.'.join(map(str, known.since))}"
    return Refused("E311", message, f"write '{FORMERLY[name]}'" if name in FORMERLY else "")


def _walked(path: str) -> tuple[str, Any]:
    """Follow an import path; give the module in it, and what the whole path means."""
    module, *attributes = path.split(".")
    owner, found = module, _module(module)
    for attribute in attributes:
        inner = f"{owner}.{attribute}"
        if _is_package(found) and not _has(found, attribute):
            _module(inner, beside=found)
        found = attribute_of(found, attribute, f"'{owner}'")
        if owner == module and isinstance(found, ModuleType) and inner in sys.modules:
            module = inner
        owner = inner
    return module, found


def _is_package(found: Any) -> bool:
    return isinstance(found, ModuleType) and hasattr(found, "__path__")


def _has(found: Any, name: str) -> bool:
    """Whether there is an attribute; one that cannot be computed is there, and attribute_of says what it raises."""
    try:
        return hasattr(found, name)
    except Exception:
        return True


def _module(path: str, beside: ModuleType | None = None) -> Any:
    """Import a module; `beside` is the package that it is looked for in."""
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise Refused("E309", f"importing '{path}' fails: {sentence(error)}") from None
        if beside is not None:
            owner, _, name = path.rpartition(".")
            raise Refused("E309", f"'{owner}' has no '{name}'", nearest(name, _public(beside))) from None
        raise Refused("E309", f"there is no module '{path}'", _module_hint(path)) from None
    except (Exception, SystemExit) as error:
        raise Refused("E309", f"importing '{path}' fails: {sentence(error)}") from None


def _module_hint(name: str) -> str:
    """Give the module that was probably meant: an app's package where its label was written, or a close name."""
    for app in apps.app_configs.values():
        if app.label == name:
            return f"the app '{name}' is the package '{app.name}'"
    packages = {app.name.partition(".")[0] for app in apps.app_configs.values()}
    return nearest(name, [*(short for short, known in KNOWN.items() if not known.attribute), *packages])


def attribute_of(found: Any, name: str, owner: str) -> Any:
    """Give an attribute of an object; Refused (E309, E311), which calls the object `owner`, if it has none."""
    try:
        return getattr(found, name)
    except AttributeError:
        known = KNOWN.get(name)
        if known is not None and isinstance(found, ModuleType) and known.module == found.__name__:
            raise _too_new(known, name) from None  # models.DB_CASCADE
        raise Refused("E309", f"{owner} has no '{name}'", nearest(name, _public(found))) from None
    except Exception as error:
        raise Refused("E309", f"{owner} does not give '{name}': {sentence(error)}") from None


def _public(found: Any) -> list[str]:
    return [name for name in dir(found) if not name.startswith("_")]


def sentence(error: BaseException) -> str:
    """Give what an exception says, on one line and the same in every run."""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", " ".join(str(error).split()))
    text = text if len(text) <= 200 else text[:197] + "..."
    return text.removesuffix(".") or type(error).__name__
