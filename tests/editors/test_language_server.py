"""What yaml-language-server, the server behind VS Code and others, proposes while a spec of the examples is written.

It comes from the npm registry. MIGSPEC_REQUIRE_YAML_LANGUAGE_SERVER=1 makes it a failure where it cannot be had.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent

import pytest

from harness.language_server import VERSION, Editor, Unavailable, editing, required

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"

HEAD = """\
# yaml-language-server: $schema=../../migspec.schema.json
migspec: 1
app: homes
after: home_address

steps:
"""
# What is being written; the mark is where the cursor stands.
PLACES = (
    "update_rows: ‸",
    "update_rows: Home\nset:\n  ‸",
    "insert_rows: geo.Country\nkey: ‸",
    "insert_rows: geo.Country\nrows:\n  - ‸",
    "update_rows: Home\nsource: accounts.Address\nmatch: {address_id: id}\nset:\n  na‸",
    "update_rows: Home\nset: {name: x}\nwhere:\n  ‸",
    "update_rows: Home\nset: {name: x}\nsource: accounts.Address\nsource_where:\n  ‸",
    "copy_rows: Home\ninto: accounts.Address\ncopy:\n  - ‸",
    "remove_field: ‸",
    "add_field: Home.floor\nfield:\n  type: IntegerField\n  ‸",
    "add_field: Home.country\nfield:\n  type: ForeignKey\n  to: ‸",
)
COMPLAINTS = (
    "update_rows: Home\nsett: {name: x}",
    "add_field: Home.floor\nfield: {type: IntegerField, max_digits: 3}",
    "update_rows: Nowhere\nset: {nothing: 1}",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The examples, with the JSON Schema that knows them."""
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "migspec.compiler.cli", "json-schema", "--project", "--write"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def editor(project: Path, request: pytest.FixtureRequest) -> Iterator[Editor]:
    assert request.config.cache is not None
    folder = Path(request.config.cache.mkdir(f"yaml-language-server-{VERSION}"))
    try:
        with editing(folder, project) as found:
            yield found
    except Unavailable as reason:
        if required():
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


def step(text: str) -> str:
    return f"{HEAD}  - {indent(text, '    ').lstrip()}\n"


def test_what_it_proposes(editor: Editor, project: Path, golden: Callable[[Path, str], None]) -> None:
    spec = project / "homes/migspecs/written.yaml"
    proposed = [(text, editor.complete(spec, step(text))) for text in PLACES]
    seen = [f"{text}\n" + "".join(f"    {label}\n" for label in labels) for text, labels in proposed]
    golden(HERE / "proposals.txt", "\n".join(seen))
    wrong = [(spec.with_stem(f"wrong_{number}"), step(text)) for number, text in enumerate(COMPLAINTS)]
    complaints = [editor.complaints(path, text) for path, text in wrong]
    assert complaints == [
        ["8: Property sett is not allowed."],
        ["8: Property max_digits is not allowed."],
        [],  # the spec may make that model itself
    ]
