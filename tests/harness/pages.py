"""Pages of Markdown whose blocks are checked: files that they show, projects that they write, commands that they run.

A fenced block is one of these; the comment stands on the line before it.

<!-- file: PATH from: BEGINNING to: BEGINNING -->   a file of the page's project or of the repository, or a part of it
<!-- steps: APP -->                 steps in YAML, which compile against the test project
<!-- plan: PATH -->                 what `migspec plan` shows for a case
<!-- not run: REASON -->            what nothing can check
```yaml title="PATH"                the whole text of a file, which is written into the page's project
```console                          commands that run in the page's project, and what they print

A page that writes or runs begins in an empty folder, or with <!-- project: PATH --> in a copy of that one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PART = re.compile(r"(?P<path>\S+)(?: from: (?P<start>.+?))?(?: to: (?P<end>.+?))?")
FENCE = re.compile(
    r"^(?:<!-- (?P<kind>file|steps|plan|not run): (?P<about>[^\n]*?) -->\n)?"
    r"```(?P<language>\w+)(?: title=\"(?P<title>[^\"\n]+)\")?[^\n]*\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
PROJECT = re.compile(r"^<!-- project: (?P<path>\S+) -->$", re.MULTILINE)


def with_files(text: str) -> str:
    """Give a page whose blocks hold what the files of the repository hold."""
    return FENCE.sub(
        lambda block: _filled(block, part_of(block["about"], ROOT)) if block["kind"] == "file" else block[0], text
    )


def part_of(about: str, *roots: Path) -> str:
    """Give a file, looked for in each of `roots`, from a line that begins as `from` to before one that does as `to`."""
    found = PART.fullmatch(about)
    assert found, about
    path = next((root / found["path"] for root in roots if (root / found["path"]).is_file()), None)
    assert path, f"there is no file {found['path']}"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = _begins(lines, found["start"], 0) if found["start"] else 0
    last = _begins(lines, found["end"], first + 1) if found["end"] else len(lines)
    return "\n".join(lines[first:last]).strip("\n") + "\n"


def _begins(lines: list[str], start: str, after: int) -> int:
    found = [number for number, line in enumerate(lines) if number >= after and line.startswith(start)]
    assert found, f"no line begins with {start!r}"
    return found[0]


def _filled(block: re.Match[str], body: str) -> str:
    start, end = block.start("body") - block.start(), block.end("body") - block.start()
    return f"{block[0][:start]}{body}{block[0][end:]}"


@dataclass
class Page:
    """A page that is read from top to bottom, in the folder of its project."""

    folder: Path
    plan: Callable[[Path], str]
    compile_steps: Callable[[str, str], None]
    cwd: Path = field(init=False)

    def current(self, text: str) -> str:
        """Give the page as it should be; AssertionError for a block that is none of those above."""
        project = PROJECT.search(text)
        if project:
            shutil.copytree(ROOT / project["path"], self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            self.folder.mkdir()
        self.cwd = self.folder
        return FENCE.sub(self.block, text)

    def block(self, block: re.Match[str]) -> str:
        body = block["body"]
        match block["kind"], block["language"]:
            case "file", _:
                return _filled(block, part_of(block["about"], self.cwd, ROOT))
            case "plan", "text":
                return _filled(block, self.plan(ROOT / block["about"]))
            case "steps", "yaml":
                self.compile_steps(block["about"], body)
            case "not run", _:
                assert block["about"]
            case None, "console":
                return _filled(block, "".join(map(self.run, commands(body))))
            case None, _ if block["title"]:
                path = self.cwd / block["title"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(body, encoding="utf-8")
            case _:
                raise AssertionError(f"nothing checks this block:\n{block[0]}")
        return block[0]

    def run(self, command: str) -> str:
        """Run a command; give it with what it prints."""
        if command.startswith("cd "):
            self.cwd = (self.cwd / command[3:]).resolve()
            return f"$ {command}\n"
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.cwd, env=self.environment(), text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said = done.stdout.replace(str(self.folder.resolve()), "~").rstrip("\n")
        return f"$ {command}\n{said}\n" if said else f"$ {command}\n"

    def environment(self) -> dict[str, str]:
        """Give an environment in which nothing of this machine or of the tests shows."""
        home = self.folder.with_name("home")
        home.mkdir(exist_ok=True)
        (home / ".gitconfig").write_text("[user]\nname = Ann\nemail = ann@example.org\n[init]\ndefaultBranch = main\n")
        kept = ("SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "COLUMNS": "120",
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }


def commands(body: str) -> list[str]:
    """Give the commands of a block: what follows `$`, over several lines where one ends with a backslash."""
    found: list[str] = []
    for line in body.splitlines():
        if found and found[-1].endswith("\\"):
            found[-1] += f"\n{line}"
        elif line.startswith("$ "):
            found.append(line[2:])
    return found
