"""Every lint rule with its bad and its good steps, and the cases under lint/; --update writes the texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from databases import Database
from harness.cases import all_cases, go_back, is_irreversible, placed
from harness.compiling import Workshop, workshop
from harness.runner import Runner
from migspec.compiler.compile import plan_specs
from migspec.compiler.lint.allowances import check_names
from migspec.compiler.lint.engine import Finding, lint
from migspec.compiler.lint.fix import first_fixes, fixed_text
from migspec.compiler.lint.rule import Rule
from migspec.compiler.lint.rules import all_rules
from migspec.compiler.lint.selection import Selection
from migspec.compiler.lint.writing import step_lines
from migspec.compiler.specs import read_specs
from migspec.dsl.diagnostics import SpecError, render

HERE = Path(__file__).parent / "lint"
RULES = list(all_rules().values())
CASES = sorted([*HERE.glob("*.yaml"), *HERE.glob("*.toml")])
TODAY = date(2026, 6, 1)

Golden = Callable[[Path, str], None]


def findings(made: Workshop, *, hot: bool = False) -> list[Finding]:
    """Ask every rule about every spec."""
    specs = made.read()
    check_names(specs)
    plans = plan_specs(specs, made.config).plans
    levels = {name: rule.level for name, rule in all_rules().items()}
    return lint(plans, Selection(levels=levels, hot=frozenset({"library.loan"} if hot else ())), TODAY)


def databases(rule: Rule) -> tuple[str, ...]:
    """The databases that a rule's example is for: those of the tests, or the one that it is about."""
    several = ("mysql", "postgresql", "sqlite")
    return several if rule.databases >= set(several) else tuple(sorted(rule.databases & set(several)))


def text_of(found: list[Finding]) -> str:
    return "".join(f"{render(one.diagnostic)}\n" for one in found)


def write(made: Workshop, name: str, steps: str) -> None:
    made.spec(f"library/{name}", f"after: 0001_initial\nsteps:\n{steps.strip(chr(10))}\n")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_bad_steps(rule: Rule, tmp_path: Path, golden: Golden) -> None:
    """The rule finds its own bad steps; what it proposes can be read, planned, and is not found again."""
    with workshop(tmp_path, databases=databases(rule)) as made:
        write(made, "bad", dedent(rule.bad))
        found = findings(made, hot=True)
        own = [one for one in found if one.rule is rule]
        assert own
        golden(HERE / f"{rule.code}_{rule.name.replace('-', '_')}.txt", text_of(own))
        if not any(one.instead or one.later for one in own):  # the advice is about something else than the spec
            return
        replace_steps(made, own)
        again = [one for one in findings(made) if one.rule is rule]
        assert not again, text_of(again)


def replace_steps(made: Workshop, found: list[Finding]) -> None:
    """Put what the findings propose for this release into the place of the steps."""
    [spec] = made.read()
    proposed = {one.step: one for one in found if one.instead or one.later}
    spec.path.write_text(fixed_text(spec, proposed))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_good_steps(rule: Rule, tmp_path: Path) -> None:
    with workshop(tmp_path, databases=databases(rule)) as made:
        write(made, "good", dedent(rule.good))
        found = [one for one in findings(made, hot=True) if one.rule is rule]
        assert not found, text_of(found)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_case(path: Path, tmp_path: Path, golden: Golden) -> None:
    """What lint says of a spec, and what --fix makes of it."""
    with workshop(tmp_path) as made:
        made.project.write(f"library/migspecs/{path.name}", path.read_text())
        try:
            found = findings(made)
        except SpecError as error:
            golden(path.with_name(f"{path.name}.txt"), f"{error}\n")
            return
        said = text_of(found)
        for spec, fixes in first_fixes(found).items():
            said += f"--- with --fix\n{fixed_text(spec, fixes)}"
        golden(path.with_name(f"{path.name}.txt"), said)
        for _ in range(5):
            for spec, fixes in first_fixes(found).items():
                spec.path.write_text(fixed_text(spec, fixes))
            found = findings(made)
        assert not first_fixes(found), "what --fix writes can be read and planned, and it comes to an end"


@pytest.mark.parametrize("path", all_cases(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_rules_propose_for_other_specs(path: Path, tmp_path: Path) -> None:
    """In every spec that the tests compile, each proposal can be planned, and its finding is gone."""
    with placed(path, tmp_path) as (project, spec, config):
        plans = plan_specs([spec], config).plans
        selection = Selection(levels={rule.name: rule.level for rule in RULES})
        found = lint(plans, selection, TODAY)
        for one in found:
            if one.instead:
                spec.path.write_text(fixed_text(spec, {one.step: one}))
                again = read_specs([spec.path], project.root)
                try:
                    plans = plan_specs(again, config).plans
                except SpecError as error:
                    # What stays in its table need not be kept: keep_old goes too (E503). And what is cut to its length
                    # cannot tell a copy any more: the author says what rolling back does (E501).
                    if one.fixable or not {problem.code for problem in error.diagnostics} <= {"E501", "E503"}:
                        raise
                    continue
                assert count(lint(plans, selection, TODAY), one) < count(found, one), render(one.diagnostic)


def count(found: list[Finding], one: Finding) -> int:
    """Count the findings that say the same."""
    return sum((other.rule, other.diagnostic.message) == (one.rule, one.diagnostic.message) for other in found)


def test_codes_and_names_are_one_to_one() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"MIG[1-5]\d\d", code) for code in codes)


def test_every_text_has_its_case() -> None:
    names = {f"{rule.code}_{rule.name.replace('-', '_')}.txt" for rule in RULES} | {
        f"{path.name}.txt" for path in CASES
    }
    assert {path.name for path in HERE.glob("*.txt")} == names


# --- on databases ---


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_good_steps_migrate(rule: Rule, database: Database, tmp_path: Path) -> None:
    with on_database(rule, database, tmp_path) as made:
        write(made, "good", dedent(rule.good))
        migrates(made, database)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_a_rule_proposes_migrates(rule: Rule, database: Database, tmp_path: Path) -> None:
    """The steps for this release go forward, back and forward, and so do those for a later one after them."""
    with on_database(rule, database, tmp_path) as made:
        write(made, "bad", dedent(rule.bad))
        own = [one for one in findings(made, hot=True) if one.rule is rule]
        replace_steps(made, own)
        later = [step for one in own for step in one.later]
        if later:
            made.spec("library/later", "after: bad\nsteps:\n" + "\n".join(step_lines(later, "yaml")) + "\n")
        migrates(made, database)


@contextmanager
def on_database(rule: Rule, database: Database, folder: Path) -> Iterator[Workshop]:
    if database.vendor not in rule.databases:
        pytest.skip(f"the rule is about {', '.join(sorted(rule.databases))}")
    with workshop(folder / "project", databases=databases(rule)) as made:
        yield made


def migrates(made: Workshop, database: Database) -> None:
    files = list(made.plan().files)
    made.compile()
    with Runner(database, project=made.project) as runner:
        runner.migrate()
        tables = runner.tables()
        if not is_irreversible(files):
            go_back(runner, files, [("library", "0001_initial")])
            runner.migrate()
            assert runner.tables() == tables
