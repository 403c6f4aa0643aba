"""A spec as a whole: names, places, and the hash that says whether a generated file is still what the spec says."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

from migspec.dsl.diagnostics import SpecError
from migspec.dsl.read import read_text
from migspec.dsl.source import SourceFile
from migspec.schemas import steps
from migspec.schemas.document import Spec, parse, spec_hash
from migspec.schemas.errors.problems import OTHER_WORDS
from migspec.schemas.errors.wording import inline
from migspec.schemas.step import DataStep, Step
from migspec.schemas.steps import STEPS, example_of
from migspec.schemas.written import document_hash, spec_name

YAML = """
migspec: 1
app: homes
after: 0002_homeaddress
description: A home has one address.  # and a comment
steps:
  - update_rows: Home
    allow: [{rule: some, reason: known}]
    where: {rating__lt: 3.10}
    set: {name: Cabin, rating: 1}
  - rename_field: Home.adress
    to: address
tests:
  - name: nothing
    expect: {Home: []}
"""
TOML = """
after = "0002_homeaddress"
app = "homes"
migspec = 1
[[steps]]
update_rows = "Home"
set = { name = "Cabin", rating = 1 }
where = { rating__lt = 3.10 }
[[steps]]
rename_field = "Home.adress"
to = "address"
"""


def source(text: str, format: Any = "yaml", shown: str = "home_address.yaml") -> SourceFile:
    return read_text(text, shown, format)


def complaint(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(source(text))
    return str(caught.value)


# --- the hash ---


def test_same_data_same_hash() -> None:
    assert spec_hash(parse(source(YAML))) == spec_hash(parse(source(TOML, "toml")))
    assert len(spec_hash(parse(source(YAML)))) == 12


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    to: address", "    to: address\n    state_only: false"),
        ("    where:", "    reverse: auto\n    keep_old: false\n    where:"),
        ("steps:", "run_before: []\nattributes: {}\nsteps:"),
        ("A home has one address.", "Something else"),
        ("reason: known", "reason: unknown"),
        ("name: nothing", "name: something"),
        ("  - rename_field: Home.adress\n    to: address", "  - to: address\n    rename_field: Home.adress"),
    ],
)
def test_what_does_not_count(old: str, new: str) -> None:
    assert old in YAML
    assert spec_hash(parse(source(YAML))) == spec_hash(parse(source(YAML.replace(old, new))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3.10", "3.1"),
        ("3.10", '"3.10"'),
        ("rating: 1", "rating: true"),
        ("{name: Cabin, rating: 1}", "{rating: 1, name: Cabin}"),
        ("0002_homeaddress", "0001_initial"),
        ("app: homes", "app: house"),
        ("    to: address", "    to: address\n    state_only: true"),
        ("    to: address", "    to: address\n    description: why"),
        ("steps:", "attributes: {stage: early}\nsteps:"),
    ],
)
def test_what_counts(old: str, new: str) -> None:
    assert old in YAML
    assert spec_hash(parse(source(YAML))) != spec_hash(parse(source(YAML.replace(old, new))))


# --- names ---


@pytest.mark.parametrize("path", ["home_address.yaml", "homes/migspecs/home_address.toml", "./home_address"])
def test_spec_name(path: str) -> None:
    assert spec_name(path) == "home_address"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("Home-Address.yaml", "rename the file to home_address.yaml"),
        ("0003_home.v2.toml", "rename the file to home_v2.toml"),
        ("HomeAddress.yaml", "rename the file to home_address.yaml"),
        ("0003.yaml", "rename the file to add_address.yaml"),
        ("straße.yaml", "rename the file to stra_e.yaml"),
    ],
)
def test_E211_spec_name(path: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_name(path)
    [diagnostic] = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.hint) == ("E211", hint)
    assert spec_name(hint.removeprefix("rename the file to "))


@pytest.mark.parametrize("after", ["0002_x", "homes.0002_x", "one_address", "[accounts.0001_initial, one_address]"])
def test_after(after: str) -> None:
    spec = parse(source(f"migspec: 1\napp: homes\nafter: {after}\nsteps: []"))
    assert spec.after == (after.strip("[]").split(", ") if "[" in after else after)


def test_attributes_by_kind_of_file() -> None:
    text = "migspec: 1\napp: homes\nsteps: []\nattributes: {stage: early, data: {stage: late}}"
    assert parse(source(text)).attributes == {"stage": "early", "data": {"stage": "late"}}


# --- one mistake, one complaint ---


def test_everything_wrong_is_said_at_once() -> None:
    said = complaint("migspec: 1\napp: my-homes\nsteps: [{renam_field: Home.x, to: y}, {rename_field: Home.x}]\nfoo: 1")
    assert [line.split()[1] for line in said.splitlines() if line.startswith("home_address.yaml")] == [
        "E206",
        "E203",
        "E201",
        "E202",
    ]


@pytest.mark.parametrize("kind", STEPS.values(), ids=STEPS)
def test_a_mistyped_key_is_one_complaint(kind: type[Step]) -> None:
    for key in example_of(kind):
        if key == kind.verb:
            continue
        mistyped = {name + "x" * (name == key): value for name, value in example_of(kind).items()}
        said = complaint(f"migspec: 1\napp: homes\nsteps: [{inline(mistyped, 'yaml')}]")
        assert said.count("home_address.yaml") == 1
        assert f"E202 '{key}x' is not a key of {kind.verb}" in said
        assert f"did you mean '{key}'?" in said


@pytest.mark.parametrize("kind", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("body", [None, {"name": "Home"}])
def test_a_step_without_body_is_one_complaint(kind: type[Step], body: object) -> None:
    said = complaint(f"migspec: 1\napp: homes\nsteps: [{inline({kind.verb: body}, 'yaml')}]")
    assert said.count("home_address.yaml") == 1


def test_no_value_gives_a_traceback() -> None:
    """Replace any value of a good spec by any other: it is a spec, or it is a SpecError."""
    values = ["null", "true", "3", "3.10", "''", "NO", "a b", "[]", "{}", "[null]", "{a: {b: [c]}}", "'{expr}'"]
    chance = random.Random(1)
    for kind in STEPS.values():
        good = example_of(kind)
        for key in good:
            for value in values:
                text = inline(good | {key: "@@"}, "yaml").replace('"@@"', value)
                extra = f"{chance.choice(list(kind.model_fields))}: {chance.choice(values)}"
                for step in (text, text.removesuffix("}") + f", {extra}}}"):
                    with suppress(SpecError):
                        parse(source(f"migspec: 1\napp: homes\nsteps:\n  - {step}"))


# --- the folder of step kinds ---


def test_other_words_lead_to_verbs() -> None:
    assert set(OTHER_WORDS.values()) <= STEPS.keys()
    assert OTHER_WORDS.keys().isdisjoint(STEPS)


def test_examples_are_steps() -> None:
    for verb, kind in STEPS.items():
        [step] = Spec.model_validate({"migspec": 1, "app": "homes", "steps": [example_of(kind)]}).steps
        assert type(step) is kind
        assert step.verb == verb


def test_reverse_holds_data_steps() -> None:
    back = "{insert_rows: Home, rows: [{id: 1}]}"
    text = f"migspec: 1\napp: homes\nsteps: [{{delete_rows: Home, where: all, reverse: [{back}]}}]"
    [step] = parse(source(text)).steps
    assert isinstance(step, DataStep)
    [reverse] = step.reverse
    assert type(reverse) is STEPS["insert_rows"]


def test_a_module_that_is_no_step_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        pass

    module = type("module", (), {"AddFeild": Other})
    monkeypatch.setattr(steps, "import_module", lambda name: module)
    with pytest.raises(TypeError, match="has to define class AddField"):
        steps.step_class("add_field")
    module = type("module", (), {"AddField": type("AddField", (Step,), {"__doc__": None})})
    with pytest.raises(TypeError, match="a key 'add_field' and a docstring and an example"):
        steps.step_class("add_field")


def test_a_document_without_defaults_has_the_hash_of_its_spec() -> None:
    """Such a document need not be parsed to know that files were compiled from it."""
    assert document_hash(source(YAML).data) == spec_hash(parse(source(YAML)))
    with_default = source(YAML.replace("    to: address", "    to: address\n    state_only: false"))
    assert document_hash(with_default.data) != spec_hash(parse(with_default))


@pytest.mark.parametrize("data", [{}, {"steps": None}, {"steps": [1, None, {}]}, {"steps": [{"reverse": [1]}]}])
def test_any_document_has_a_hash(data: dict[str, Any]) -> None:
    assert len(document_hash(data)) == 12
