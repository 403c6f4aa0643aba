"""The import block of a generated file, as isort would leave it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable


def import_block(lines: Iterable[str], first_party: Collection[str]) -> str:
    """Merge import lines ("import uuid", "from django.db import models") into the block that stands at a file's top.

    Standard library, third party and the project's own (`first_party`: names of its top-level packages) stand apart.
    """
    modules: set[str] = set()
    names: dict[str, set[str]] = {}
    for line in lines:
        if line.startswith("from "):
            module, _, imported = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).update(name.strip() for name in imported.split(","))
        else:
            modules.add(line.removeprefix("import "))
    sections: list[list[str]] = [[], [], []]
    for module in sorted(modules):
        sections[_section(module, first_party)].append(f"import {module}")
    for module in sorted(names):
        sections[_section(module, first_party)].append(f"from {module} import {', '.join(_sorted(names[module]))}")
    return "\n\n".join("\n".join(section) for section in sections if section)


def _section(module: str, first_party: Collection[str]) -> int:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return 0
    return 2 if top in first_party else 1


def _sorted(names: Iterable[str]) -> list[str]:
    """Constants, classes, functions: isort's default order inside one import."""
    return sorted(
        names, key=lambda name: (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)
    )
