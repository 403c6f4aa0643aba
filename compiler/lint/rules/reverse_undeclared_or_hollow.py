"""reverse-undeclared-or-hollow: rolling back is said to need nothing, and values are lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.sql import statements
from migspec.schemas.data.paths import columns
from migspec.schemas.data.rows import Delete, Lookups, Update
from migspec.schemas.step import Noop


class ReverseUndeclaredOrHollow(Rule):
    """{noop: ...} promises that the old code works with the rows as they are. Where values were overwritten or rows
    deleted, rolling back the code meets rows that it has never written, and nobody is told.

    Save with `keep_old: true` what would be lost, write the reverse, or say that the step is irreversible, so that
    rolling back stops before it.
    """

    code: ClassVar[str] = "MIG401"
    bad: ClassVar[str] = """
    - delete_rows: Loan
      where: {due__lt: "2020-01-01"}
      reverse: {noop: old loans are not missed}
    """
    good: ClassVar[str] = """
    - delete_rows: Loan
      where: {due__lt: "2020-01-01"}
      reverse: {irreversible: old loans are not missed}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        reverse: Any = getattr(judged.step, "reverse", None)
        if not isinstance(reverse, Noop):
            return
        lost = next((said for change in judged.changes if (said := loses(judged, change))), "")
        if not lost and any(one.strip()[:6].upper() in ("DELETE", "TRUNCA") for one in statements(judged)):
            lost = "rows that the SQL deletes"
        if lost:
            yield Found(
                message=f"rolling back does nothing, and {lost} are lost",
                at=("reverse",),
                advice=("save it with 'keep_old: true', or " if judged.changes_rows else "")
                + "let rolling back stop here:",
                instead=[judged.rewritten(reverse={"irreversible": reverse.noop})],
                mechanical=True,
            )


def loses(judged: Judged, change: object) -> str:
    """Say in words what of the rows that were there before the spec a change takes away; nothing where it does not."""
    state = judged.scope.state
    if isinstance(change, Delete):
        old = judged.made.is_old(state.models[change.model.lower])
        return f"the deleted rows of {change.model.name}" if old else ""
    if isinstance(change, Update):
        model = state.models[change.model.lower]
        held = columns(state, model)
        for name, _ in change.assign:
            if judged.made.is_old(model, held[name].field.name if name in held else name) and not was_empty(
                change, name
            ):
                return f"the old values of {change.model.name}.{name}"
    return ""


def was_empty(change: Update, name: str) -> bool:
    """Whether only rows are written that held NULL, or one stated value, in the column: nothing is lost of them."""
    if not isinstance(change.where, Lookups):
        return False
    return any(
        lookup in (f"{name}__isnull", name, f"{name}__exact") and given is not False
        for lookup, given in change.where.items
    )
