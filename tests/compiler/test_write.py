"""Writing a chain of files: all of it, or a beginning that loads, or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migspec.compiler.files.write import write_files
from migspec.dsl.diagnostics import SpecError


def chain(folder: Path, *names: str) -> dict[Path, str]:
    return {folder / f"{name}.py": f"# new {name}\n" for name in names}


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.name != "__init__.py"}


def test_a_package_is_made_where_there_is_none(tmp_path: Path) -> None:
    write_files(chain(tmp_path / "migrations", "0001_a"))
    assert sorted(path.name for path in (tmp_path / "migrations").iterdir()) == ["0001_a.py", "__init__.py"]


def test_old_files_are_replaced_and_removed(tmp_path: Path) -> None:
    for name in ("0001_a", "0002_b", "0003_c"):
        (tmp_path / f"{name}.py").write_text("# old\n")
    write_files(chain(tmp_path, "0001_a", "0002_b"), remove=[tmp_path / "0003_c.py"])
    assert texts(tmp_path) == {"0001_a.py": "# new 0001_a\n", "0002_b.py": "# new 0002_b\n"}


def test_an_error_while_preparing_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "0001_a.py").write_text("# old\n")
    (tmp_path / "in_the_way").write_text("")
    with pytest.raises(SpecError, match=r"E603 the file cannot be written: .*\n  hint: nothing was changed"):
        write_files(chain(tmp_path, "0001_a") | chain(tmp_path / "in_the_way", "0001_b"))
    assert texts(tmp_path) == {"0001_a.py": "# old\n", "in_the_way": ""}


def test_an_error_while_renaming_brings_the_old_files_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "0001_a.py").write_text("# old\n")
    monkeypatch.setattr(os, "replace", failing_after(1, OSError(28, "No space left on device")))
    with pytest.raises(SpecError, match="No space left on device"):
        write_files(chain(tmp_path, "0001_a", "0002_b"))
    assert texts(tmp_path) == {"0001_a.py": "# old\n"}


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_a_kill_leaves_a_beginning_of_the_new_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    names = ["0001_a", "0002_b", "0003_c"]
    for name in names:
        (tmp_path / f"{name}.py").write_text("# old\n")
    monkeypatch.setattr(os, "replace", failing_after(renamed, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_files(chain(tmp_path, *names))
    left = {name: text for name, text in texts(tmp_path).items() if name.endswith(".py")}
    assert left == {f"{name}.py": f"# new {name}\n" for name in names[:renamed]}


def failing_after(count: int, error: BaseException):  # type: ignore[no-untyped-def]
    real, calls = os.replace, 0

    def replace(source: str, target: str) -> None:
        nonlocal calls
        calls += 1
        if calls > count:
            raise error
        real(source, target)

    return replace
