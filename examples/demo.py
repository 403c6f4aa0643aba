"""Compile the examples, then run each story forward and back with rows, and show what happened."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

# The stories by project; each project has settings of its own, and so a process of its own.
STORIES = {
    ".": {
        "One home, one address": "homes/migspecs/home_address.yaml",
        "Countries": "geo/migspecs/countries.toml",
        "Breaking down a wide model": "central/migspecs/break_down.yaml",
        "Backfill and tighten": "orders/migspecs/token_and_status.yaml",
        "The special operations": "articles/migspecs/special_operations.yaml",
    },
    "with_bdmodels": {
        "Breaking down a wide model, with bdmodels": "central/migspecs/break_down.yaml",
    },
}


def main() -> int:
    from story import bdmodels_is_supported

    for project in STORIES:
        if project == "with_bdmodels" and not bdmodels_is_supported():
            print("\nwith_bdmodels is left out: broken-down-models does not support this Django.")
            continue
        with tempfile.TemporaryDirectory() as folder:
            environment = {"EXAMPLE_NAME": f"{folder}/demo.sqlite3", **os.environ, "PYTHONPATH": str(HERE)}
            command = [sys.executable, str(HERE / "demo.py"), project]
            if subprocess.run(command, cwd=HERE / project, env=environment, check=False).returncode:
                return 1
    print("\nAll stories went forward, and their rows came back.")
    return 0


def tell_all(project: str) -> int:
    """Compile one project and run its stories; give the exit code."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    sys.path.insert(0, str(HERE / project))
    from migspec.compiler.cli import main as migspec

    for arguments in (["compile"], ["compile", "--check"]):
        print(f"$ migspec {' '.join(arguments)}", flush=True)
        if migspec(arguments):
            return 1
    wrong = [title for title, path in STORIES[project].items() if not tell(title, path)]
    if wrong:
        print(f"\nRows did not come back as they should: {', '.join(wrong)}")
    return 1 if wrong else 0


def tell(title: str, path: str) -> bool:
    """Run one story; give whether rolling back left the rows that its spec expects."""
    from story import Story

    print(f"\n{title} ({path})")
    story = Story(Path(path))
    story.migrate_to_base()
    story.insert_given()
    show("before", story.rows())
    story.migrate_forward()
    show("after " + ", ".join(story.new_migrations), story.rows())
    story.migrate_to_base()
    show("rolled back", story.rows())
    return story.came_back()


def show(when: str, tables: dict[str, list[dict[str, object]]]) -> None:
    print(f"  {when}:")
    for model, rows in tables.items():
        print(f"    {model}:{'' if rows else ' no rows'}")
        for row in rows:
            print("      " + ", ".join(f"{name}={value}" for name, value in row.items()))


if __name__ == "__main__":
    sys.exit(tell_all(sys.argv[1]) if sys.argv[1:] else main())
