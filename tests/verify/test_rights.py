"""verify as a user who may not create databases, and with the right that the complaint asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import databases
from cli.test_cli import Session
from harness.compiling import workshop

HERE = Path(__file__).parent
SPEC = "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n"

Golden = Callable[[Path, str], None]


@contextmanager
def role(vendor: str, name: str) -> Iterator[tuple[str, Callable[[str], None]]]:
    """Make a user without rights, and drop it; give the server's URL with it, and a way to run SQL as administrator."""
    if vendor == "postgresql":
        url = databases.postgresql_url()
        made, gone = [f"CREATE ROLE {name} LOGIN PASSWORD 'secret'"], [f"DROP ROLE {name}"]
        run = lambda sql: databases._on_postgresql(url, sql)  # noqa: E731
    else:
        url = databases.mysql_url()
        made, gone = [f"CREATE USER '{name}'@'%' IDENTIFIED BY 'secret'"], [f"DROP USER '{name}'@'%'"]
        run = lambda sql: databases._on_mysql(url, sql)  # noqa: E731
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    for sql in made:
        run(sql)
    try:
        yield parts._replace(netloc=f"{name}:secret@{server}").geturl(), run
    finally:
        for sql in gone:
            run(sql)


@pytest.mark.parametrize("vendor", ["postgresql", "mysql"])
def test_a_user_who_may_not_create_databases(vendor: str, tmp_path: Path, golden: Golden) -> None:
    try:
        {"postgresql": databases.postgresql_url, "mysql": databases.mysql_url}[vendor]()
    except databases.Unavailable as reason:
        if databases.required():
            pytest.fail(f"{vendor}: {reason}", pytrace=False)
        pytest.skip(f"{vendor}: {reason}")
    name = f"migspec_reader_{tmp_path.stat().st_ino}"
    with workshop(tmp_path) as made, role(vendor, name) as (url, run):
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["mysql", "postgresql"]\n')
        made.spec("shop/empty", SPEC)
        session = Session(made)
        said = session.run("verify", "--database", url)
        assert session.code == 2
        remedy = re.search(r"let an administrator say: (.*)", said)
        said = re.sub(r"(no scratch database on )\S+: ", r"\1SERVER: ", said).replace(name, "reader")
        golden(HERE / f"no_right_{vendor}.txt", re.sub(r"'reader'@'[^%']*'|migspec_\d+_\w+", "...", said))
        assert remedy is not None
        run(remedy[1])
        session.run("verify", "--database", url)
        assert session.code == 0, "the hint helps"
