"""Writing a set of files so that an error leaves nothing changed, and a kill a beginning that loads."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from migspec.dsl.diagnostics import Diagnostic, Place, SpecError


def write_files(files: Mapping[Path, str], remove: Sequence[Path] = ()) -> None:
    """Write every file, then remove `remove`; E603, with nothing changed, where the disk refuses.

    Everything is written beside its place first. Then what is there already goes, the last of a chain first, and the
    new files are renamed into place in the given order (that of their dependencies), so that at each moment the files
    there are a chain from its beginning.
    """
    prepared: list[tuple[Path, Path]] = []
    made: list[Path] = []
    current = Path()
    try:
        for current, text in files.items():
            made += _make_package(current.parent)
            prepared.append((_write_beside(current, text), current))
    except OSError as error:
        _clean_up([temporary for temporary, _ in prepared], made)
        raise _cannot_write(current, error) from None
    except BaseException:
        _clean_up([temporary for temporary, _ in prepared], made)
        raise
    going = [*reversed(remove), *reversed([path for path in files if path.suffix == ".py"])]
    old = {path: path.read_bytes() for path in [*remove, *files] if path.exists()}
    try:
        for current in going:
            current.unlink(missing_ok=True)
        for temporary, current in prepared:
            temporary.replace(current)
    except OSError as error:
        _clean_up([temporary for temporary, _ in prepared], [])
        for path in files:
            path.unlink(missing_ok=True)
        for path, content in old.items():
            path.write_bytes(content)
        raise _cannot_write(current, error) from None


def _cannot_write(path: Path, error: OSError) -> SpecError:
    message = f"the file cannot be written: {error.strerror or error}"
    return SpecError(Diagnostic("E603", message, Place(path.as_posix()), "nothing was changed"))


def _make_package(folder: Path) -> list[Path]:
    """Make a migrations package where there is none; give what was made, outermost first."""
    made: list[Path] = []
    if not folder.exists():
        folder.mkdir(parents=True)
        made.append(folder)
    init = folder / "__init__.py"
    if not init.exists():
        init.touch()
        made.append(init)
    return made


def _write_beside(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _clean_up(temporary: Sequence[Path], made: Sequence[Path]) -> None:
    for path in temporary:
        path.unlink(missing_ok=True)
    for path in reversed(made):
        with contextlib.suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
