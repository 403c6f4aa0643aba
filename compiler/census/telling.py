"""What the code of a row step calls to tell what it has found: rows that it would write, and what would stop it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.db.models.deletion import get_candidate_relations_to_delete

from migspec.compiler.census.asking import TELLING
from migspec.compiler.census.finding import FIRST, Counted, Finding, Part, rows_of, shown
from migspec.compiler.census.values import Rows, duplicates, keys_of, misfits, missing, nulls

CODES = {"values": "E811", "nulls": "E812", "duplicates": "E813"}


@dataclass
class Telling:
    """What the code of a step tells, written down for the step."""

    counted: Counted
    part: Part
    connection: BaseDatabaseWrapper
    is_there: Callable[[tuple[str, str]], bool]  # whether all rows of a model are in the database now
    seen: set[str] = field(default_factory=set)

    def functions(self) -> dict[str, Any]:
        return {"any_of": any_of, **{name: getattr(self, name) for name in TELLING if hasattr(self, name)}}

    def found(self, *findings: Finding) -> None:
        for finding in findings:
            if finding.message not in self.seen:
                self.seen.add(finding.message)
                self.counted.findings.append(finding)

    def tell(self, about: str, said: str, values: Any, rows: Rows | None = None) -> None:
        """Values before which the step stops, as a query or a list; `rows` are those that hold them."""
        first = [shown(value) for value in values[: FIRST + 1]]
        if not first:
            return
        count = rows.count() if rows is not None else values.count() if hasattr(values, "query") else len(values)
        where = f" ({rows_of(count)})" if rows is not None else ""
        self.found(Finding(CODES[about], f"{said}{where}", count, first[:FIRST], more=len(first) > FIRST))

    def tell_unless_one(self, said: str, got: Rows, written: Rows | None) -> None:
        if (written is None or written.exists()) and (count := got.count()) != 1:
            self.found(Finding("E811", f"{said}, and there are {count}", count))

    def tell_rows(self, rows: Rows, every: Rows | None = None) -> None:
        """Rows that are written; `every` are those of the table."""
        self.part.rows = (self.part.rows or 0) + rows.count()
        if every is not None:
            self.part.of = every.count()

    def tell_literal(self, keys: Sequence[Any], there: Collection[Any], existing: str) -> None:
        known = sum(key in there for key in keys)
        self.part.rows = len(keys) - known
        if known:
            done = {"update": "updated", "skip": "left alone", "error": "refused"}[existing]
            self.part.also.append(f"{rows_of(known)} there already ({done})")

    def tell_fit(
        self, rows: Rows, column: str, field: Any, label: str, asked: Collection[str], to: Any = None, key: str = ""
    ) -> None:
        if "nulls" in asked:
            self.found(*nulls(rows, column, label))
        if "sizes" in asked:
            self.found(*misfits(rows, column, field, label, self.connection))
        if "unique" in asked:
            self.found(*duplicates(rows, [column], label))
        if "keys" in asked:
            self.found(*missing(rows, column, to, key, label))

    def tell_cascade(self, rows: Rows) -> None:
        """Follow on_delete from rows that go."""
        waiting, seen = [rows], set[tuple[str, str]]()
        going: dict[Any, list[Rows]] = {}
        restricted: list[tuple[str, Rows]] = []
        while waiting:
            gone = waiting.pop(0)
            relations: Iterable[Any] = get_candidate_relations_to_delete(gone.model._meta)  # hidden ones too
            for relation in relations:
                held, model = relation.field, relation.related_model
                mark, name = (model._meta.label, held.attname), f"{model._meta.object_name}.{held.name}"
                if mark in seen:
                    continue
                seen.add(mark)
                if not self.is_there((model._meta.app_label, model._meta.model_name)):
                    self.counted.unknown.append(f"what {name} holds is not known before an earlier step has run")
                    continue
                keys = gone.order_by().values(held.target_field.attname)
                hanging = model._base_manager.using(gone.db).filter(**{f"{held.attname}__in": keys})
                count = hanging.count()
                match held.remote_field.on_delete:
                    case _ if not count:
                        continue
                    case models.PROTECT:
                        self.protected(name, hanging)
                    case models.RESTRICT:
                        restricted.append((name, hanging))
                    case models.CASCADE:
                        deeper = " and what hangs on those" if model is gone.model else ""
                        self.part.also.append(f"{rows_of(count)} of {model._meta.object_name} with them{deeper}")
                        going.setdefault(model, []).append(hanging)
                        waiting.append(hanging)
                    case models.DO_NOTHING:
                        continue
                    case _:
                        self.part.also.append(f"{name} set in {rows_of(count)}")
        for name, hanging in restricted:  # rows that go as well restrict nothing
            for others in going.get(hanging.model, ()):
                hanging = hanging.exclude(pk__in=others.order_by().values("pk"))
            self.protected(name, hanging)

    def protected(self, name: str, hanging: Rows) -> None:
        if count := hanging.count():
            self.found(Finding("E811", f"{name} protects what would go, in {rows_of(count)}", count, keys_of(hanging)))


def any_of(rows: Rows, given: Sequence[dict[str, Any]]) -> Rows:
    """Give the rows that fulfil one of several lookups."""
    found = Q(pk__in=[])
    for one in given:
        found |= Q(**one)
    return rows.filter(found)
