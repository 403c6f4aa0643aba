"""Every lint rule, found by walking this folder: a module is a rule, its class the module's name in CamelCase."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from migspec.compiler.lint.rule import Rule


@functools.cache
def all_rules() -> Mapping[str, Rule]:
    """Give the rules by name, in the order of their codes; TypeError for a module that is not what a rule has to be."""
    rules = sorted((_rule(module.name) for module in iter_modules(__path__)), key=lambda rule: rule.code)
    return {rule.name: rule for rule in rules}


def _rule(module_name: str) -> Rule:
    module = import_module(f"{__name__}.{module_name}")
    class_name = "".join(word.capitalize() for word in module_name.split("_"))
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, Rule)):
        raise TypeError(f"compiler/lint/rules/{module_name}.py has to define class {class_name}(Rule)")
    owed = [name for name in ("__doc__", "code", "bad", "good") if not getattr(found, name, None)]
    if owed:
        raise TypeError(f"{class_name} in compiler/lint/rules/{module_name}.py has to have {' and '.join(owed)}")
    found.name = module_name.replace("_", "-")
    name, _, found.title = (module.__doc__ or "").strip().rstrip(".").partition(": ")
    if name != found.name or not found.title:
        raise TypeError(f"compiler/lint/rules/{module_name}.py has to begin with '{found.name}: ' and the hazard")
    return found()


def find_rule(text: str) -> Rule | None:
    """Give a rule by its name or its code."""
    by_name = all_rules()
    return by_name.get(text) or next((rule for rule in by_name.values() if rule.code == text), None)


def rule_words() -> list[str]:
    """Give every name and code, for hints."""
    return [word for rule in all_rules().values() for word in (rule.name, rule.code)]
