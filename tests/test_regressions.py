"""What once went wrong in projects that are not as tidy as the test project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from databases import Database
from harness import Runner
from harness.compiling import Workshop, workshop


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        yield found


def refusals(made: Workshop, steps: str) -> list[tuple[str, str]]:
    made.spec("library/wrong", f"after: 0001_initial\nsteps:\n{steps}")
    return [(found.code, found.message) for found in made.refused()]


def test_files_of_one_app_with_another_apps_file_between_are_one_chain(made: Workshop) -> None:
    made.spec(
        "library/between",
        """
        after: [0001_initial, shop.0001_initial]
        steps:
          - {add_field: shop.Category.rank, field: {type: IntegerField, default: 0}}
          - {update_rows: shop.Category, set: {rank: {field: position}}}
          - update_rows: Book
            source: shop.Category
            match: {id: id}
            set: {pages: {source: rank}}
            reverse: {noop: x}
          - remove_field: shop.Category.position
        """,
    )
    made.compile()
    assert MigrationLoader(None).detect_conflicts() == {}


def test_texts_in_code_of_the_author_keep_their_lines(made: Workshop) -> None:
    made.spec(
        "shop/code",
        """
        after: 0001_initial
        steps:
          - run_python: |
              text = '''one
                two
              three'''
              if text:
                  print(f'''{text}
              end''')
            description: Two lines.
            uses: []
            reverse: {noop: nothing to undo}
        """,
    )
    made.compile()
    [text] = made.generated().values()
    assert 'text = """one\n  two\nthree"""\n' in text
    assert 'print(f"""{text}\nend""")' in text


@pytest.mark.parametrize(
    ("steps", "code", "words"),
    [
        ("- {create_model: A, bases: [Book, Book], fields: {}}", "E314", "stands twice"),
        ("- {alter_unique_together: Book, unique_together: [[title, isbn, title]]}", "E314", "twice"),
        ("- {add_index: Book, index: {fields: [title, -title], name: twice}}", "E314", "twice"),
        ("- {run_python: yield 1, reverse: {noop: x}}", "E207", "generator"),
        ("- {delete_rows: Book, where: {title__gt__x: a}, reverse: {noop: x}}", "E303", "'x' follows"),
        ("- {update_rows: Book, where: null, set: {status: 1}, reverse: {noop: x}}", "E204", "not null"),
        ("- {update_rows: Book, only: null, set: {status: 1}, reverse: {noop: x}}", "E204", "not null"),
        (
            "- {create_model: P, bases: [Tag], fields: {}, options: {proxy: true}}\n"  # noqa: ISC004
            "- {add_field: P.x, field: models.IntegerField(null=True)}",
            "E314",
            "no fields of its own",
        ),
    ],
)
def test_refused_where_it_was_once_accepted(made: Workshop, steps: str, code: str, words: str) -> None:
    [(found, message)] = refusals(made, steps)
    assert found == code
    assert words in message


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("ArrayField, base_field: {type: CharField, max_length: 9}", "holds arrays"),
        ("HStoreField", "holds texts by key"),
    ],
)
def test_columns_of_postgresql_that_look_like_json_are_none(tmp_path: Path, field: str, words: str) -> None:
    steps = f"""
    - {{add_field: Book.labels, field: {{type: {field}, nullable: true}}}}
    - {{update_rows: Book, set: {{labels: {{json: labels, append: [new], existing: skip}}}}, reverse: {{noop: x}}}}
    """
    with workshop(tmp_path, databases=("postgresql",)) as made:
        [(code, message)] = refusals(made, steps)
    assert code == "E307"
    assert words in message


NOTES = """
after: 0001_initial
steps:
  - create_model: Note
    fields:
      text: {type: CharField, max_length: 10}
      tags: {type: ManyToManyField, to: Tag}
"""
MEMOS = """
after: notes
steps:
  - create_model: Memo
    fields:
      text: {type: CharField, max_length: 10}
  - create_model: Tagging
    fields:
      memo: {type: ForeignKey, to: Memo, on_delete: CASCADE}
      tag: {type: ForeignKey, to: Tag, on_delete: CASCADE}
  - copy_rows: Note
    into: Memo
    copy: [id, text]
  - copy_rows: Note.tags.through
    into: Tagging
    copy: [id, tag_id]
    set: {memo_id: {source: note_id}}
  - delete_model: Note
"""


def test_join_rows_of_a_dropped_model_come_back_after_its_rows(made: Workshop, database: Database) -> None:
    made.spec("library/notes", NOTES)
    made.spec("library/memos", MEMOS)
    made.compile()
    first, *_, last = (Path(path).stem for path in made.generated())
    assert "best effort" not in "".join(made.generated().values())
    with Runner(database, project=made.project) as run:
        run.migrate_to("library", first)
        run.insert(
            {
                "library.Tag": [{"id": 1, "slug": "a"}, {"id": 2, "slug": "b"}],
                "library.Note": [{"id": 5, "text": "new"}],
                "library.Note.tags.through": [{"id": 3, "note_id": 5, "tag_id": 2}],
            }
        )
        given = run.snapshot()
        run.migrate_to("library", last)
        assert run.rows("library.Tagging") == [{"id": 3, "memo_id": 5, "tag_id": 2}]
        run.migrate_to("library", first)
        assert run.snapshot() == given


def test_a_reverse_says_which_join_rows_it_does_not_bring_back(made: Workshop) -> None:
    made.spec("library/notes", NOTES)
    before, after = MEMOS.split("  - copy_rows: Note.tags.through")
    made.spec("library/memos", before + "  - delete_model" + after.partition("  - delete_model")[2])
    made.compile()
    assert "tags is empty" in "".join(made.generated().values())
