"""The table of patterns: what each is, its steps, how faithfully it is rolled back, and the case that shows it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness.cases import CASES, placed
from migspec.compiler.compile import plan_specs

# From what comes back as it was to what does not.
FIDELITIES = ("exact", "best effort", "written", "noop", "irreversible")
WORDS = {"written": "as the spec says", "noop": "nothing to bring back, says the spec"}


FOLDERS = ("patterns", "drop_column", "join_tables", "deduplicate_rows", "extract_model", "split_model")


def pattern_table() -> str:
    """Give a table in Markdown with a row for each case of the folders that hold patterns."""
    rows = ["| pattern | the spec | data steps | rolling back |", "|---|---|---|---|"]
    for path in sorted(path for folder in FOLDERS for path in CASES.glob(f"{folder}/*.yaml")):
        with tempfile.TemporaryDirectory(prefix="migspec-") as folder, placed(path, Path(folder)) as (_, spec, config):
            outcome = plan_specs([spec], config)
        units = [unit for plan in outcome.plans for unit in plan.units]
        found = {unit.reversal.fidelity for unit in units if unit.reversal}
        said = " and ".join(WORDS.get(one, one) for one in FIDELITIES if one in found)
        verbs = dict.fromkeys(f"`{spec.spec.steps[unit.step].verb}`" for unit in units if unit.kind.value == "data")
        link = f"[{path.stem.replace('_', ' ')}](tests/cases/{path.parent.name}/{path.name})"
        cells = (link, spec.spec.description, ", ".join(verbs), said)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"
