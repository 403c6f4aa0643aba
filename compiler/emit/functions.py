"""Values that Python computes for each row: the functions that give them, and how they are called."""

from __future__ import annotations

from collections.abc import Sequence

from migspec.compiler.emit.author import indented
from migspec.compiler.emit.change import Writing, names, stop_if, stop_where
from migspec.compiler.emit.code import block, code_of, docstring, fill, joined, literal, message, plain
from migspec.compiler.emit.local import Local, quoted
from migspec.compiler.emit.values import Target
from migspec.dsl.expressions import Code
from migspec.schemas.data.rows import Constant, Converted, InPython, PerRow, PythonValue, Reshaped

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
            source = _reshaper(value, of)
    return local.constants.function(of.attname, source, of.model)


def _by_author(value: PythonValue, of: Target) -> Code:
    head = docstring([f"{of.model.name}.{of.held.field.name} of a row."])
    return Code(f"def {{}}(row):\n    {head}\n{indented(value.body)}", value.imports)


def _converter(value: Converted, of: Target) -> Code:
    read, imports = "field.to_python(value)", frozenset[str]()
    if of.held.field.get_internal_type() == "JSONField":
        read, imports = "json.loads(value)", frozenset({"import json"})
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


def _reshaper(value: Reshaped, of: Target) -> Code:
    name = value.column.path
    head = plain(f"def {{}}({name})")
    if value.replace:
        new = literal(dict(value.replace))
        body = [
            plain(docstring([f"{name} with other elements; JSON that is no list stays as it is."])),
            block(plain(f"if not isinstance({name}, list)"), [plain(f"return {name}")]),
            fill("new = {}", new),
            plain(f"return [new.get(item, item) if isinstance(item, str) else item for item in {name}]"),
        ]
        return block(head, body)
    olds = [*(old for old, _ in value.rename), *value.drop]
    parts = [plain(name)]
    before: list[Code] = []
    if olds:
        kept = fill("{{key: value for key, value in {}.items() if key not in {}}}", name, literal(tuple(olds)))
        parts = [plain("kept")] if value.rename or value.set else [kept]
        before += [fill("kept = {}", kept)] if value.rename or value.set else []
    if value.rename:
        before.append(fill("names = {}", literal(dict(value.rename))))
        renamed = fill("renamed = {{new: {}[old] for old, new in names.items() if old in {}}}", name, name)
        before.append(renamed)
        parts.append(plain("renamed"))
    if value.set:
        parts.append(literal(dict(value.set)))
    if value.existing == "skip":
        parts.reverse()
    return block(
        head,
        [
            plain(docstring([f"{name} with other keys; JSON that is no mapping stays as it is."])),
            block(plain(f"if not isinstance({name}, dict)"), [plain(f"return {name}")]),
            *before,
            fill("return {}", joined(parts, " | ")),
        ],
    )


# --- checks before the first write ---


def checks(value: InPython, of: Target, rows: Code, writing: Writing) -> list[Code]:
    """Stop where there are values that cannot be converted, or keys that are there already."""
    match value:
        case Converted():
            return _refused(value, of, rows, writing)
        case Reshaped() if keys := _guarded(value):
            return _key_there(value.column.path, keys, rows, writing)
    return []


def _guarded(value: Reshaped) -> list[str]:
    """Give the new keys that no row may have yet."""
    gone = {*(old for old, _ in value.rename), *value.drop}
    return [key for key in value.new_keys if key not in gone] if value.existing == "error" else []


def _key_there(path: str, keys: Sequence[str], rows: Code, writing: Writing) -> list[Code]:
    """Stop where a mapping has one of the keys; to PostgreSQL, the texts in a list are keys too."""
    taken, pk = writing.local.name("taken"), writing.local.name("pk")
    query = fill("{}.filter({}__has_any_keys={}).order_by({})", rows, path, literal(list(keys)), quoted("pk"))
    query = fill("{} = {}.values_list({}, {})", taken, query, quoted("pk"), quoted(path))
    found = plain(f"[{pk} for {pk}, {path} in {taken} if isinstance({path}, dict)]")
    said = f"{path} has one of the keys {', '.join(keys)} already in the rows with these keys"
    return [query, stop_where(found, said, writing)]


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
        (
            stop_where(plain(refused), said, writing)
            if writing.counting
            else block(
                plain(f"if {refused}"),
                [fill("raise ValueError({})", message(f"{writing.place}: {said}", f"{refused}[:5]"))],
            )
        ),
    ]
