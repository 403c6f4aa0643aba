"""Compile the examples, then run each story forward and back with rows, and show what happened."""

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
os.chdir(HERE)
sys.path.insert(0, str(HERE))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

STORIES = {
    "One home, one address": "homes/migspecs/home_address.yaml",
    "Countries": "geo/migspecs/countries.toml",
    "Breaking down a wide model": "central/migspecs/break_down.yaml",
    "Breaking down a wide model, with bdmodels": "central_bd/migspecs/break_down.yaml",
    "Backfill and tighten": "orders/migspecs/token_and_status.yaml",
    "The special operations": "articles/migspecs/special_operations.yaml",
}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("EXAMPLE_NAME", f"{folder}/demo.sqlite3")
        from migspec.compiler.cli import main as migspec

        print("$ migspec compile")
        if migspec(["compile"]):
            return 1
        print("$ migspec compile --check")
        if migspec(["compile", "--check"]):
            return 1
        wrong = [title for number, (title, path) in enumerate(STORIES.items(), 1) if not tell(number, title, path)]
    if wrong:
        print(f"\nRows did not come back as they should: {', '.join(wrong)}")
        return 1
    print("\nAll stories went forward, and their rows came back.")
    return 0


def tell(number: int, title: str, path: str) -> bool:
    """Run one story; give whether rolling back left the rows that its spec expects."""
    from story import Story

    print(f"\n{number}. {title} ({path})")
    story = Story(HERE / path)
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
        print(f"    {model}: {'no rows' if not rows else ''}".rstrip())
        for row in rows:
            print("      " + ", ".join(f"{name}={value}" for name, value in row.items()))


if __name__ == "__main__":
    sys.exit(main())
