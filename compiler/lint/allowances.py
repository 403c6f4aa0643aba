"""`allow:` of steps: which findings an author accepts, and which entries nothing needs any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from migspec.compiler.lint.rules import find_rule, rule_words
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, Path, SpecError, nearest
from migspec.schemas.step import Allowance


def entries(spec: SpecFile) -> Iterator[tuple[int, Path, Allowance]]:
    """Give every allowance of a spec with its step's number and its place."""
    for index, step in enumerate(spec.spec.steps):
        for number, allowance in enumerate(step.allow or ()):
            yield index, ("steps", index, "allow", number), allowance


def check_names(specs: Sequence[SpecFile]) -> None:
    """E901 for each allowance of a rule that is not there."""
    problems = [
        Diagnostic(
            "E901",
            f"there is no lint rule '{allowance.rule}'",
            spec.place(*path, "rule"),
            nearest(allowance.rule, rule_words()) or "'migspec explain' lists them",
        )
        for spec in specs
        for _, path, allowance in entries(spec)
        if find_rule(allowance.rule) is None
    ]
    if problems:
        raise SpecError(*problems)


def allowed(spec: SpecFile, today: date) -> set[tuple[int, str]]:
    """Give what is allowed today: numbers of steps with names of rules."""
    return {(index, name_of(one)) for index, _, one in entries(spec) if not has_expired(one, today)}


def name_of(allowance: Allowance) -> str:
    rule = find_rule(allowance.rule)
    return rule.name if rule else allowance.rule


def has_expired(allowance: Allowance, today: date) -> bool:
    return allowance.until is not None and date.fromisoformat(allowance.until) < today


def idle(
    spec: SpecFile, found: Collection[tuple[int, str]], asked: Collection[str], today: date
) -> Iterator[Diagnostic]:
    """Give a finding for each allowance that has expired, and for each of a rule that found nothing.

    `found` is what the rules found, allowed or not; of rules that are not `asked` nobody knows.
    """
    seen: set[tuple[int, str]] = set()
    for index, path, allowance in entries(spec):
        name = name_of(allowance)
        if has_expired(allowance, today):
            message = f"this allowance of {name} ended with {allowance.until}"
            hint = "do what the rule asks, or say anew until when and why"
            yield Diagnostic("E903", message, spec.place(*path, "until"), hint)
        elif name in asked and ((index, name) not in found or (index, name) in seen):
            message = f"{name} finds nothing in this step" if (index, name) not in seen else f"{name} stands twice"
            yield Diagnostic("E902", message, spec.place(*path, "rule"), "remove the entry", level="warning")
        seen.add((index, name))
