"""The reference of verbs: each with its meaning, an example and its keys."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

from migspec.compiler.docs.reference.markdown import docstring, fence, key_table, table
from migspec.schemas.recipe import Recipe
from migspec.schemas.step import DataStep, SchemaStep, Step
from migspec.schemas.steps import STEPS

# What the keys of a group have in common is said once.
GROUPS: dict[str, tuple[type[Step], str]] = {
    "Steps that change the schema": (SchemaStep, "They take these keys too:"),
    "Steps that change rows": (DataStep, "They take these keys too:"),
    "Recipes": (
        Recipe,
        "A recipe stands for the steps that `migspec plan` shows. What it says of data steps is said of each of them:",
    ),
}

HEAD = """\
# Verbs

A step is a mapping whose first key is its verb. The value of the verb is the model or the element that the step is
about: `Home`, `accounts.Address`, `Home.address`. Every step takes these keys:

"""


def verbs_page() -> str:
    """Give the page: a table of all verbs, then each in its group."""
    return HEAD + key_table(Step) + "\n" + overview() + "".join(group(title) for title in GROUPS)


def overview() -> str:
    rows = [
        (f"[`{verb}`](#{verb})", docstring(step).partition("\n")[0])
        for title in GROUPS
        for verb, step in members(title)
    ]
    return table(("verb", "meaning"), rows)


def members(title: str) -> Iterator[tuple[str, type[Step]]]:
    base, _ = GROUPS[title]
    return ((verb, step) for verb, step in STEPS.items() if issubclass(step, base))


def group(title: str) -> str:
    base, common = GROUPS[title]
    text = f"\n## {title}\n\n{common}\n\n{key_table(base, but=Step.model_fields)}"
    return text + "".join(section(verb, step, base) for verb, step in members(title))


def section(verb: str, step: type[Step], base: type[Step]) -> str:
    own = [verb, *(name for name in step.model_fields if name not in {*base.model_fields, verb})]
    return f"\n### {verb} {{ #{verb} }}\n\n{docstring(step)}\n{fence(example_of(step))}\n{key_table(step, only=own)}"


def example_of(step: type[Step]) -> str:
    """Give the example of a step kind as an item of `steps`."""
    first, *rest = dedent(step.example).strip("\n").split("\n")
    return "\n".join([f"- {first}", *(f"  {line}" for line in rest)])
