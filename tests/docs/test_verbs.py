"""The example of each verb, as the reference shows it, compiles where there is what it is about."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from harness.compiling import empty_migration, workshop
from migspec.compiler.docs.reference.verbs import example_of
from migspec.schemas.steps import STEPS

# The models that the examples are about.
ACCOUNTS = empty_migration(body="""operations = [
        migrations.CreateModel("Address", [
            ("id", models.BigAutoField(primary_key=True)), ("city", models.CharField(max_length=50)),
        ]),
    ]""")
HOMES = empty_migration(
    ("accounts", "0001_initial"),
    body="""operations = [
        migrations.CreateModel(name, [("id", models.BigAutoField(primary_key=True)), *fields])
        for name, fields in {
            "Home": [
                ("name", models.CharField(max_length=100, null=True)),
                ("city", models.CharField(max_length=50, default="")),
            ],
            "HomeAddress": [
                ("home", models.ForeignKey("homes.Home", models.CASCADE)),
                ("address", models.ForeignKey("accounts.Address", models.CASCADE)),
            ],
            "Room": [("home", models.ForeignKey("homes.Home", models.CASCADE))],
            "Central": [("street", models.CharField(max_length=50)), ("city", models.CharField(max_length=50))],
            "Billing": [
                ("street", models.CharField(max_length=50)),
                ("city", models.CharField(max_length=50)),
                ("central", models.ForeignKey("homes.Central", models.CASCADE)),
            ],
            "Tag": [("slug", models.SlugField())],
            "Session": [("expires", models.DateTimeField())],
            "Country": [
                ("code", models.CharField(max_length=2, unique=True)), ("name", models.CharField(max_length=50)),
            ],
        }.items()
    ]""",
)

# What a step comes after.
INDEX = """
- add_index: Home
  index: {fields: [city], name: home_city_idx}
"""
BEFORE = {
    "alter_constraint": """
    - add_constraint: Home
      constraint: {type: UniqueConstraint, fields: [city, name], name: one_name_per_city}
    """,
    "create_model": """
    - rename_model: Home
      to: OldHome
    """,
    "drop_column": """
    - remove_field: Home.city
      state_only: true
    """,
    "drop_table": """
    - delete_model: HomeAddress
      state_only: true
    """,
    "remove_constraint": """
    - add_constraint: Home
      constraint: {type: UniqueConstraint, fields: [name], name: one_home_per_address}
    """,
    "remove_index": INDEX,
    "rename_index": INDEX,
    "update_rows": """
    - add_field: Home.address
      field: {type: OneToOneField, to: accounts.Address, on_delete: SET_NULL, nullable: true}
    """,
    "validate_constraint": """
    - add_constraint: Home
      constraint: {type: CheckConstraint, condition: "Q(name__isnull=False)", name: home_has_rooms}
      not_valid: true
    """,
}


@pytest.mark.parametrize("verb", STEPS)
def test_the_example_compiles(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrations = {"accounts": {"0001_initial": ACCOUNTS}, "homes": {"0001_initial": HOMES}}
    with workshop(tmp_path, migrations, databases=("postgresql",)) as made:
        made.project.write(
            "homes/managers.py",
            "from django.db import models\n\n\nclass HomeManager(models.Manager):\n    use_in_migrations = True\n",
        )
        monkeypatch.syspath_prepend(made.project.root)
        steps = dedent(BEFORE.get(verb, "")) + example_of(STEPS[verb])
        made.spec("homes/example", f"after: 0001_initial\nsteps:\n{indent(steps, '  ')}\n")
        assert made.compile()
