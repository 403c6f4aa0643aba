"""The reference of lint rules, from the same texts as `migspec explain`."""

from __future__ import annotations

from migspec.compiler.docs.reference.markdown import fence, table
from migspec.compiler.explanations import Explanation, rules

HEAD = """\
# Lint rules

`migspec lint` says what a spec does to a project that is running: to the release that is deployed, to locks, to rows
and to rolling back. `migspec explain CODE` prints what stands here.

A step that may break a rule says why: `allow: [{rule: drop-field, reason: ..., until: "2027-03-31"}]`.

"""


def rules_page() -> str:
    """Give the page: a table of all rules, then each."""
    found = list(rules())
    rows = [(f"[{rule.code}](#{rule.code.lower()})", f"`{rule.name}`", rule.level, rule.title) for rule in found]
    return HEAD + table(("rule", "name", "level", "hazard"), rows) + "".join(map(section, found))


def section(rule: Explanation) -> str:
    parts = [
        f"\n## {rule.code}: {rule.name} {{ #{rule.code.lower()} }}\n\n*{rule.level}: {rule.title}*\n\n{rule.meaning}\n"
    ]
    parts += [f"\n{rule.where}\n"] if rule.where else []
    parts += [f"\n{block.heading}\n\n{fence(block.text, block.language)}" for block in rule.blocks]
    return "".join(parts)
