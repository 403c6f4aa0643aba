"""What a lint rule is, what it sees, and what it says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from migspec.compiler.lint.made import Made
from migspec.compiler.planning.walk import Walked
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Level
from migspec.schemas.changes import Change
from migspec.schemas.data.rows import Delete, Insert, Update
from migspec.schemas.scope import Scope
from migspec.schemas.step import Step

Data = dict[str, Any]  # a step as it is written: its keys in order

EVERY = frozenset({"mysql", "oracle", "postgresql", "sqlite"})
POSTGRESQL = frozenset({"postgresql"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule says about a step.

    `instead` are the steps that do it safely; with `mechanical` they mean the same in the end, so that --fix may put
    them in the step's place. `later` are steps for a spec of a later release, and `advice` says in words what no step
    can say.
    """

    message: str
    at: tuple[str | int, ...] = ()  # inside the step; the verb key without it
    key: bool = False  # whether the place is that of the key
    advice: str = ""
    instead: Sequence[Data] = ()
    later: Sequence[Data] = ()
    mechanical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A step at its place, as a rule sees it."""

    spec: SpecFile
    place: Walked
    data: Data  # the step as it is written; of a step that a recipe stands for, only its verb
    made: Made  # what the spec's earlier steps have made
    walked: Sequence[Walked]  # all steps of the spec
    hot: frozenset[str] = frozenset()  # models that the project calls hot, as app.model in lower case
    timeouts: frozenset[str] = field(default_factory=frozenset)  # vendors whose settings bound the wait for a lock

    @property
    def step(self) -> Step:
        return self.place.step

    @property
    def scope(self) -> Scope:
        return self.place.scope

    @property
    def changes(self) -> Sequence[Change]:
        return self.place.changes

    @property
    def changes_rows(self) -> bool:
        """Whether migspec writes the step's rows, and could keep what they were."""
        return bool(self.changes) and all(isinstance(change, (Update, Insert, Delete)) for change in self.changes)

    @property
    def vendors(self) -> frozenset[str]:
        """The declared databases that the step runs on."""
        only = self.step.only
        return self.scope.vendors & {only} if only else self.scope.vendors

    @property
    def later(self) -> Sequence[Walked]:
        """The steps after this one."""
        return [place for place in self.walked if place.index > self.place.index]

    @property
    def earlier(self) -> Sequence[Walked]:
        return [place for place in self.walked if place.index < self.place.index]

    def rewritten(self, *without: str, **keys: Any) -> Data:
        """Give the step with keys changed or added, `only` and what is about the step as a whole last."""
        return {key: value for key, value in self.data.items() if key not in without} | keys

    def on_postgresql(self, data: Data) -> Data:
        """Give a step that only PostgreSQL has, as this project has to write it."""
        return data | {"only": "postgresql"} if self.scope.vendors - {"postgresql"} else data

    def allowed(self, rule: Rule, reason: str) -> Data:
        """Give the step as the author writes it who knows that the rule does not matter here."""
        entry = {"rule": rule.name, "reason": reason}
        return self.rewritten(allow=[*self.data.get("allow", []), entry])


class Rule(ABC):
    """A rule: its docstring says the hazard. `bad` and `good` are steps in YAML; the tests lint both."""

    name: ClassVar[str]  # the module's, with hyphens; set by compiler.lint.rules, as is the next
    title: ClassVar[str]  # the hazard in a few words: what the module's docstring says after the name
    code: ClassVar[str]
    level: ClassVar[Level] = "error"
    databases: ClassVar[frozenset[str]] = EVERY  # the rule is asked where one of them is declared
    bad: ClassVar[str]
    good: ClassVar[str]

    @abstractmethod
    def check(self, judged: Judged) -> Iterator[Found]:
        """Give what the rule has against a step."""
