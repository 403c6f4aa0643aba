"""How a plan says that what a removal takes away comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compiling import workshop
from migspec.compiler.compile import plan_specs
from migspec.compiler.review.gather import gather

SUMMARY = "remove_field: Book.summary"
TAGS = "remove_field: Book.tags"
TAGGING = """create_model: Tagging
    fields:
      book: {type: ForeignKey, to: Book, on_delete: CASCADE}
      tag: {type: ForeignKey, to: Tag, on_delete: CASCADE}"""
COPY = """copy_rows: Book.tags.through
    into: Tagging
    copy: [book_id, tag_id]"""
LABELS = """add_field: Book.labels
    field: {type: ManyToManyField, to: Tag, through: Tagging, related_name: +}"""
NUMBER = """add_field: Book.tags
    field: {type: IntegerField, nullable: true}"""


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([SUMMARY], "the column comes back empty"),
        ([TAGS], "the join table comes back empty"),
        ([TAGGING, COPY, TAGS], "the join table comes back, filled by the reverse of step 2"),
        ([TAGGING, LABELS, "remove_field: Book.labels"], "Django undoes it"),
        ([TAGS, NUMBER, TAGS], "the column comes back empty"),
    ],
    ids=["column", "many to many", "many to many, copied", "many to many through a model", "one name twice"],
)
def test_removed_field(steps: list[str], expected: str, tmp_path: Path) -> None:
    with workshop(tmp_path) as made:
        listed = "".join(f"  - {step}\n" for step in steps)
        made.spec("library/removed", f"after: 0001_initial\nsteps:\n{listed}")
        [spec] = gather(plan_specs(made.read(), made.config), made.databases, [], str).specs
        removals = [step for file in spec.files for step in file.steps if step.verb == "remove_field"]
    assert removals[-1].back.text == expected
