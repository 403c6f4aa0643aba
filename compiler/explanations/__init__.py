"""What every error code and every lint rule means, for `migspec explain` and for the documentation."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from migspec.dsl.codes import CODES
from migspec.dsl.diagnostics import nearest

if TYPE_CHECKING:
    from migspec.compiler.lint.rule import Rule

# What can be said of every error of a group: when it is found.
GROUPS = {
    "E1": "The file as text: found while it is read, also by 'migspec validate --offline'.",
    "E2": "The shape of the spec: found before anything of the project is looked at, also offline.",
    "E3": "The spec against the project: models and fields as they are at the step's place in the history.",
    "E4": "Where the spec stands among the migrations.",
    "E5": "How the spec is rolled back.",
    "E6": "The generated files on disk.",
    "E7": "The project and the command.",
    "E8": "What verify finds when a spec's tests run.",
    "E81": "What census finds in a database with rows.",
    "E9": "Lint rules and the allowances of steps.",
}

BLOCK = re.compile(r"(?:<!-- .*? -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A text that is shown as it is."""

    heading: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a code means, what gives it, and the way out. `meaning` and `way_out` are Markdown."""

    code: str
    title: str  # of an error; of a rule, its hazard in a few words
    name: str = ""  # of a rule
    level: str = ""  # of a rule
    meaning: str
    where: str  # when it is found, or on which databases
    blocks: tuple[Block, ...]
    way_out: str


def explain(word: str) -> Explanation | None:
    """Explain an error or a rule by its code, in any case, or a rule by its name; None where there is none."""
    from migspec.compiler.lint.rules import find_rule

    code = word.upper()
    if code in CODES:
        return of_error(code)
    rule = find_rule(word) or find_rule(code)
    return of_rule(rule) if rule else None


def nearest_word(word: str) -> str:
    """Give a hint for a word that nothing is called."""
    from migspec.compiler.lint.rules import rule_words

    return nearest(word if "-" in word else word.upper(), [*CODES, *rule_words()])


def errors() -> Iterator[Explanation]:
    """Explain every error, in the order of the codes."""
    yield from map(of_error, CODES)


def rules() -> Iterator[Explanation]:
    """Explain every rule, in the order of the codes."""
    from migspec.compiler.lint.rules import all_rules

    yield from map(of_rule, all_rules().values())


def group_of(code: str) -> str:
    """Give the beginning of a code that says when it is found."""
    return max((group for group in GROUPS if code.startswith(group)), key=len)


def of_error(code: str) -> Explanation:
    """Read errors/<CODE>.md: paragraphs on what it means, what is said, and paragraphs on the way out."""
    text = (files(__package__) / "errors" / f"{code}.md").read_text(encoding="utf-8")
    block = BLOCK.search(text)
    if block is None:
        raise ValueError(f"compiler/explanations/errors/{code}.md shows nothing that gives the error")
    return Explanation(
        code=code,
        title=CODES[code],
        meaning=text[: block.start()].strip(),
        where=GROUPS[group_of(code)],
        blocks=(Block(heading="For example", language=block["language"], text=block["text"].rstrip()),),
        way_out=text[block.end() :].strip(),
    )


def of_rule(rule: Rule) -> Explanation:
    """Take what the rule's class says."""
    from migspec.compiler.lint.rule import EVERY

    everywhere = rule.databases == EVERY
    return Explanation(
        code=rule.code,
        title=rule.title,
        name=rule.name,
        level=rule.level,
        meaning=inspect.cleandoc(rule.__doc__ or ""),
        where="" if everywhere else f"Where one of these databases is declared: {', '.join(sorted(rule.databases))}.",
        blocks=tuple(
            Block(heading=heading, language="yaml", text=textwrap.dedent(steps).strip("\n"))
            for heading, steps in (("Instead of", rule.bad), ("write", rule.good))
        ),
        way_out=f"Or say on the step why it does no harm there: `allow: [{{rule: {rule.name}, reason: ...}}]`",
    )
