"""A recipe becomes the files of the steps that it stands for, as if these had been written out."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import cases
from migspec.compiler.commands.plan import show
from migspec.compiler.compile import plan_specs
from migspec.compiler.config import Config
from migspec.compiler.specs import SpecFile
from migspec.compiler.terminal import Terminal
from test_cases import body

HEAD = "migspec: 1\napp: {app}\nafter: 0001_initial\nsteps:\n"

EXTRACTED = """
  - create_model: Country
    fields:
      code: {type: CharField, max_length: 2, primary_key: true}
      name: {type: CharField, max_length: 60, default: ""}
  - add_field: Customer.new_country
    field: {type: ForeignKey, to: Country, on_delete: CASCADE, nullable: true}
  - copy_rows: Customer
    into: Country
    set: {code: {source: country}}
    key: code
  - update_rows: Customer
    source: Country
    match: {country: code}
    set: {new_country_id: {source: pk}}
  - remove_field: Customer.country
  - rename_field: Customer.new_country
    to: country
  - alter_field: Customer.country
    field: {nullable: false}
"""
SPLIT = """
  - create_model: PostalAddress
    fields:
      customer: {type: OneToOneField, to: Customer, on_delete: CASCADE, primary_key: true}
      street: {type: CharField, max_length: 100}
      postcode: {type: CharField, max_length: 10}
      city: {type: CharField, max_length: 60}
      country: {type: CharField, max_length: 2}
  - copy_rows: Customer
    into: PostalAddress
    copy: [street, postcode, city, country]
    set: {customer_id: {source: id}}
    key: customer_id
  - remove_field: Customer.street
  - remove_field: Customer.postcode
  - remove_field: Customer.city
  - remove_field: Customer.country
"""
WRITTEN = {"extract_model/same_name": EXTRACTED, "split_model/partial_model": SPLIT}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_files_are_those_of_the_steps(name: str, tmp_path: Path) -> None:
    path = cases.CASES / f"{name}.yaml"
    with cases.placed(path, tmp_path) as (_, spec, config):
        recipe = cases.texts(cases.compiled(spec, config))
    with cases.placed(path, tmp_path, HEAD.format(app="shop") + WRITTEN[name]) as (_, spec, config):
        written = cases.texts(cases.compiled(spec, config))
    assert {path: body(text) for path, text in recipe.items()} == {path: body(text) for path, text in written.items()}


@pytest.mark.parametrize(
    "name",
    ["extract_model/same_name", "split_model/partial_model", "deduplicate_rows/join_table_repointed_and_folded"],
)
def test_the_plan_shows_the_steps(name: str, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    with cases.placed(cases.CASES / f"{name}.yaml", tmp_path) as (_, spec, config):
        golden(Path(__file__).parent / "goldens" / f"plan_{name.partition('/')[0]}.txt", planned(spec, config))


def planned(spec: SpecFile, config: Config) -> str:
    stream = io.StringIO()
    plans = plan_specs([spec], config).plans
    for one in plans:
        show(one, {}, Terminal(stream, stream, False))
    return stream.getvalue()
