"""The reference of errors, from the same texts as `migspec explain`."""

from __future__ import annotations

from itertools import groupby

from migspec.compiler.docs.reference.markdown import fence
from migspec.compiler.explanations import GROUPS, Explanation, errors, group_of

HEAD = """\
# Errors

Each error has a code, the path with line and column, a sentence on what is wrong, and mostly a hint that can be pasted.
All errors of a file come at once, and no file is written while there is one. `migspec explain CODE` prints what
stands here. Some are warnings where they do not stop anything: E312 of rolling back, E317 and E407.
"""


def errors_page() -> str:
    """Give the page: every code, in the groups that say when it is found."""
    text = HEAD
    for group, members in groupby(errors(), key=lambda error: group_of(error.code)):
        title, _, when = GROUPS[group].partition(": ")
        text += f"\n## {group}: {title[0].lower()}{title[1:].rstrip('.')}\n"
        text += f"\n{when[0].upper()}{when[1:]}\n" if when else ""
        text += "".join(map(section, members))
    return text


def section(error: Explanation) -> str:
    blocks = "\n".join(fence(block.text, block.language) for block in error.blocks)
    heading = f"### {error.code}: {error.title} {{ #{error.code.lower()} }}"
    return f"\n{heading}\n\n{error.meaning}\n\n{blocks}\n{error.way_out}\n"
