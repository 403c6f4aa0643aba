"""The documentation: every block is what it says, every snippet compiles, and the site builds without a warning."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from cli.test_cli import Session
from harness.compiling import Workshop, workshop
from harness.pages import ROOT, Page
from migspec.compiler.cli import COMMANDS
from migspec.compiler.config import Config
from migspec.compiler.docs.reference import PAGES as REFERENCE
from migspec.compiler.docs.reference.values import EXAMPLES, forms_of_values
from migspec.compiler.explanations import rules
from migspec.dsl.codes import CODES
from migspec.schemas.steps import STEPS

DOCS = ROOT / "compiler" / "docs"
PAGES = sorted((DOCS / "pages").rglob("*.md"))
NAMES = [path.relative_to(DOCS / "pages").as_posix() for path in PAGES]
APPS = ("library", "people", "shop")

Golden = Callable[[Path, str], None]


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_every_block_is_what_it_says(path: Path, tmp_path: Path, golden: Golden) -> None:
    numbers = iter(range(1000))

    def plan(case: Path) -> str:
        with workshop(tmp_path / f"plan{next(numbers)}") as made:
            app = next(line for line in case.read_text().splitlines() if line.startswith("app")).split()[-1].strip('"')
            made.project.write(f"{app}/migspecs/{case.name}", case.read_text())
            return Session(made).run("plan")

    def compile_steps(app: str, steps: str) -> None:
        with workshop(tmp_path / f"steps{next(numbers)}") as made:
            compile_in(made, app, steps)

    text = path.read_text(encoding="utf-8")
    if "\n$ git " in text and shutil.which("git") is None:
        pytest.skip("git is not there")
    golden(path, Page(tmp_path / "page", plan, compile_steps).current(text))


def compile_in(made: Workshop, app: str, steps: str) -> None:
    """Compile steps of an app; what they would lose for good does not matter here."""
    after = ", ".join(["0001_initial", *(f"{other}.0001_initial" for other in APPS if other != app)])
    made.spec(f"{app}/snippet", f"after: [{after}]\nsteps:\n{indent(steps, '  ')}")
    made.compile()


@pytest.mark.parametrize("form", EXAMPLES)
def test_every_form_of_a_value_compiles(form: str, tmp_path: Path) -> None:
    with workshop(tmp_path) as made:
        compile_in(made, "library", dedent(EXAMPLES[form]) + "  reverse: {irreversible: an example}\n")


def test_the_reference_is_complete() -> None:
    text = {path: page() for path, page in REFERENCE.items()}
    assert {f"### {verb} {{" for verb in STEPS} <= headings(text["reference/verbs.md"], "{")
    assert {f"### {code}:" for code in CODES} <= headings(text["reference/errors.md"], ":")
    assert {f"## {rule.code}:" for rule in rules()} <= headings(text["reference/rules.md"], ":")
    assert {f"## {name} {{" for name in COMMANDS} <= headings(text["reference/command.md"], "{")
    assert [form for form, _ in forms_of_values()] == list(EXAMPLES)


def headings(page: str, end: str) -> set[str]:
    return {line[: line.index(end) + 1] for line in page.splitlines() if line.startswith("##") and end in line}


@pytest.mark.parametrize("name", ["README.md", ".github/CONTRIBUTING.md"])
def test_links_of_other_pages_lead_somewhere(name: str) -> None:
    path = ROOT / name
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_setting_is_described() -> None:
    text = (DOCS / "pages" / "configuration.md").read_text(encoding="utf-8")
    assert [name for name in Config.__dataclass_fields__ if name != "root" and f"`{name}`" not in text] == []


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Dead links and anchors, pages outside the navigation, and unknown keys are warnings of MkDocs."""
    build(load_config(str(DOCS / "mkdocs.yml"), strict=True, site_dir=str(tmp_path / "site")))
    assert (tmp_path / "site" / "reference" / "errors.html").is_file()
