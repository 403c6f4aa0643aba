"""What pyproject.toml lists is what lies in the tree and what the wheel holds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from test_layers import FOLDERS, ROOT, imports, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def shipped() -> set[str]:
    """Give the files of the three folders that belong to the distribution, as the wheel names them."""
    return {
        f"migspec/{path.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_every_package_is_listed() -> None:
    there = {
        ".".join(["migspec", *path.parent.relative_to(ROOT).parts])
        for folder in FOLDERS
        for path in modules(folder)
        if path.name == "__init__.py"
    }
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert set(listed) == there
    assert listed == sorted(listed)


def test_no_module_lies_outside_a_package() -> None:
    bare = {path.parent for folder in FOLDERS for path in modules(folder) if not (path.parent / "__init__.py").exists()}
    assert not bare


def test_the_folders_are_mapped_and_typed() -> None:
    assert PROJECT["tool"]["setuptools"]["package-dir"] == {f"migspec.{folder}": folder for folder in sorted(FOLDERS)}
    assert all((ROOT / folder / "py.typed").exists() for folder in FOLDERS)


def test_what_is_imported_is_a_dependency() -> None:
    declared = {re.split(r"[^\w.-]", text)[0].casefold() for text in PROJECT["project"]["dependencies"]}
    tops = {name.partition(".")[0] for folder in FOLDERS for path in modules(folder) for _, name in imports(path)}
    distributions = packages_distributions()
    used = {
        distribution.casefold().replace("_", "-")
        for top in tops - sys.stdlib_module_names - {"migspec"}
        for distribution in distributions[top]
    }
    # pydantic pins its own core; what only an extra brings is asked for where it is needed.
    extras = {
        re.split(r"[^\w.-]", text)[0].casefold()
        for extra in ("docs", "generate", "postgresql")
        for text in PROJECT["project"]["optional-dependencies"][extra]
    }
    assert used - {"pydantic-core"} - extras == declared


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the tree, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("tree")
    for name in (*FOLDERS, "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    code = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return copy / "dist" / done.stdout.splitlines()[-1]


def test_the_wheel_holds_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert held == shipped()
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())


def test_the_wheel_has_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "migspec = migspec.compiler.cli:main" in archive.read(entry).decode()
