"""run_sql: SQL of the author."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from migspec.dsl.source import WrittenFloat
from migspec.schemas.changes import Change, Effects, Kind, SchemaChange, SQLChange
from migspec.schemas.code import Uses, refuse_row_keys, used
from migspec.schemas.errors.pasting import GIVING_UP, line_hint, lines_hint, value_hint
from migspec.schemas.scope import Scope
from migspec.schemas.step import AnySchemaStep, DataStep, Irreversible, Noop, Part

Params = list[Any] | dict[str, Any]
Statements = tuple[tuple[str, tuple[Any, ...] | Mapping[str, Any] | None], ...]
Vendor = Literal["postgresql", "sqlite", "mysql", "oracle"]


class Statement(Part):
    """A statement with its parameters."""

    sql: Annotated[str, Field(description="The statement, with %s or %(name)s for parameters.", min_length=1)]
    params: Annotated[Params | None, Field(description="The parameters, kept apart from the text.")] = None


def form_of_statement(value: Any) -> str:
    return "text" if isinstance(value, str) else "statement"


OneStatement = Annotated[
    Annotated[str, Field(min_length=1), Tag("text")] | Annotated[Statement, Tag("statement")],
    Discriminator(form_of_statement),
]
SomeStatements = Annotated[list[OneStatement], Field(min_length=1)]


def form_of_sql(value: Any) -> str:
    """Tell the forms apart: text, a list of statements, {sql, params}, or SQL by vendor."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "list"
    for tag, kind in (("noop", Noop), ("irreversible", Irreversible), ("statement", Statement)):
        key = "sql" if tag == "statement" else tag
        if isinstance(value, kind) or (isinstance(value, dict) and key in value):
            return tag
    return "vendors"


Text = Annotated[str, Field(min_length=1)]
VendorSQL = Annotated[
    Annotated[Text, Tag("text")] | Annotated[SomeStatements, Tag("list")] | Annotated[Statement, Tag("statement")],
    Discriminator(form_of_sql),
]
ByVendor = Annotated[dict[Vendor, VendorSQL], Field(min_length=1)]
SQL = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[SomeStatements, Tag("list")]
    | Annotated[Statement, Tag("statement")]
    | Annotated[ByVendor, Tag("vendors")],
    Discriminator(form_of_sql),
]
ReverseSQL = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[SomeStatements, Tag("list")]
    | Annotated[Statement, Tag("statement")]
    | Annotated[Noop, Tag("noop")]
    | Annotated[Irreversible, Tag("irreversible")]
    | Annotated[ByVendor, Tag("vendors")],
    Discriminator(form_of_sql),
]


class RunSQL(DataStep):
    """Run SQL; `state_operations` say what it means for the migration state, where it changes tables."""

    example: ClassVar[str] = """
    run_sql: UPDATE homes_home SET name = %s WHERE name = ''
    params: [unnamed]
    uses: [Home]
    reverse: {noop: homes without a name got one}
    """

    run_sql: Annotated[SQL, Field(description="Text, a list of statements, or a mapping by database.")]
    params: Annotated[Params | None, Field(description="The parameters of a single statement.")] = None
    uses: Uses = None
    state_operations: Annotated[
        list[AnySchemaStep] | None,
        Field(description="Schema steps that the SQL does; they change the state only."),
    ] = None
    reverse: Annotated[
        ReverseSQL,
        Field(description="SQL in the same forms, {noop: reason} or {irreversible: reason}."),
    ] = "auto"  # type: ignore[assignment]

    def changes(self, scope: Scope) -> Iterator[Change]:
        refuse_row_keys(self, scope)
        if self.reverse == "auto":
            hint = lines_hint(("reverse", "SQL that undoes it"), *GIVING_UP, before="write one of")
            raise scope.error("E501", "what undoes SQL of your own has to be said", "run_sql", hint=hint, key=True)
        if self.params is not None and not isinstance(self.run_sql, str):
            message = "'params' are those of one statement; here each has its own"
            raise scope.error(
                "E208",
                message,
                "params",
                hint=value_hint({"sql": ..., "params": [...]}, "write each statement as"),
                key=True,
            )
        by_vendor = statements(self.run_sql, self.params)
        if self.only and None not in by_vendor:
            hint = "write the SQL of that database alone, or remove 'only'"
            raise scope.error("E208", "'only' and SQL by database exclude each other", "only", hint=hint, key=True)
        check_vendors(by_vendor, scope)
        inner = list(self.state_changes(scope))
        effects = used(self.uses, scope)
        yield SQLChange(
            sql=by_vendor,
            reverse=self.undoing(),
            state_operations=tuple(change.operation for change in inner),
            app_label=inner[0].app_label if inner else scope.app_label,
            kind=kind_of_sql(by_vendor, inner),
            effects=Effects(
                reads=effects.reads.union(*(change.effects.reads for change in inner)),
                writes=effects.writes.union(*(change.effects.writes for change in inner)),
            ),
        )

    def undoing(self) -> Mapping[str | None, Statements] | None:
        """Give the SQL that undoes the step: no statement for a noop, None where it is irreversible."""
        if isinstance(self.reverse, Irreversible):
            return None
        return {None: ()} if isinstance(self.reverse, Noop) else statements(self.reverse, None)

    def state_changes(self, scope: Scope) -> Iterator[SchemaChange]:
        """Give the changes that the SQL stands for, each at the state that those before it leave."""
        state, app_label = scope.state, None
        for index, step in enumerate(self.state_operations or ()):
            at = ("state_operations", index)
            for change in step.changes(replace(scope, state=state, path=scope.path + at)):
                assert isinstance(change, SchemaChange)
                if app_label not in (None, change.app_label):
                    apps = f"{app_label} and {change.app_label}"
                    message = f"one operation changes the state of one app, and these change {apps}"
                    raise scope.error("E208", message, *at, hint="write two run_sql steps")
                app_label = change.app_label
                yield change
                state = state.clone()
                change.operation.state_forwards(change.app_label, state)


# --- statements ---


def statements(sql: Any, params: Any) -> Mapping[str | None, Statements]:
    """Give the statements by vendor, under None where they are the same for all."""
    if isinstance(sql, dict):
        return {vendor: of_one(text, None) for vendor, text in sql.items()}
    return {None: of_one(sql, params)}


def of_one(sql: Any, params: Any) -> Statements:
    if isinstance(sql, list):
        return tuple(pair for one in sql for pair in of_one(one, None))
    if isinstance(sql, Statement):
        return ((sql.sql, frozen(sql.params)),)
    return ((sql, frozen(params)),)


def frozen(params: Any) -> tuple[Any, ...] | Mapping[str, Any] | None:
    if params is None:
        return None
    if isinstance(params, dict):
        return {name: plain(value) for name, value in params.items()}
    return tuple(plain(value) for value in params)


def plain(value: Any) -> Any:
    return float(value) if isinstance(value, WrittenFloat) else value


def check_vendors(by_vendor: Mapping[str | None, Statements], scope: Scope) -> None:
    """E310 where the SQL leaves out a database that the project declares."""
    if None in by_vendor:
        return
    missing = sorted(scope.vendors - set(filter(None, by_vendor)))
    if missing:
        message = f"the project declares {' and '.join(missing)}, for which there is no SQL"
        raise scope.error("E310", message, "run_sql", hint=line_hint(missing[0], ...), key=True)


# --- the kind of file ---

COMMENT = re.compile(r"\s*(--[^\n]*\n|/\*.*?\*/)", re.DOTALL)
DEFINING = {"ALTER", "COMMENT", "CREATE", "GRANT", "RENAME", "REVOKE"}
DESTROYING = {"DROP", "TRUNCATE"}
ORDER = (Kind.CONCURRENT, Kind.CLEANUP, Kind.SCHEMA)


def kind_of_sql(by_vendor: Mapping[str | None, Statements], inner: Sequence[SchemaChange]) -> Kind:
    """Give the kind of file: a database refuses some changes of tables in the transaction of a change of rows."""
    kinds = {change.kind for change in inner}
    kinds |= {kind_of_statement(sql) for pairs in by_vendor.values() for sql, _ in pairs}
    return next((kind for kind in ORDER if kind in kinds), Kind.DATA)


def kind_of_statement(sql: str) -> Kind:
    while match := COMMENT.match(sql):
        sql = sql[match.end() :]
    words = sql.upper().split()
    first = words[0] if words else ""
    if first in DEFINING | DESTROYING and "CONCURRENTLY" in words[:6]:
        return Kind.CONCURRENT
    return Kind.SCHEMA if first in DEFINING else Kind.CLEANUP if first in DESTROYING else Kind.DATA
