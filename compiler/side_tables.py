"""The side tables of a project: which specs keep something, and which later ones drop it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from migspec.compiler.emit.operations import value_code
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.units import Unit
from migspec.compiler.reversing.side_table import Save
from migspec.compiler.specs import SpecFile
from migspec.schemas.steps.drop_table import DropTable


def tables_of(unit: Unit) -> dict[str, Save]:
    """Give the side tables that a step fills, by their names in the database."""
    saves = unit.reversal.saves if unit.reversal else ()
    return {save.into.options["db_table"]: save for save in saves}


def kept_tables(plan: SpecPlan) -> dict[str, Save]:
    """Give the side tables of a spec, by their names in the database."""
    return {table: save for unit in plan.units for table, save in tables_of(unit).items()}


def dropped_tables(specs: Iterable[SpecFile]) -> dict[str, SpecFile]:
    """Give the tables that specs drop as the second half of a two-phase drop, and by which spec."""
    return {
        step.options.db_table: spec
        for spec in specs
        for step in spec.spec.steps
        if isinstance(step, DropTable) and step.options is not None and step.options.db_table
    }


def dropping(spec: SpecFile, after: Sequence[str], saves: Sequence[Save], *, toml: bool) -> str:
    """Give the text of the spec that drops the side tables of another."""
    is_ = " = " if toml else ": "
    text: Callable[[str], str] = json.dumps if toml else str
    places = [text(entry) for entry in after]
    place = places[0] if len(places) == 1 else f"[{', '.join(places)}]"
    lines = [
        f"migspec{is_}1",
        f"app{is_}{text(spec.spec.app)}",
        f"after{is_}{place}",
        f"description{is_}{text(f'Drop what {spec.name} has kept; from here on it cannot be rolled back.')}",
        "",
    ]
    if not toml:
        lines.append("steps:")
    for number, save in enumerate(saves, 1):
        side = save.into
        name = side.name if side.app_label == spec.spec.app else f"{side.app_label}.{side.name}"
        keys = [f"drop_table{is_}{text(name)}", f"options{is_}{{db_table{is_}{text(side.options['db_table'])}}}"]
        if number == len(saves):
            keys.append(f"reverse{is_}{{irreversible{is_}{text(f'{spec.name} has nothing to come back from')}}}")
        fields = [f"{column}{is_}{json.dumps(value_code(field).text)}" for column, field in side.fields.items()]
        if toml:
            lines += ["[[steps]]", *keys, "[steps.fields]", *fields, ""]
        else:
            listed = [*keys, "fields:", *(f"  {line}" for line in fields)]
            lines += [("    " if index else "  - ") + line for index, line in enumerate(listed)] + [""]
    return "\n".join(lines[:-1]) + "\n"
