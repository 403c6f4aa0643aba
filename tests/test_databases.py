"""The databases that the other tests get: fresh, of the vendor asked for, gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError

import databases
from harness import Runner


def test_is_empty_and_of_the_vendor(database: databases.Database) -> None:
    with Runner(database) as run:
        assert run.connection.vendor == database.vendor
        assert run.tables() == {}


@pytest.mark.parametrize("vendor", databases.VENDORS)
def test_two_at_once_are_apart(vendor: str, tmp_path: Path) -> None:
    try:
        with (
            databases.fresh(vendor, tmp_path) as first,
            databases.fresh(vendor, tmp_path) as second,
            Runner(first, alias="first") as one,
            Runner(second, alias="second") as two,
        ):
            one.migrate_to("people", "0001_initial")
            assert "people_user" in one.tables()
            assert two.tables() == {}
    except databases.Unavailable as reason:
        if databases.required():
            raise
        pytest.skip(f"{vendor}: {reason}")


def test_a_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("MIGSPEC_TEST_POSTGRESQL", "postgresql://nobody@127.0.0.1:1/")
    with pytest.raises(databases.Unavailable, match=r"PostgreSQL does not answer: .*refused"):
        databases.postgresql_url.__wrapped__()


def test_no_table_is_in_the_default_database() -> None:
    from library.models import Book

    with pytest.raises(OperationalError, match="no such table"):
        Book.objects.exists()
