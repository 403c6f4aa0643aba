"""The SQL that a plan shows is what Django sends to a real server, which the plan has never asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader

import databases
from harness.compiling import Workshop, workshop
from harness.runner import Runner
from migspec.compiler.compile import plan_specs
from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.review.formats import render
from migspec.compiler.review.gather import gather
from migspec.compiler.review.review import SpecReview
from migspec.compiler.review.sql import CONNECTED

FORTY = Path(__file__).with_name("forty_steps.yaml")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        found.project.write("shop/migspecs/forty_steps.yaml", FORTY.read_text(encoding="utf-8"))
        yield found


def reviewed(made: Workshop) -> SpecReview:
    [spec] = gather(plan_specs(made.read(), made.config), made.databases, []).specs
    made._forget()
    return spec


def test_is_what_sqlmigrate_prints(made: Workshop, database: databases.Database) -> None:
    spec = reviewed(made)
    made.compile()
    with Runner(database, project=made.project) as runner:
        server = "mariadb" if getattr(runner.connection, "mysql_is_mariadb", False) else database.vendor
        compared = 0
        for file in spec.files:
            runner.migrate_to(*MigrationLoader(runner.connection).graph.node_map[file.app, file.name].parents.pop().key)
            loader = MigrationLoader(runner.connection)
            written = loader.collect_sql([(loader.get_migration(file.app, file.name), False)])
            expected = [
                re.sub(
                    r"\bb'([^']*)'", r"\1", line.strip()
                )  # Django prints what MySQL's driver gives for numbers as bytes
                for line in written
                if not line.startswith(("--", "BEGIN", "COMMIT", "START"))
            ]
            steps = [step.sql[server] for step in file.steps]
            actual = [one for sql in steps if not sql.about for one in sql.statements]
            actual += [one for sql in steps for one in sql.at_end]
            for sql in steps:
                assert sql.unknown.startswith(("Python", CONNECTED)) or not sql.unknown, sql.unknown
            if any(sql.unknown.startswith(f"{CONNECTED}: Django asks") for sql in steps):
                expected = [one for one in expected if any(same(shown, one) for shown in actual)]
            assert len(actual) == len(expected), file.name
            for shown, sent in zip(actual, expected, strict=True):
                assert same(shown, sent), f"{file.name}\n{shown}\n{sent}"
                compared += 1
        runner.migrate_to(spec.files[-1].app, spec.files[-1].name)
    assert compared > 30


def same(shown: str, sent: str) -> bool:
    """Whether two statements are the same, but for names that only the server knows."""
    if "new__" in sent:  # columns of a table made anew come in the order in which this process has met them
        return sorted(re.split(r"[(), ]+", shown)) == sorted(re.split(r"[(), ]+", sent))
    parts = re.split(r"<[^>]+ of [^>]+>", shown)
    pattern = r"\w+".join(map(re.escape, parts))
    return re.fullmatch(pattern, sent) is not None


def test_a_database_that_django_cannot_load_is_said(made: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def databases_of(vendor: str) -> list[Any]:
        raise CannotEmit(f"no driver for {vendor}")

    monkeypatch.setattr("migspec.compiler.review.offline.databases", databases_of)
    outcome = plan_specs(made.read(), made.config)
    review = gather(outcome, ["oracle", "postgresql"], [])
    sqls = [sql for file in review.specs[0].files for step in file.steps for sql in step.sql.values()]
    assert {sql.unknown for sql in sqls} == {"no SQL: no driver for oracle", "no SQL: no driver for postgresql"}
    text = render("markdown", review)
    assert "-- no SQL: no driver for oracle" in text


def test_without_a_database_there_is_no_sql(made: Workshop) -> None:
    text = render("markdown", gather(plan_specs(made.read(), made.config), [], []))
    assert "```sql" not in text
    assert "No SQL: the project declares no database" in text


def test_parameters_are_in_their_places(tmp_path: Path) -> None:
    with workshop(tmp_path) as made:
        made.spec(
            "library/values",
            """
            after: 0001_initial
            steps:
              - run_sql:
                  - sql: UPDATE library_book SET summary = %(said)s WHERE pages > %(pages)s AND title LIKE '%%x'
                    params: {pages: 3, said: "it's 100 %"}
                  - {sql: "UPDATE library_book SET summary = %s WHERE pages = %s", params: ["a\\\\b", 4]}
                reverse: {noop: nobody reads it}
                uses: [Book]
              - update_rows: Book
                set: {summary: "it's 100 %"}
                where: {title__startswith: "50%"}
                reverse: {noop: nobody reads it}
            """,
        )
        [spec] = gather(plan_specs(made.read(), made.config), made.databases, []).specs
    written, updated = (step.sql for file in spec.files for step in file.steps)
    quoted = {"postgresql": ("'it''s 100 %'", " E'a\\\\b'"), "sqlite": ("'it''s 100 %'", "'a\\b'")}
    for server, sql in written.items():
        said, slash = quoted.get(server, ("'it\\'s 100 %'", "'a\\\\b'"))
        assert sql.statements == [
            f"UPDATE library_book SET summary = {said} WHERE pages > 3 AND title LIKE '%x';",
            f"UPDATE library_book SET summary = {slash} WHERE pages = 4;",
        ]
        assert f"= {said}" in updated[server].statements[0]
        assert "50" in updated[server].statements[0]
