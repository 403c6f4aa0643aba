"""Mermaid: the files of a spec and what they come after, and the models before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from migspec.compiler.review.markup import one_line
from migspec.compiler.review.review import Models, Relation, SpecReview, Table

# Browsers, and GitHub, refuse diagrams that are larger (https://mermaid.js.org/config/schema-docs/config.html).
MOST_CHARACTERS: Final = 20_000
MOST_BOXES: Final = 60
# Files in a row: more would be too small to read.
WIDEST: Final = 4
KINDS: Final = {"schema": "#dbeafe", "data": "#dcfce7", "cleanup": "#fee2e2", "concurrent": "#fef3c7"}
ENDS: Final = {"many to one": ("}o", "||"), "one to one": ("|o", "||"), "many to many": ("}o", "o{")}


def files_diagram(spec: SpecReview) -> str:
    """Give a flowchart of the files, by kind, with what they come after."""
    names = {f"{file.app}.{file.name}": f"f{number}" for number, file in enumerate(spec.files)}
    before = dict.fromkeys(name for file in spec.files for name in file.after if name not in names)
    ids = names | {name: f"b{number}" for number, name in enumerate(before)}
    lines = [f"flowchart {'LR' if len(spec.files) <= WIDEST else 'TB'}"]
    lines += [f"  {ids[name]}([{text(name)}])" for name in before]
    for number, file in enumerate(spec.files):
        kind = file.kind + ("" if file.atomic else ", not one transaction")
        lines.append(f"  f{number}[{text(f'{file.app}.{file.name}', kind)}]:::{file.kind}")
    for number, file in enumerate(spec.files):
        lines += [f"  {ids[name]} --> f{number}" for name in file.after]
    for kind in dict.fromkeys(file.kind for file in spec.files):
        lines.append(f"  classDef {kind} fill:{KINDS[kind]},stroke:#6b7280,color:#111827")
    return "\n".join(lines)


def models_diagram(models: Models) -> str:
    """Give an entity relationship diagram; nothing where no model is there."""
    if not models.tables:
        return ""
    ids = {table.label: f"m{number}" for number, table in enumerate(models.tables)}
    lines = ["erDiagram"]
    for table in models.tables:
        lines += _table(table, ids[table.label])
    lines += [_relation(relation, ids) for relation in models.relations]
    return "\n".join(lines)


def fits(diagram: str) -> bool:
    """Whether a browser will draw it."""
    return len(diagram) <= MOST_CHARACTERS and len(re.findall(r"^  \w+\(?\[", diagram, re.MULTILINE)) <= MOST_BOXES


def _table(table: Table, id: str) -> Iterator[str]:
    head = f"  {id}[{text(table.label)}]"
    rows = []
    for column in table.columns:
        parts = [word(column.type), word(column.name), column.key, f'"{column.mark}"' if column.mark else ""]
        rows.append("    " + " ".join(part for part in parts if part))
    if table.left_out and table.columns:
        rows.append(f'    and more "{table.left_out} that stay as they are"')
    yield from [f"{head} {{", *rows, "  }"] if rows else [head]


def _relation(relation: Relation, ids: dict[str, str]) -> str:
    left, right = ENDS[relation.kind]
    right = "o|" if relation.nullable and right == "||" else right
    return f"  {ids[relation.one]} {left}--{right} {ids[relation.other]} : {text(relation.name)}"


def text(*lines: str) -> str:
    """Give a label in quotes: what is neither letter, digit nor plain punctuation becomes an entity of Mermaid's."""
    return '"' + "<br/>".join(entities(line) for line in lines) + '"'


def entities(line: str) -> str:
    return "".join(c if c.isalnum() or c in " _.,-" else f"#{ord(c)};" for c in one_line(line))


def word(name: str) -> str:
    """Give a name where Mermaid takes no quotes."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return plain if plain[:1].isalpha() else f"x{plain}"
