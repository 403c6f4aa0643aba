"""Every complaint as it is shown: errors/<CODE>_<slug>.yaml or .toml with the text beside it, which --update writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import django
import pytest

from harness import cases
from harness.compiling import empty_migration
from migspec.compiler.compile import compile_specs
from migspec.compiler.config import find_specs
from migspec.compiler.drift import drift
from migspec.compiler.specs import read_specs
from migspec.dsl.codes import CODES
from migspec.dsl.diagnostics import SpecError, render
from migspec.dsl.read import read
from migspec.schemas.document import parse

ERRORS = Path(__file__).parent / "errors"
FORMATS = (".yaml", ".toml")
CASES = sorted(path for path in ERRORS.iterdir() if path.suffix in FORMATS)

# Codes that no spec file brings about by itself, with the reason; other tests have a case of each.
NOT_FROM_A_SPEC = {
    "E101": "needs a file that cannot be read",
    "E601": "needs generated files",
    "E602": "needs generated files",
    "E603": "needs a folder that cannot be written",
    "E604": "needs a file in the way",
    "E605": "needs generated files",
    "E701": "is about the settings",
    "E702": "is about the configuration",
    "E703": "is about the project's own migrations",
    "E704": "is about the command's arguments",
    "E705": "is about the databases of verify",
    "E706": "is about the project's own migrations",
    "E707": "is about the repository",
    "E708": "is about the database of census",
    "E709": "is about what is installed",
    "E801": "is what verify finds",
    "E802": "is what verify finds",
    "E803": "is what verify finds",
    "E804": "is what verify finds",
    "E805": "is what verify finds",
    "E806": "is what verify finds",
    "E811": "is what census finds",
    "E812": "is what census finds",
    "E813": "is what census finds",
    "E814": "is what census finds",
    "E815": "is what census finds",
    "E816": "is what census finds",
    "E901": "is said by lint",
    "E902": "is said by lint",
    "E903": "is said by lint",
}
# Codes that one format cannot bring about, with the reason.
NOT_IN_YAML = {"E109": "a date without quotes is text in YAML 1.2"}
NOT_IN_TOML = {
    "E105": "TOML has no anchors, aliases, tags or merge keys",
    "E106": "a TOML file is one document",
    "E111": "keys of TOML are always text",
}

# Cases that a newer Django has nothing against, with the first such version.
RIGHT_SINCE = {"E311_on_delete_of_a_newer_django": (6, 1)}


# What else a case needs in the project: files by path.
OTHER = "migspec: 1\napp: library\nafter: 0001_initial\nsteps:\n  - remove_field: Book.pages\n"
BESIDE = {
    "E403": {"library/migspecs/pages.yaml": OTHER},
    "E405": {"library/migrations/0002_by_hand.py": empty_migration(("library", "0001_initial"))},
    "E406": {"library/migspecs/again/migspecs/E406.yaml": OTHER},
    "E407": {
        "library/migrations/0002_by_hand.py": empty_migration(
            ("library", "0001_initial"), body='operations = [migrations.RenameField("tag", "label", "title")]'
        )
    },
}


def complaints(path: Path, folder: Path) -> str:
    """Give what migspec says about a spec, as it is shown; empty where it has nothing to say.

    The file is shown under its slug, because that has to be the name of a spec. Where its shape is right, it is
    compiled against the test project.
    """
    code, _, shown = path.name.partition("_")
    try:
        parse(read(path, shown))
        copied = Path(shutil.copy(path, folder / shown))
        with cases.placed(copied, folder) as (project, _, config):
            for name, text in BESIDE.get(code, {}).items():
                project.write(name.replace("E406", Path(shown).stem), text)
            outcome = compile_specs(read_specs(find_specs(config), project.root), config)
            warnings = [*outcome.warnings, *(drift(outcome) if code == "E317" else [])]
    except SpecError as error:
        return f"{error}\n"
    return "".join(f"{render(warning)}\n" for warning in warnings)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_complaint(path: Path, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    right_since = RIGHT_SINCE.get(path.stem)
    if right_since is not None and right_since <= django.VERSION:
        pytest.skip("right in this Django")
    said = complaints(path, tmp_path)
    assert f" {path.name[:4]} " in said
    golden(path.with_name(f"{path.name}.txt"), said)


def test_every_text_has_its_spec() -> None:
    texts = {path.name.removesuffix(".txt") for path in ERRORS.iterdir() if path.suffix == ".txt"}
    assert texts == {path.name for path in CASES}
    assert {path.suffix for path in ERRORS.iterdir()} <= {*FORMATS, ".txt"}


@pytest.mark.parametrize("format", FORMATS)
def test_every_code_has_a_case(format: str) -> None:
    exempt = NOT_FROM_A_SPEC | (NOT_IN_TOML if format == ".toml" else NOT_IN_YAML)
    cases = {path.name[:4] for path in CASES if path.suffix == format}
    assert cases >= CODES.keys() - exempt.keys()
    assert cases.isdisjoint(exempt)
    assert exempt.keys() <= CODES.keys()
