"""Scratch databases: what one holds after it was put back, whatever was done to it."""

from __future__ import annotations

from migspec.compiler.verify.scratch import scratch_on
from migspec.compiler.verify.servers import Server


def test_it_may_be_altered_and_put_back_many_times(server: Server) -> None:
    """MariaDB keeps what it knows of dropped columns with a table, until there are too many."""
    with scratch_on(server) as scratch:
        with scratch.connection.cursor() as cursor:
            cursor.execute("CREATE TABLE book (id integer PRIMARY KEY, title varchar(200))")
            cursor.execute("INSERT INTO book VALUES (1, 'Emma')")
        scratch.keep()
        for _ in range(40):
            scratch.restore()
            with scratch.connection.cursor() as cursor:
                cursor.execute("ALTER TABLE book ADD COLUMN subtitle varchar(50)")
                cursor.execute("ALTER TABLE book DROP COLUMN subtitle")
                cursor.execute("UPDATE book SET title = 'Persuasion'")
        scratch.restore()
        with scratch.connection.cursor() as cursor:
            cursor.execute("SELECT id, title FROM book")
            assert list(cursor.fetchall()) == [(1, "Emma")]
