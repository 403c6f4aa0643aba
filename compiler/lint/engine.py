"""Lint: ask every chosen rule about every step of planned specs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from migspec.compiler.lint.allowances import allowed, idle
from migspec.compiler.lint.made import Made
from migspec.compiler.lint.rule import Data, Found, Judged, Rule
from migspec.compiler.lint.selection import Selection
from migspec.compiler.lint.timeouts import bounded
from migspec.compiler.lint.writing import keeps_comments, replacing, step_lines
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.walk import Walked
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A diagnostic of lint; of a rule, with the steps that may stand in the step's place."""

    diagnostic: Diagnostic
    spec: SpecFile
    rule: Rule | None = None
    step: int = 0
    instead: Sequence[Data] = ()
    later: Sequence[Data] = ()
    fixable: bool = False


def lint(plans: Sequence[SpecPlan], selection: Selection, today: date) -> list[Finding]:
    """Give what the rules find in specs, and the allowances that are of no use, by file and place."""
    found = [finding for plan in plans for finding in _lint_one(plan, selection, today)]
    return sorted(found, key=lambda one: _order(one.diagnostic))


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    place = diagnostic.place
    return place.file, place.line, place.column, diagnostic.code


def _lint_one(plan: SpecPlan, selection: Selection, today: date) -> Iterator[Finding]:
    may = allowed(plan.spec, today)
    hits: set[tuple[int, str]] = set()
    for judged in judged_steps(plan, selection):
        for rule in selection.rules:
            if not rule.databases & judged.vendors:
                continue
            for found in rule.check(judged):
                if is_of_recipe(judged):
                    found = of_recipe(rule, found, judged)
                hits.add((judged.place.index, rule.name))
                if (judged.place.index, rule.name) not in may:
                    yield _finding(rule, found, judged, selection.levels[rule.name])
    for diagnostic in idle(plan.spec, hits, selection.levels, today):
        yield Finding(diagnostic=diagnostic, spec=plan.spec)


def judged_steps(plan: SpecPlan, selection: Selection) -> Iterator[Judged]:
    """Give each step with what the ones before it have made."""
    made = Made()
    timeouts = bounded()
    for place in plan.walked:
        yield Judged(
            spec=plan.spec,
            place=place,
            data=written(plan.spec, place),
            made=made,
            walked=plan.walked,
            hot=selection.hot,
            timeouts=timeouts,
        )
        made = made.after(place.changes)


def written(spec: SpecFile, place: Walked) -> Data:
    """Give a step as it is written."""
    step = spec.spec.steps[place.index]
    return spec.source.data["steps"][place.index] if step is place.step else {place.step.verb: str(place.step.about)}


def is_of_recipe(judged: Judged) -> bool:
    """Whether the author wrote a recipe that stands for the step."""
    return judged.spec.spec.steps[judged.place.index] is not judged.step


def of_recipe(rule: Rule, found: Found, judged: Judged) -> Found:
    """Say it of the recipe, whose steps stand nowhere."""
    recipe = judged.spec.spec.steps[judged.place.index]
    entry = {"rule": rule.name, "reason": "why it may"}
    data = judged.spec.source.data["steps"][judged.place.index]
    return Found(
        message=found.message,
        at=(recipe.verb,),
        advice=f"write out the steps that {recipe.verb} stands for and do it safely there, or say why it may:",
        instead=[data | {"allow": [*data.get("allow", []), entry]}],
    )


def _finding(rule: Rule, found: Found, judged: Judged, level: Level) -> Finding:
    path = found.at or (judged.step.verb,)
    place = judged.spec.place("steps", judged.place.index, *path, key=found.key)
    diagnostic = Diagnostic(rule.code, f"{rule.name}: {found.message}", place, _hint(found, judged), level)
    return Finding(
        diagnostic=diagnostic,
        spec=judged.spec,
        rule=rule,
        step=judged.place.index,
        instead=found.instead,
        later=found.later,
        fixable=found.mechanical and keeps_comments(judged.spec, judged.place.index),
    )


def _hint(found: Found, judged: Judged) -> str:
    """Give the advice, and the steps to paste."""
    lines = [found.advice] if found.advice else []
    if found.instead:
        lines += replacing(judged.spec, judged.place.index, found.instead)
    if found.later:
        lines += ["and when that is deployed, in a spec of a later release:"] if found.instead else []
        lines += step_lines(found.later, judged.spec.source.format)
    return "\n".join(lines)
