"""Where a spec stands in the migration graph: its `after`, resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from migspec.compiler.history import History, Key
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest

# A spec by app label and name, as `after` may call it, with its files in the order in which they run.
Files = Mapping[tuple[str, str], Sequence[Key]]


def unresolved(
    spec: SpecFile, history: History, done: Files, hidden: Collection[Key] = frozenset()
) -> list[tuple[str, str]]:
    """Give the entries of `after` that name nothing that is there yet; what is hidden is not there."""
    return [entry for entry in spec.after if not set(_resolve(entry, history, done)) - set(hidden)]


def resolve(spec: SpecFile, history: History, done: Files) -> list[Key]:
    """Give the migrations that the spec comes after; E401, E402."""
    problems: list[Diagnostic] = []
    found: dict[Key, None] = {}
    for index, (app_label, name) in enumerate(spec.after):
        keys = _resolve((app_label, name), history, done)
        found |= dict.fromkeys(keys)
        if not keys:
            path = ("after",) if isinstance(spec.spec.after, str) else ("after", index)
            names = [*history.names(app_label), *(other for app, other in done if app == app_label)]
            message = f"the app '{app_label}' has no migration or spec '{name}'"
            hint = nearest(name, names) or (f"its last migration is '{names[-1]}'" if names else "")
            problems.append(Diagnostic("E401", message, spec.place(*path), hint))
    for index, dotted in enumerate(spec.spec.run_before):
        app_label, _, name = dotted.partition(".")
        if not history.find(app_label, name) and (app_label, name) not in history.waiting:
            message = f"the app '{app_label}' has no migration '{name}'"
            hint = nearest(name, history.names(app_label))
            problems.append(Diagnostic("E401", message, spec.place("run_before", index), hint))
    if not spec.after and (leaves := history.leaves(spec.app)):
        message = f"the app '{spec.app}' has migrations, and the spec does not say after which it comes"
        last = next((name for (app, name), keys in done.items() if leaves[-1] in keys), leaves[-1][1])
        problems.append(Diagnostic("E402", message, spec.place("app", key=True), f"after: {last}"))
    if problems:
        raise SpecError(*problems)
    return list(found)


def resolved(spec: SpecFile, history: History, done: Files) -> list[Key]:
    """Give the migrations that a spec comes after whose files are there; what is not there is left out."""
    found: dict[Key, None] = {}
    for entry in spec.after:
        found |= dict.fromkeys(_resolve(entry, history, done))
    return list(found)


def _resolve(entry: tuple[str, str], history: History, done: Files) -> list[Key]:
    if entry in done:
        last = {key[0]: key for key in history.standing(done[entry])}  # its last file in each app
        return list(last.values())
    key = history.find(*entry)
    return [key] if key else []


def written_apps(spec: SpecFile, after: Sequence[Key]) -> set[str]:
    """Give the apps whose migrations after the spec's place it must not see."""
    return {spec.app} | {app_label for app_label, _ in after}


def check_names(specs: Iterable[SpecFile], history: History) -> None:
    """E406 where a spec has the name of a migration of its app: `after` could not tell them apart."""
    problems = [
        Diagnostic(
            "E406",
            f"'{spec.name}' is the name of a migration of the app '{spec.app}'",
            spec.place("app"),
            "give the file of the spec another name",
        )
        for spec in specs
        if spec.name in history.names(spec.app)
    ]
    if problems:
        raise SpecError(*problems)


def check_leaves(specs: Mapping[Key, SpecFile], history: History) -> None:
    """E403 and E405 where an app that specs write has two ends; `specs` gives the spec of each generated file."""
    problems = []
    for app_label in sorted({key[0] for key in specs}):
        leaves = history.leaves(app_label)
        if len(leaves) < 2:
            continue
        ends = [(key, specs[key]) for key in leaves if key in specs]
        if len(ends) < 1:
            continue
        others = [key for key in leaves if key not in specs]
        if others:
            for key, spec in ends:
                message = f"{app_label}.{others[0][1]} and this spec's {key[1]} are both the last of '{app_label}'"
                problems.append(Diagnostic("E405", message, _place(spec), f"after: {others[0][1]}"))
        else:
            (_, first), *rest = sorted(ends, key=lambda end: end[1].shown)
            for _, spec in rest:
                message = f"this spec and {first.shown} come after the same place in the app '{app_label}'"
                problems.append(Diagnostic("E403", message, _place(spec), f"after: {first.name}"))
    if problems:
        raise SpecError(*problems)


def _place(spec: SpecFile) -> Place:
    return spec.place("after") if spec.after else spec.place("app")
