"""What a statement locks, and what it does with the rows that are there: facts of the databases, with their sources.

PostgreSQL:  https://www.postgresql.org/docs/14/sql-altertable.html (an ACCESS EXCLUSIVE lock where nothing else is
             said; Notes: what rewrites the table, what reads it), .../explicit-locking.html and sql-createindex.html.
MySQL:       https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html
MariaDB:     https://mariadb.com/kb/en/innodb-online-ddl-overview/ and the pages on each algorithm that it leads to.
SQLite:      https://www.sqlite.org/lockingv3.html and https://www.sqlite.org/lang_altertable.html; whatever ALTER TABLE
             cannot do there, Django does by making the table anew.

tests/review/test_locks.py holds the tables for PostgreSQL and MariaDB to what real servers do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from migspec.compiler.lint.sql import TEXTS, blanked
from migspec.compiler.review.review import Lock, Rows

SOURCES: Final[dict[str, str]] = {
    "mariadb": "https://mariadb.com/kb/en/innodb-online-ddl-overview/",
    "mysql": "https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html",
    "postgresql": "https://www.postgresql.org/docs/current/sql-altertable.html",
    "sqlite": "https://www.sqlite.org/lang_altertable.html",
}

# In the order of what they keep out; the later ones keep out more.
POSTGRESQL_MODES: Final = (
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)
INSTANT, INPLACE, COPY, ROWS = (
    "metadata only",
    "writes go on (INPLACE)",
    "writes wait (COPY)",
    "the rows written",
)
WRITER = "write lock on the database"
ORDER: Final = {name: at for at, name in enumerate((ROWS, WRITER, INSTANT, INPLACE, COPY, *POSTGRESQL_MODES))}
WORSE: Final[dict[Rows, int]] = {"untouched": 0, "written": 1, "read": 2, "unknown": 3, "rewritten": 4}

NAME: Final = r"""(?:["`](?P<table>[^"`]+)["`]|(?P<bare>[\w.]+))"""
ANY: Final = re.compile("")
ALTER_TABLE: Final = re.compile(rf"ALTER TABLE (?:IF EXISTS |ONLY )*{NAME}\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
CREATES: Final = re.compile(rf"(?:CREATE TABLE|ALTER TABLE .* RENAME TO|RENAME TABLE .* TO) {NAME}", re.IGNORECASE)
REFERENCES: Final = re.compile(rf"\bREFERENCES {NAME}", re.IGNORECASE)
CLAUSES: Final = re.compile(r",\s*(?=(?:ADD|ALTER|DROP|RENAME|MODIFY|CHANGE|VALIDATE)\s)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Altering:
    """What a statement does not say itself."""

    table: str = ""  # that the operation is about
    old_type: str = ""  # of the column that it alters
    new_type: str = ""
    old_null: bool = False
    new_null: bool = False
    pointed_at: tuple[str, ...] = ()  # tables that what it removes has foreign keys to


@dataclass(frozen=True, slots=True)
class Rule:
    """What a statement, or a clause of ALTER TABLE, takes; the first that fits counts."""

    words: re.Pattern[str]
    lock: str
    rows: Rows


def rules(*given: tuple[str, str, Rows]) -> tuple[Rule, ...]:
    return tuple(Rule(re.compile(words, re.IGNORECASE | re.DOTALL), lock, rows) for words, lock, rows in given)


# --- PostgreSQL ---

VOLATILE: Final = r"DEFAULT \(?\s*(?:RANDOM|GEN_RANDOM_UUID|UUIDV[47]|CLOCK_TIMESTAMP|NEXTVAL|UUID_GENERATE_V\w+)\("
POSTGRESQL_CLAUSES: Final = rules(
    (rf"ADD COLUMN .*(?:\) STORED|AS IDENTITY|\b(?:small|big)?serial\b|{VOLATILE})", "ACCESS EXCLUSIVE", "rewritten"),
    (r"ADD COLUMN .*\b(?:UNIQUE|PRIMARY KEY|CHECK)\b", "ACCESS EXCLUSIVE", "read"),
    (r"ADD COLUMN", "ACCESS EXCLUSIVE", "untouched"),
    (r"ADD CONSTRAINT .*FOREIGN KEY.*NOT VALID", "SHARE ROW EXCLUSIVE", "untouched"),
    (r"ADD CONSTRAINT .*FOREIGN KEY", "SHARE ROW EXCLUSIVE", "read"),
    (r"ADD CONSTRAINT .*CHECK.*NOT VALID", "ACCESS EXCLUSIVE", "untouched"),
    (r"ADD CONSTRAINT .*USING INDEX", "ACCESS EXCLUSIVE", "untouched"),
    (r"ADD CONSTRAINT", "ACCESS EXCLUSIVE", "read"),
    (r"VALIDATE CONSTRAINT", "SHARE UPDATE EXCLUSIVE", "read"),
    (r"ALTER COLUMN .*SET NOT NULL", "ACCESS EXCLUSIVE", "read"),
    (r"ALTER COLUMN .*(?:DROP NOT NULL|SET DEFAULT|DROP DEFAULT|IDENTITY)", "ACCESS EXCLUSIVE", "untouched"),
    (r"(?:DROP (?:COLUMN|CONSTRAINT)|RENAME|SET SCHEMA)\b", "ACCESS EXCLUSIVE", "untouched"),
)
POSTGRESQL_STATEMENTS: Final = rules(
    (rf"CREATE (?:UNIQUE )?INDEX CONCURRENTLY .*? ON (?:ONLY )?{NAME}", "SHARE UPDATE EXCLUSIVE", "read"),
    (rf"CREATE (?:UNIQUE )?INDEX .*? ON (?:ONLY )?{NAME}", "SHARE", "read"),
    (r"DROP INDEX CONCURRENTLY", "SHARE UPDATE EXCLUSIVE", "untouched"),
    (r"DROP INDEX", "ACCESS EXCLUSIVE", "untouched"),
    (rf"DROP TABLE (?:IF EXISTS )?{NAME}", "ACCESS EXCLUSIVE", "untouched"),
    (rf"TRUNCATE (?:TABLE )?(?:ONLY )?{NAME}", "ACCESS EXCLUSIVE", "rewritten"),
    (r"COMMENT ON COLUMN", "SHARE UPDATE EXCLUSIVE", "untouched"),
    (rf"COMMENT ON TABLE {NAME}", "SHARE UPDATE EXCLUSIVE", "untouched"),
    (rf"(?:UPDATE|INSERT INTO|DELETE FROM) (?:ONLY )?{NAME}", "ROW EXCLUSIVE", "written"),
)
# Types of which the catalogue alone changes: longer text, and more digits before the point.
TEXT: Final = re.compile(r"(?:varchar|character varying|text)(?:\((\d+)\))?$", re.IGNORECASE)
NUMERIC: Final = re.compile(r"(?:numeric|decimal)\((\d+), ?(\d+)\)$", re.IGNORECASE)


def is_stored_alike(old: str, new: str) -> bool:
    """Whether PostgreSQL changes a column's type without touching the rows."""
    before, after = TEXT.match(old), TEXT.match(new)
    if before and after:
        return after[1] is None or (before[1] is not None and int(before[1]) <= int(after[1]))
    before, after = NUMERIC.match(old), NUMERIC.match(new)
    return old == new or bool(before and after and before[2] == after[2] and int(before[1]) <= int(after[1]))


def of_postgresql(text: str, altering: Altering) -> Iterator[Lock]:
    if match := ALTER_TABLE.match(text):
        for clause in clauses(match["rest"]):
            if re.match(r"ALTER COLUMN .* TYPE ", clause, re.IGNORECASE):
                known = bool(altering.old_type and altering.new_type)
                alike = known and is_stored_alike(altering.old_type, altering.new_type)
                yield Lock(table=table(match), lock="ACCESS EXCLUSIVE", rows="untouched" if alike else "rewritten")
            else:
                # "An ACCESS EXCLUSIVE lock is acquired unless explicitly noted."
                yield by_first(POSTGRESQL_CLAUSES, clause, table(match), Rule(ANY, "ACCESS EXCLUSIVE", "unknown"))
    elif rule := first(POSTGRESQL_STATEMENTS, text):
        yield Lock(table=table(rule.words.match(text), altering.table), lock=rule.lock, rows=rule.rows)
    if re.match(r"ALTER|CREATE TABLE", text, re.IGNORECASE):
        for match in REFERENCES.finditer(text):
            yield Lock(table=table(match), lock="SHARE ROW EXCLUSIVE", rows="untouched")
    if re.match(r"DROP TABLE|ALTER TABLE .* DROP (?:COLUMN|CONSTRAINT)", text, re.IGNORECASE):
        for name in altering.pointed_at:  # the triggers that hold foreign keys go there too
            yield Lock(table=name, lock="ACCESS EXCLUSIVE", rows="untouched")


# --- MySQL and MariaDB: InnoDB ---

INNODB_CLAUSES: Final = rules(
    (r"ADD COLUMN .*\bSTORED\b", COPY, "rewritten"),
    (r"ADD COLUMN .*\b(?:AUTO_INCREMENT|PRIMARY KEY)\b", COPY, "rewritten"),
    (r"ADD COLUMN .*\b(?:UNIQUE|CHECK)\b", INPLACE, "rewritten"),
    (r"ADD COLUMN", INSTANT, "untouched"),
    (r"ADD CONSTRAINT .*FOREIGN KEY", COPY, "rewritten"),
    (r"ADD CONSTRAINT .*CHECK", COPY, "rewritten"),
    (r"ADD (?:CONSTRAINT .*)?PRIMARY KEY|DROP PRIMARY KEY", COPY, "rewritten"),
    (r"ADD (?:CONSTRAINT|UNIQUE|INDEX|KEY|FULLTEXT)", INPLACE, "read"),
    (r"DROP (?:INDEX|KEY)", INPLACE, "untouched"),
    (r"DROP (?:COLUMN|FOREIGN KEY|CHECK|CONSTRAINT)", INSTANT, "untouched"),
    (r"ALTER COLUMN|RENAME|COMMENT", INSTANT, "untouched"),
)
INNODB_STATEMENTS: Final = rules(
    (rf"CREATE (?:UNIQUE )?INDEX .*? ON {NAME}", INPLACE, "read"),
    (rf"DROP INDEX .*? ON {NAME}", INPLACE, "untouched"),
    (rf"(?:DROP|RENAME) TABLE (?:IF EXISTS )?{NAME}", INSTANT, "untouched"),
    (rf"(?:UPDATE|INSERT INTO|DELETE FROM) {NAME}", ROWS, "written"),
)
VARCHAR: Final = re.compile(r"varchar\((\d+)\)$", re.IGNORECASE)
LONGEST_SHORT = 63  # characters of four bytes: what is longer has two bytes for its length


def modified(altering: Altering) -> tuple[str, Rows]:
    """Give what MODIFY takes: by the type, and where that stays by NULL."""
    before, after = VARCHAR.match(altering.old_type), VARCHAR.match(altering.new_type)
    longer = bool(
        before
        and after
        and int(before[1]) <= int(after[1])
        and (int(before[1]) <= LONGEST_SHORT) == (int(after[1]) <= LONGEST_SHORT)
    )
    if not (longer or (altering.old_type and altering.old_type == altering.new_type)):
        return COPY, "rewritten"
    return (INPLACE, "rewritten") if altering.old_null != altering.new_null else (INSTANT, "untouched")


def of_innodb(text: str, altering: Altering) -> Iterator[Lock]:
    if match := ALTER_TABLE.match(text):
        parts = clauses(match["rest"])
        together = any(re.match(r"ADD COLUMN", part, re.IGNORECASE) for part in parts)
        for clause in parts:
            if re.match(r"MODIFY|CHANGE", clause, re.IGNORECASE):
                lock, rows = modified(altering)
                yield Lock(table=table(match), lock=lock, rows=rows)
            else:
                found = by_first(INNODB_CLAUSES, clause, table(match), Rule(ANY, COPY, "unknown"))
                # A column can be added at once only by itself.
                yield replace(found, rows="rewritten") if together and found.lock == INPLACE else found
    elif rule := first(INNODB_STATEMENTS, text):
        yield Lock(table=table(rule.words.match(text), altering.table), lock=rule.lock, rows=rule.rows)


# --- SQLite: there is one writer, and readers wait while it commits ---

SQLITE_STATEMENTS: Final = rules(
    (r'CREATE TABLE "new__', WRITER, "rewritten"),
    (r"ALTER TABLE .* DROP COLUMN", WRITER, "rewritten"),
    (r"CREATE (?:UNIQUE )?INDEX", WRITER, "read"),
    (r"(?:UPDATE|INSERT INTO|DELETE FROM)", WRITER, "written"),
    (r"(?:CREATE|ALTER|DROP)", WRITER, "untouched"),
)


def of_sqlite(text: str, altering: Altering) -> Iterator[Lock]:
    if rule := first(SQLITE_STATEMENTS, text):
        yield Lock(table="", lock=rule.lock, rows=rule.rows)


# --- together ---


def locks_of(server: str, statement: str, altering: Altering) -> list[Lock]:
    """Give what one statement takes; nothing where it is about no table."""
    text = TEXTS.sub(blanked, statement).strip()
    match server:
        case "postgresql":
            return list(of_postgresql(text, altering))
        case "mysql" | "mariadb":
            return list(of_innodb(text, altering))
        case "sqlite":
            return list(of_sqlite(text, altering))
    return []


def writing(server: str, tables: Iterable[str]) -> list[Lock]:
    """Give what writing rows takes, whichever statements do it."""
    words = {"postgresql": "ROW EXCLUSIVE", "sqlite": WRITER}.get(server, ROWS)
    return [Lock(table=name, lock=words, rows="written") for name in ([""] if server == "sqlite" else tables)]


def strongest(locks: Iterable[Lock]) -> list[Lock]:
    """Give one lock for each table: the one that keeps out most, and the worst that becomes of the rows."""
    found: dict[str, Lock] = {}
    for lock in locks:
        known = found.setdefault(lock.table, lock)
        found[lock.table] = Lock(
            table=lock.table,
            lock=max(known.lock, lock.lock, key=lambda name: ORDER[name]),
            rows=max(known.rows, lock.rows, key=lambda rows: WORSE[rows]),
        )
    return list(found.values())


def created(statement: str) -> str:
    """Give the table that a statement makes, or gives another name to; that Django will rename is none."""
    match = CREATES.match(statement.strip())
    name = table(match) if match else ""
    return "" if name.startswith("new__") else name


def clauses(text: str) -> list[str]:
    return [part.strip() for part in CLAUSES.split(text)]


def first(among: Sequence[Rule], text: str) -> Rule | None:
    return next((rule for rule in among if rule.words.match(text)), None)


def by_first(among: Sequence[Rule], clause: str, name: str, otherwise: Rule) -> Lock:
    rule = first(among, clause) or otherwise
    return Lock(table=name, lock=rule.lock, rows=rule.rows)


def table(match: re.Match[str] | None, otherwise: str = "") -> str:
    groups = match.groupdict() if match else {}
    return groups.get("table") or groups.get("bare") or otherwise
