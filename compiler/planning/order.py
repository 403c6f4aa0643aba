"""The fewest files: which change goes into which file, so that the author's order holds in effect.

Two changes may pass each other where neither reads or writes what the other writes. A file holds changes of one colour
(app and kind). Given the colours in order, filling each file with every change that is ready loses nothing; so only the
order of the colours is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

# Up to here every order of colours is tried; beyond, only the most promising ones. A real spec has two or three.
MOST_BRANCHES = 20_000
BEAM = 200

Colour = Hashable


def blockers(count: int, conflict: Callable[[int, int], bool]) -> list[frozenset[int]]:
    """Give for each change the earlier changes that must stay before it."""
    return [frozenset(i for i in range(j) if conflict(i, j)) for j in range(count)]


def pack(
    colours: Sequence[Colour],
    before: Sequence[frozenset[int]],
    late: Callable[[int], bool],
    alone: Callable[[int], bool],
) -> list[list[int]]:
    """Give the files, each a list of indexes in the author's order.

    `before[i]` are the changes that must precede change i. `late(i)` is true for destructive changes, which go to the
    latest file they can; all others go to the earliest. `alone(i)` is true for a change that needs a file of its own.
    """
    files = _fewest(colours, before, late, alone)
    return _postpone(files, colours, before, late, alone)


def _fewest(
    colours: Sequence[Colour],
    before: Sequence[frozenset[int]],
    late: Callable[[int], bool],
    alone: Callable[[int], bool],
) -> list[list[int]]:
    everything = len(colours)
    layer: dict[frozenset[int], list[list[int]]] = {frozenset(): []}
    seen = {frozenset[int]()}
    while True:
        for done, files in layer.items():
            if len(done) == everything:
                return files
        following: dict[frozenset[int], list[list[int]]] = {}
        for done, files in layer.items():
            for file in _next_files(done, colours, before, late, alone):
                reached = done | frozenset(file)
                if reached not in seen:
                    seen.add(reached)
                    following[reached] = [*files, file]
        if len(seen) > MOST_BRANCHES:
            best = sorted(following.items(), key=lambda item: -len(item[0]))[:BEAM]
            following = dict(best)
        layer = following


def _next_files(
    done: frozenset[int],
    colours: Sequence[Colour],
    before: Sequence[frozenset[int]],
    late: Callable[[int], bool],
    alone: Callable[[int], bool],
) -> list[list[int]]:
    """Give each file that may come next: for each colour that is ready, every change of it that then becomes ready."""
    ready = [i for i in range(len(colours)) if i not in done and before[i] <= done]
    ready.sort(key=late)  # of two orders with as many files, the one that destroys late
    found: list[list[int]] = []
    for colour in dict.fromkeys(colours[i] for i in ready if not alone(i)):
        reached, file = done, list[int]()
        for i in range(len(colours)):  # blockers come earlier in the author's order, so one pass closes the set
            if i not in reached and colours[i] == colour and not alone(i) and before[i] <= reached:
                reached |= {i}
                file.append(i)
        found.append(file)
    return [*found, *([i] for i in ready if alone(i))]


def _postpone(
    files: list[list[int]],
    colours: Sequence[Colour],
    before: Sequence[frozenset[int]],
    late: Callable[[int], bool],
    alone: Callable[[int], bool],
) -> list[list[int]]:
    """Move each destructive change to the last file of its colour that nothing it blocks precedes."""
    place = {i: number for number, file in enumerate(files) for i in file}
    for i in sorted(place, reverse=True):
        if late(i) and not alone(i):
            limit = min((place[j] for j in place if i in before[j]), default=len(files) - 1)
            for number in range(limit, place[i], -1):
                if files[number] and colours[files[number][0]] == colours[i] and not alone(files[number][0]):
                    files[place[i]].remove(i)
                    files[number].append(i)
                    place[i] = number
                    break
    return [sorted(file) for file in files if file]
