"""Where the project is and what its pyproject.toml says about migspec."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest

VENDORS = ("mysql", "oracle", "postgresql", "sqlite")
SCHEMA = "migspec.schema.json"  # where 'json-schema --write' puts the JSON Schema if nothing else is configured
SKIPPED_FOLDERS = {"node_modules", "site-packages", "__pycache__", "build", "dist"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """[tool.migspec], with every default filled in."""

    root: Path  # the folder of pyproject.toml, or of manage.py, or the current one
    settings: str | None = None  # dotted name of the Django settings
    databases: tuple[str, ...] | None = None  # vendors; None means those in settings.DATABASES
    specs: str = "migspecs"  # name of the folders that hold specs
    emit: Literal["python", "sql"] = "python"  # what row steps become by default
    schema: str | None = None  # the JSON Schema that new specs name: a path below `root`, or a URL
    lint: Mapping[str, Any] = field(default_factory=dict)  # [tool.migspec.lint] as it stands there


def load_config(start: Path) -> Config:
    """Read the configuration of the project that `start` lies in; E702."""
    root = find_root(start.resolve())
    path = root / "pyproject.toml"
    if not path.exists():
        return Config(root=root)
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise SpecError(
            Diagnostic("E702", f"pyproject.toml cannot be read: {error.strerror}", Place(path.name))
        ) from None
    except ValueError as error:  # not TOML, or not UTF-8
        at = re.search(r" \(at line ([0-9]+), column ([0-9]+)\)", str(error))
        place = (
            Place(path.name, int(at[1]), int(at[2]), 1, text.split("\n")[int(at[1]) - 1]) if at else Place(path.name)
        )
        said = str(error).removesuffix(at[0]) if at else str(error)
        raise SpecError(Diagnostic("E702", f"pyproject.toml does not parse: {said}", place)) from None
    table = document.get("tool", {})
    table = table.get("migspec", {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict):
        raise SpecError(Diagnostic("E702", "'tool.migspec' is not a table", place_in("migspec", text, path.name)))
    _check(table, text, path.name)
    if table.get("databases") is not None:
        table["databases"] = tuple(table["databases"])
    return Config(root=root, **table)


def find_root(start: Path) -> Path:
    """Give the nearest folder upwards with a manage.py, or [tool.migspec] in its pyproject.toml, else `start`."""
    for folder in (start, *start.parents):
        project = folder / "pyproject.toml"
        if project.is_file() and _mentions_us(project):
            return folder
        if (folder / "manage.py").is_file():
            return folder
    return start


def _mentions_us(project: Path) -> bool:
    try:
        return "[tool.migspec" in project.read_text(encoding="utf-8", errors="replace")
    except OSError:  # that it cannot be read is said where it matters
        return False


def _check(table: dict[str, Any], text: str, name: str) -> None:
    problems = []
    for key, value in table.items():
        hint = ""
        if key not in Config.__dataclass_fields__ or key == "root":
            message = f"'{key}' is not a setting of [tool.migspec]"
            hint = nearest(key, [k for k in Config.__dataclass_fields__ if k != "root"])
        elif key == "databases":
            if isinstance(value, list) and all(vendor in VENDORS for vendor in value):
                continue
            message, hint = "'databases' is a list of vendors", f"databases = [{', '.join(map(repr, VENDORS))}]"
        elif key == "emit" and value not in ("python", "sql"):
            message = '\'emit\' is "python" or "sql"'
        elif key == "lint":
            if isinstance(value, dict):
                continue
            message = "'lint' is a table"
        elif not isinstance(value, str):
            message = f"'{key}' is a text"
        else:
            continue
        problems.append(Diagnostic("E702", message, place_in(key, text, name), hint))
    if problems:
        raise SpecError(*problems)


def place_in(key: str, text: str, name: str, table: str = "tool.migspec") -> Place:
    """Give the place of a key below the heading of a table."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if table in line), 0)
    for number, line in enumerate(lines[start:], start + 1):
        if re.match(rf"\s*[\"']?{re.escape(key)}\b", line):
            return Place(name, number, line.index(key) + 1, len(key), line)
    return Place(name, start + 1, 1, len(lines[start]) or 1, lines[start])


def find_specs(config: Config) -> list[Path]:
    """Give every spec file of the project, sorted: the .yaml, .yml and .toml files in folders named `config.specs`."""
    found: list[Path] = []
    for name, subfolders, files in os.walk(config.root):
        folder = Path(name)
        subfolders[:] = sorted(
            sub
            for sub in subfolders
            if not sub.startswith(".") and sub not in SKIPPED_FOLDERS and not _is_apart(folder / sub)
        )
        if folder.name == config.specs:
            found += [folder / file for file in files if file.endswith((".yaml", ".yml", ".toml"))]
    return sorted(found)


def _is_apart(folder: Path) -> bool:
    """Whether a folder is a virtual environment, or another project inside this one."""
    return (folder / "pyvenv.cfg").exists() or (folder / "manage.py").exists()


def shown(path: Path, root: Path) -> str:
    """Give the path as migspec writes it: relative to the project, with forward slashes."""
    path = path.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
