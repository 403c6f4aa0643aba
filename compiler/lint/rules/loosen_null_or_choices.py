"""loosen-null-or-choices: values appear that code of the last release does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.altering import altered
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.spelling import element
from migspec.dsl.diagnostics import Level
from migspec.dsl.names import ElementName


class LoosenNullOrChoices(Rule):
    """The release that is running meets NULL, or a choice that it does not know, in rows that new code writes.

    Deploy code that copes with them first. Then nothing in the step changes but that it says so.
    """

    code: ClassVar[str] = "MIG107"
    level: ClassVar[Level] = "warning"
    bad: ClassVar[str] = """
    - alter_field: Book.summary
      field: {nullable: true}
    """
    good: ClassVar[str] = """
    - alter_field: Book.pages
      field: {help_text: Without the cover.}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for one in altered(judged):
            if not judged.made.is_old(one.model, one.name):
                continue
            label = element(judged.scope, one.model, one.name)
            before, after = choices(one.old), choices(one.new)
            if one.new.null and not one.old.null and not goes(judged, one.name):
                said = f"code that is running may not expect NULL in {label}"
            elif before and after - before:
                said = f"code that is running does not know the new choices of {label}"
            else:
                continue
            allowed = judged.allowed(self, "the release that is running copes with it")
            advice = "deploy code that copes with it first, and then say so:"
            yield Found(message=said, at=("field",), advice=advice, instead=[allowed])


def choices(field: object) -> set[object]:
    return {value for value, _ in getattr(field, "flatchoices", ())}


def goes(judged: Judged, name: str) -> bool:
    """Whether a later step takes the field away: then it is loosened for that."""
    return any(
        place.step.verb == "remove_field"
        and isinstance(place.step.about, ElementName)
        and place.step.about.name == name
        for place in judged.later
    )
