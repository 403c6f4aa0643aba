"""Values that Python computes for each row: the functions that give them, and how they are called."""

from __future__ import annotations

from collections.abc import Sequence

from migspec.compiler.emit.author import indented
from migspec.compiler.emit.change import Writing, names, stop_if, stop_where
from migspec.compiler.emit.code import block, code_of, docstring, fill, joined, literal, message, plain
from migspec.compiler.emit.json_changes import guarded_keys, may_stop, one_of, reshaper, what_stops
from migspec.compiler.emit.local import Local, quoted
from migspec.compiler.emit.values import Target
from migspec.dsl.expressions import Code
from migspec.schemas.data.literals import KINDS
from migspec.schemas.data.rows import Constant, Converted, InPython, JsonChange, PerRow, PythonValue, Reshaped

VALIDATION = "from django.core.exceptions import ValidationError"


def call(value: InPython, of: Target, row: str, local: Local) -> Code:
    """Give the call that computes a value for the row in the variable `row`."""
    match value:
        case PerRow():
            return fill("{}()", code_of(value.expression))
        case PythonValue():
            return plain(f"{_function(value, of, local)}({row})")
        case Converted():
            return plain(f"{_function(value, of, local)}({row}.{value.column.path}, {of.field(local)})")
        case Reshaped():
            return plain(f"{_function(value, of, local)}({row}.{value.column.path})")


def needed(values: Sequence[InPython]) -> list[str]:
    """Give the ORM paths that rows must be read with."""
    found: list[str] = []
    for value in values:
        match value:
            case PythonValue():
                found += value.reads
            case Converted() | Reshaped():
                found.append(value.column.path)
    return list(dict.fromkeys(found))


def rows_with(rows: Code, paths: Sequence[str]) -> Code:
    """Give rows as instances with these paths, and nothing else, read in one query."""
    relations = [path.rpartition("__")[0] for path in paths]
    followed = [path for path in dict.fromkeys(relations) if path]
    if followed:
        rows = fill("{}.select_related({})", rows, joined(map(quoted, followed)))
    columns = [path for path in paths if path != "pk"]
    return fill("{}.only({})", rows, joined(map(quoted, ["pk", *columns])))


# --- the functions ---


def _function(value: PythonValue | Converted | Reshaped, of: Target, local: Local) -> str:
    match value:
        case PythonValue():
            source = _by_author(value, of)
        case Converted():
            source = _converter(value, of)
        case Reshaped():
            source = reshaper(value.change, value.column.path, of, local.constants, stops=not by_query(value.change))
    return local.constants.function(of.attname, source, of.model)


def _by_author(value: PythonValue, of: Target) -> Code:
    head = docstring([f"{of.model.name}.{of.held.field.name} of a row."])
    return Code(f"def {{}}(row):\n    {head}\n{indented(value.body)}", value.imports)


def _converter(value: Converted, of: Target) -> Code:
    read, imports = "field.to_python(value)", frozenset[str]()
    if of.held.field.get_internal_type() == "JSONField":
        read, imports = "json.loads(value)", frozenset({"import json"})
    elif value.of_json and of.held.field.get_internal_type() in KINDS["text"]:
        read, imports = "json.dumps(value)", frozenset({"import json"})
    body = [plain(f"value = {read}", *imports), plain("field.run_validators(value)"), plain("return value")]
    if value.invalid != "error":
        handler = block(
            plain("except (ValidationError, ValueError)", VALIDATION), [fill("return {}", _policy(value.invalid))]
        )
        body = [joined([block(plain("try"), body), handler], "\n")]
    null = block(plain("if value is None"), [fill("return {}", _policy(value.nulls))])
    said = f"Read {value.column.path} as a value of {of.held.field.name}."
    return block(plain("def {}(value, field)"), [plain(docstring([said])), null, *body])


def _policy(policy: object) -> Code:
    return literal(policy.value) if isinstance(policy, Constant) else plain("None")


# --- checks before the first write ---


def checks(value: InPython, of: Target, rows: Code, writing: Writing) -> list[Code]:
    """Stop where there are values that cannot be converted, or keys that are there already."""
    match value:
        case Converted():
            return _refused(value, of, rows, writing)
        case Reshaped() if by_query(value.change):
            keys = guarded_keys(value.change)
            return _key_there(value.column.path, keys, rows, writing) if keys else []
        case Reshaped() if may_stop(value.change):
            return _taken(value, of, rows, writing)
    return []


def by_query(change: JsonChange) -> bool:
    """Whether the database finds the rows that have a new key already: it looks for keys of the JSON itself only."""
    return change.of_keys and not change.at


def _key_there(path: str, keys: Sequence[str], rows: Code, writing: Writing) -> list[Code]:
    """Stop where a mapping has one of the keys; to PostgreSQL, the texts in a list are keys too."""
    taken, pk = writing.local.name("taken"), writing.local.name("pk")
    query = fill("{}.filter({}__has_any_keys={}).order_by({})", rows, path, literal(list(keys)), quoted("pk"))
    query = fill("{} = {}.values_list({}, {})", taken, query, quoted("pk"), quoted(path))
    found = plain(f"[{pk} for {pk}, {path} in {taken} if isinstance({path}, dict)]")
    said = f"{path} has {one_of('key', keys)} already in the rows with these keys"
    return [query, stop_where(found, said, writing)]


def _taken(value: Reshaped, of: Target, rows: Code, writing: Writing) -> list[Code]:
    """Stop where the function finds what is there already: at places inside JSON the databases do not agree."""
    local, path = writing.local, value.column.path
    given, taken, pk, one = local.name("given"), local.name("taken"), local.name("pk"), local.name(path)
    tried = block(plain("try"), [plain(f"{_function(value, of, local)}({one})")])
    handler = block(plain("except ValueError"), [plain(f"{taken}.append({pk})")])
    loop = block(plain(f"for {pk}, {one} in {given}.iterator()"), [joined([tried, handler], "\n")])
    said = f"{path} has {what_stops(value.change)} already in the rows with these keys"
    query = fill("{} = {}.order_by({}).values_list({}, {})", given, rows, quoted("pk"), quoted("pk"), quoted(path))
    return [query, plain(f"{taken} = []"), loop, _stop_listed(taken, said, writing)]


def _refused(value: Converted, of: Target, rows: Code, writing: Writing) -> list[Code]:
    local, path = writing.local, value.column.path
    found: list[Code] = []
    column = names(of.model, of.attname, writing)
    if value.nulls == "error":
        said = f"{column} takes its values from {path}, which is NULL in these rows"
        found += stop_if("empty", fill("{}.filter({}__isnull=True)", rows, path), "pk", said, writing, about="nulls")
    if value.invalid != "error":
        return found
    item = local.name("value")
    texts = local.name("given")
    refused = local.name("refused")
    convert = plain(f"{_function(value, of, local)}({item}, {of.field(local)})")
    handler = block(plain("except (ValidationError, ValueError)", VALIDATION), [plain(f"{refused}.append({item})")])
    said = f"{column} cannot hold these values of {path}"
    return [
        *found,
        # Not distinct(): to MariaDB, texts that differ in case are equal.
        fill("{} = {}.order_by({}).values_list({}, flat=True)", texts, rows, quoted("pk"), quoted(path)),
        plain(f"{refused} = []"),
        block(plain(f"for {item} in {texts}.iterator()"), [joined([block(plain("try"), [convert]), handler], "\n")]),
        _stop_listed(refused, said, writing),
    ]


def _stop_listed(variable: str, said: str, writing: Writing) -> Code:
    """Stop where a list that was filled before is not empty."""
    if writing.counting:
        return stop_where(plain(variable), said, writing)
    text = message(f"{writing.place}: {said}", f"{variable}[:5]")
    return block(plain(f"if {variable}"), [fill("raise ValueError({})", text)])
