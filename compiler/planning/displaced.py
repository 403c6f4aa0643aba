"""Whether the files of a fresh spec still stand where the spec would put them now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from migspec.compiler.files.survey import Status, Survey
from migspec.compiler.history import Generated, History, Key
from migspec.compiler.planning.place import Files, resolved, unresolved
from migspec.compiler.specs import SpecFile
from migspec.schemas.changes import Kind

_WORD = re.compile(rf"({'|'.join(kind.value for kind in Kind)}|merge)(_[0-9]+)?")


def misplaced_among(fresh: Sequence[Survey], others: Files, history: History, *, complete: bool) -> list[Survey]:
    """Give the fresh specs, marked, whose files do not stand where they would be put, as far as that shows yet.

    `others` are the files of specs outside the run. Where the fresh specs are not all of the run (`complete`), those
    whose files wait for others are left for planning to judge.
    """
    pending = list(fresh)
    done = dict(others)
    misplaced: list[Survey] = []
    while True:
        waiting = []
        for found in pending:
            spec = found.spec
            if unresolved(spec, history, done) or not (
                complete or set(history.standing(found.keys)) <= history.loader.graph.nodes.keys()
            ):
                waiting.append(found)
                continue
            marked = with_misplaced(found, resolved(spec, history, done), history)
            if marked.having(Status.MISPLACED):
                misplaced.append(marked)
            else:
                done[spec.key] = found.keys
        if len(waiting) == len(pending):
            return misplaced
        pending = waiting


def with_misplaced(found: Survey, after: Sequence[Key], history: History) -> Survey:
    """Mark as misplaced the files of a fresh spec that comes after `after` whose names are not those they would get.

    Where the names are right but what the first file builds on is not, or is not there, all of them are. Files that a
    squash has replaced stay where they are.
    """
    files = [file for file in found.by_number if history.standing([file.key]) == [file.key]]
    if not files:
        return found
    names = _names(found.spec, files, after, history)
    wrong = {file.key for file in files if names[file.head.number] != file.key[1]}
    if not wrong and not follows([file.key for file in files], after, history):
        wrong = set(found.keys)
    return found.misplacing(wrong)


def follows(keys: Sequence[Key], after: Sequence[Key], history: History) -> bool:
    """Whether the files are in the graph and the first of them comes right after `after`."""
    nodes = history.loader.graph.node_map
    if any(key not in nodes for key in keys):
        return False
    return set(after) <= {parent.key for parent in nodes[keys[0]].parents}


def _names(spec: SpecFile, files: Sequence[Generated], after: Sequence[Key], history: History) -> Mapping[int, str]:
    """Number the files anew; a name that does not say its kind is wrong whatever its number."""
    nodes = history.loader.graph.node_map
    names: dict[int, str] = {}
    next_number: dict[str, int] = {}
    for file in files:
        app_label, name = file.key
        if app_label not in next_number:
            before = [parent.key for parent in nodes[file.key].parents] if file.key in nodes else []
            next_number[app_label] = history.highest_number(app_label, [*after, *before]) + 1
        word = name.partition("_")[2]
        rest = word.removeprefix(f"{spec.name}_")
        is_ours = rest != word and _WORD.fullmatch(rest)
        names[file.head.number] = f"{next_number[app_label]:04}_{word}" if is_ours else ""
        next_number[app_label] += 1
    return names
