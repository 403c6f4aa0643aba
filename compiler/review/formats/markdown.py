"""Markdown for a comment on a pull request: it fits into one, and says what it had to leave out for that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from migspec.compiler.review.diagrams import files_diagram, fits, models_diagram
from migspec.compiler.review.locks import SOURCES
from migspec.compiler.review.markup import code, fenced, folded, one_line, plain
from migspec.compiler.review.review import Database, File, Lock, Review, Rows, SpecReview, Sql, Step
from migspec.compiler.terminal import plural
from migspec.dsl.diagnostics import Diagnostic, Level

# GitHub takes 65,536 characters; a workflow may put a line of its own before or after.
LONGEST: Final = 65_000
MARKS: Final[dict[Level, str]] = {"error": "⛔", "warning": "⚠️", "info": "ℹ️"}  # noqa: RUF001 (as GitHub shows it)
ROWS: Final[dict[Rows, str]] = {
    "untouched": "",
    "written": "",
    "read": "every row is read",
    "unknown": "may be rewritten",
    "rewritten": "**rewritten**",
}


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is shown. `statements` are those of a step, `characters` those of a statement."""

    statements: int
    characters: int
    models: bool = True
    steps: bool = True
    hints: bool = True
    left_out: str = ""


DEPTHS: Final = (
    Depth(10_000, 100_000),
    Depth(20, 400, left_out="long SQL is cut"),
    Depth(3, 160, left_out="all but the first SQL of each step is cut"),
    Depth(0, 0, left_out="SQL is left out"),
    Depth(0, 0, models=False, hints=False, left_out="SQL, the diagrams of models and what to do are left out"),
    Depth(0, 0, models=False, steps=False, hints=False, left_out="all but the files and the findings is left out"),
)


def render(review: Review) -> str:
    """Give the deepest text that fits."""
    for depth in DEPTHS:
        text = "\n\n".join(_parts(review, depth)) + "\n"
        if len(text) <= LONGEST:
            return text
    note = f"Cut: more than {LONGEST:,} characters. `migspec plan` shows all."
    return text[: LONGEST - len(note) - 2].rpartition("\n\n")[0] + f"\n\n{note}\n"


def _parts(review: Review, depth: Depth) -> Iterator[str]:
    yield "## Plan of the migrations"
    if review.errors:
        yield f"There is no plan: {plural(len(review.errors), 'error')}."
        yield _findings(review.errors, hints=True)
        return
    differ = "differs" if len(review.specs) == 1 else "differ"
    against = f" that {differ} from {code(review.against)}" if review.against else ""
    files = sum(len(spec.files) for spec in review.specs)
    if review.specs:
        yield f"{plural(len(review.specs), 'spec')}{against}, {plural(files, 'file')}."
    else:
        yield f"No specs{against}."
    if review.removed:
        gone = ", ".join(map(code, review.removed))
        yield f"Removed: {gone}. The files compiled from them stay as ordinary migrations, unless they go too."
    if depth.left_out:
        yield f"> To fit a comment of GitHub, {depth.left_out}; `migspec plan --format json` has everything."
    for spec in review.specs:
        yield from _spec(spec, review.databases, depth)
    if review.specs:
        yield _sources(review.databases)


def _spec(spec: SpecReview, databases: Sequence[Database], depth: Depth) -> Iterator[str]:
    yield f"### {code(spec.path)}"
    if spec.description:
        yield plain(spec.description)
    yield _mermaid(files_diagram(spec), "The diagram of the files is too large to draw.")
    if spec.findings:
        yield _findings(spec.findings, hints=depth.hints)
    else:
        yield "No findings."
    for number, file in enumerate(spec.files, 1):
        yield from _file(file, number, databases, depth)
    if depth.models:
        for title, models in (("Models before", spec.before), ("Models after", spec.after)):
            diagram = models_diagram(models)
            too_large = f"{plural(len(models.tables), 'model')}: too many to draw."
            yield folded(title, _mermaid(diagram, too_large) if diagram else "None of them.")


def _mermaid(diagram: str, otherwise: str) -> str:
    return fenced("mermaid", diagram) if fits(diagram) else otherwise


# --- files ---


def _file(file: File, number: int, databases: Sequence[Database], depth: Depth) -> Iterator[str]:
    atomic = "" if file.atomic else ", not one transaction"
    after = ", ".join(map(code, file.after)) or "nothing"
    yield f"**{number}. {code(file.path)}** ({file.kind}{atomic}), after {after}"
    if not depth.steps:
        return
    if not file.steps:
        yield "No operations: it joins two branches."
        return
    lines = ["| step | operation | locks and rows | rolling back |", "|---|---|---|---|"]
    lines += [_row(step, databases) for step in file.steps]
    yield "\n".join(lines)
    if depth.statements:
        yield from _sql(file, databases, depth)


def _row(step: Step, databases: Sequence[Database]) -> str:
    operations = "<br>".join(map(_operation, step.descriptions))
    back = step.back.text if step.back.fidelity in ("schema", "exact", "written") else f"⚠️ {step.back.text}"
    number = ", ".join(map(str, step.numbers))
    return f"| {number} (line {step.line}) | {operations} | {_locks(step, databases)} | {plain(back)} |"


def _operation(description: str) -> str:
    """Give a line of `makemigrations` without the sign before it."""
    return plain(description[2:] if description[1:2] == " " else description)


def _locks(step: Step, databases: Sequence[Database]) -> str:
    said: dict[str, list[str]] = {}  # what is said, of which databases
    for database in databases:
        words = _held(step.sql[database.name])
        if words:
            said.setdefault(words, []).append(database.title)
    return "<br>".join(f"{', '.join(titles)}: {words}" for words, titles in said.items()) or "none"


def _held(sql: Sql) -> str:
    if sql.locks:
        return "; ".join(map(_lock, sql.locks))
    if sql.unknown:
        return "not known"
    return "the table is new" if any(one.startswith("CREATE TABLE") for one in sql.statements) else ""


def _lock(lock: Lock) -> str:
    table = f" on {code(lock.table)}" if lock.table else ""
    rows = f", {ROWS[lock.rows]}" if ROWS[lock.rows] else ""
    return f"{plain(lock.lock)}{table}{rows}"


# --- SQL ---


def _sql(file: File, databases: Sequence[Database], depth: Depth) -> Iterator[str]:
    same: dict[str, list[str]] = {}
    for database in databases:
        same.setdefault(_statements(file, database.name, depth), []).append(database.title)
    blocks = [f"{', '.join(titles)}\n\n{fenced('sql', body)}" for body, titles in same.items() if body]
    if blocks:
        yield folded("SQL", "\n\n".join(blocks))


def _statements(file: File, database: str, depth: Depth) -> str:
    lines: list[str] = []
    for step in file.steps:
        sql = step.sql[database]
        if not (sql.statements or sql.unknown):
            continue
        lines.append(f"-- step {', '.join(map(str, step.numbers))}")
        if sql.about:
            lines.append(f"-- {sql.about}:")
        if sql.unknown:
            lines.append(f"-- {one_line(sql.unknown)}")
        lines += _cut(sql.statements, depth)
    ends = [statement for step in file.steps for statement in step.sql[database].at_end]
    if ends:
        lines += ["-- at the end of the file", *_cut(ends, depth)]
    return "\n".join(lines)


def _cut(statements: Sequence[str], depth: Depth) -> list[str]:
    shown = [
        one if len(one) <= depth.characters else f"{one[: depth.characters]} ... -- {len(one):,} characters"
        for one in statements[: depth.statements]
    ]
    more = len(statements) - len(shown)
    return [*shown, *([f"-- and {plural(more, 'statement')} more"] if more else [])]


def _sources(databases: Sequence[Database]) -> str:
    if not databases:
        return '<sub>No SQL: the project declares no database, as in `databases = ["postgresql"]`.</sub>'
    versions = ", ".join(f"{one.title} {one.version}".strip() for one in databases)
    sources = ", ".join(f"[{one.title}]({SOURCES[one.name]})" for one in databases if one.name in SOURCES)
    return f"<sub>SQL as for {versions}; no database was asked. Locks as documented: {sources}.</sub>"


# --- findings ---


def _findings(findings: Sequence[Diagnostic], *, hints: bool) -> str:
    lines = []
    for finding in findings:
        place = finding.place
        where = code(f"{place.file}:{place.line}:{place.column}")
        lines.append(f"- {MARKS[finding.level]} {where} {finding.code} {plain(finding.message)}")
    listed = "\n".join(lines)
    advice = "\n\n".join(f"{one.place.line}:{one.place.column} {one.code}\n{one.hint}" for one in findings if one.hint)
    return f"{listed}\n\n{folded('What to do', fenced('text', advice))}" if hints and advice else listed
