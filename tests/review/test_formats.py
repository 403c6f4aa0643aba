"""The formats of a plan: golden texts, the published schema, hostile texts, and what fits into a comment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import migspec.compiler.review as room
from harness.cases import all_cases, placed
from harness.compiling import VENDORS, Workshop, workshop
from migspec.compiler.compile import plan_specs
from migspec.compiler.reports import __path__ as reports
from migspec.compiler.review.diagrams import files_diagram, fits, models_diagram
from migspec.compiler.review.formats import FORMATS, render
from migspec.compiler.review.formats.markdown import LONGEST
from migspec.compiler.review.gather import gather
from migspec.compiler.review.locks import SOURCES
from migspec.compiler.review.review import Review
from migspec.dsl.diagnostics import Diagnostic, Place

HERE = Path(__file__).parent
FORTY = HERE / "forty_steps.yaml"
EXAMPLES = HERE.parent.parent / "examples"
SCHEMA = json.loads(Path(room.__path__[0], "plan.schema.json").read_text())

# What could end a cell, a span, a fence, a label, an element, or call somebody.
HOSTILE = (
    "a|b\\|c `d``e```` <b>f</b> [g](http://h) ![i](j) *k* _l_ ~~m~~ $n$ @octocat #1 &amp; www.o.pq "
    "\"r\" 'r' \x00\x1b[31m\ud800 end\n\n# s\n- t\n```\n</details>\n| u | v |\n|---|---|\n--> click x href %% }"
)

Golden = Callable[[Path, str], None]


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    with workshop(tmp_path_factory.mktemp("forty")) as made:
        made.project.write("shop/migspecs/forty_steps.yaml", FORTY.read_text(encoding="utf-8"))
        yield review(made)


def review(made: Workshop) -> Review:
    outcome = plan_specs(made.read(), made.config)
    finding = Diagnostic(
        "E317", "models differ", Place("shop/migspecs/forty_steps.yaml", 3, 5), "change them", "warning"
    )
    return gather(outcome, made.databases, [finding], str)


# --- golden texts ---


@pytest.mark.parametrize("format", FORMATS)
def test_story_1(format: str, tmp_path: Path, golden: Golden) -> None:
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3", "with_bdmodels"))
    command = [sys.executable, "-m", "migspec.compiler.cli", "plan", "home_address", "--format", format]
    done = subprocess.run(command, cwd=copy, env=environment(), capture_output=True, text=True, check=True)
    text = re.sub(r'"tool": "migspec [^"]+"', '"tool": "migspec"', done.stdout)
    golden(HERE / f"story_1.{ {'markdown': 'md'}.get(format, format)}", text)


def environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONDONTWRITEBYTECODE": "1"}


def test_forty_steps(forty: Review, golden: Golden) -> None:
    [spec] = forty.specs
    assert len({number for file in spec.files for step in file.steps for number in step.numbers}) == 40
    # Django 5.2 drops columns of PostgreSQL with CASCADE, which later ones leave out.
    golden(HERE / "forty_steps.md", re.sub(r'(DROP COLUMN "\w+") CASCADE;', r"\1;", render("markdown", forty)))


# --- JSON ---


def test_json_fits_its_schema(forty: Review) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for one in (forty, hostile(forty), Review(), Review(against="x", removed=["y"], errors=forty.specs[0].findings)):
        jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(render("json", one)))


@pytest.mark.parametrize("path", all_cases(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_case_has_a_plan(path: Path, tmp_path: Path) -> None:
    with placed(path, tmp_path) as (_, spec, config):
        review = gather(plan_specs([spec], config), VENDORS, [], str)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(render("json", review)))
    assert all(step.back.text for file in review.specs[0].files for step in file.steps)


def test_findings_are_those_of_reports() -> None:
    report = json.loads(Path(reports[0], "report.schema.json").read_text())
    assert SCHEMA["$defs"]["finding"] == report["$defs"]["finding"]


# --- hostile texts ---


def hostile(value: Any, word: str = HOSTILE) -> Any:
    """Give a review with `word` in place of every text that could come from a spec or from a project."""
    if isinstance(value, Place):
        return replace(value, file=f"{word}.yaml")
    if isinstance(value, Diagnostic):
        return replace(value, message=word, hint=word, place=hostile(value.place, word))
    if is_dataclass(value):
        kept = {"kind", "fidelity", "rows", "lock", "key", "mark", "verb", "databases"}
        found = {one.name: getattr(value, one.name) for one in fields(value)}
        return replace(value, **{name: one if name in kept else hostile(one, word) for name, one in found.items()})  # type: ignore[type-var]
    if isinstance(value, str):
        return word
    if isinstance(value, dict):
        return {key: hostile(one, word) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [hostile(one, word) for one in value]
    return value


@pytest.mark.parametrize("format", FORMATS)
def test_is_text_that_can_be_stored(forty: Review, format: str) -> None:
    text = render(format, hostile(forty))
    assert text.encode("utf-8", "strict")
    assert text.endswith("\n")
    assert not set(text) & {*map(chr, range(9)), "\x1b", "\x7f", "\ud800"}


ELEMENTS = {"<br>", "<code>", "</code>", "<sub>", "</sub>", "<details>", "</details>", "<summary>", "</summary>"}
FOLD = re.compile(r"(<details><summary>(?:SQL|What to do|Models before|Models after)</summary>|</details>)\n*")


def tokens(text: str) -> list[Token]:
    parsed = MarkdownIt("gfm-like").parse(text)
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def structure(text: str) -> list[str]:
    """Give what Markdown makes of a text, without the words, and without the characters within code."""
    kept = [token for token in tokens(text) if token.type not in ("text", "text_special", "html_inline", "code_inline")]
    return [f"{token.type} {token.info}" for token in kept]


@pytest.mark.parametrize(
    "word", [HOSTILE, *filter(str.strip, re.split(r"[ \n]", HOSTILE)), "\\", "a\\", "`", "<!--", "1. x", "+ y", ":::"]
)
def test_hostile_texts_change_nothing_of_the_structure(forty: Review, word: str) -> None:
    harmless = render("markdown", shortened(hostile(forty, "word")))
    text = render("markdown", shortened(hostile(forty, word)))
    assert structure(text) == structure(harmless)
    element = ""
    for token in tokens(text):
        if token.type == "html_inline":
            element = token.content
            assert element in ELEMENTS
        elif token.type == "html_block":
            assert FOLD.fullmatch(token.content)
        elif token.type == "link_open":
            assert str(token.attrs["href"]) in SOURCES.values()
        elif token.type == "text" and element != "<code>":  # in code, GitHub looks for nobody
            assert not re.search(r"@\w|#\d", token.content), "nobody is called, nothing is linked"


def shortened(review: Review) -> Review:
    """Give a review of which nothing is cut for its length."""
    [spec] = review.specs
    files = [replace(file, steps=file.steps[:2]) for file in spec.files[:2]]
    before, after = (
        replace(one, tables=one.tables[:2], relations=one.relations[:2]) for one in (spec.before, spec.after)
    )
    return replace(review, specs=[replace(spec, files=files, before=before, after=after)])


def test_diagrams_hold_nothing_of_a_language(forty: Review) -> None:
    spec = hostile(forty).specs[0]
    for diagram in (files_diagram(spec), models_diagram(spec.before), models_diagram(spec.after)):
        for line in diagram.splitlines()[1:]:
            label = r'"(?:[^"<>;#`\\|{}\[\]()&%$@]|#\d+;|<br/>)*"'
            words = "|".join([
                rf"\w+\(\[{label}\]\)", rf"\w+\[{label}\](?::::\w+)?(?: \{{)?", r"\w+ --> \w+", r"classDef .*", r"\}",
                rf"(?:\w+ ){{1,3}}\w+(?: {label})?", rf"and more {label}", rf"\w+ [|}}o{{-]+ \w+ : {label}",
            ])  # fmt: skip
            assert re.fullmatch(rf"\s+(?:{words})", line), line


# --- what fits ---


@pytest.mark.parametrize("times", [2, 10, 60])
def test_a_long_plan_fits_into_a_comment_and_says_what_was_cut(forty: Review, times: int) -> None:
    text = render("markdown", replace(forty, specs=[*forty.specs] * times))
    assert len(text) <= LONGEST < 65_536
    assert "To fit a comment of GitHub" in text
    assert structure(text).count("html_block ") % 2 == 0, "what is folded is closed again"


def test_too_many_boxes_are_not_drawn(forty: Review) -> None:
    [spec] = forty.specs
    many = replace(spec, files=[replace(file, name=f"{file.name}{n}") for n in range(9) for file in spec.files])
    assert fits(files_diagram(spec))
    assert not fits(files_diagram(many))
    assert "The diagram of the files is too large to draw." in render("markdown", replace(forty, specs=[many]))
