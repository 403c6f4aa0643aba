"""The reference of values: what may stand in `set` and `rows`, in `where`, in `pick` and in the rows of tests."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import Tag

from migspec.compiler.docs.reference.markdown import docstring, fence, key_table
from migspec.schemas.data.picking import Pick
from migspec.schemas.data.values import SetValue
from migspec.schemas.step import Part
from migspec.schemas.tests_entry import Matcher

HEAD = """\
# Values

In `set` and `rows` a bare value is a literal, which the column reads as Django's `to_python` does. Everything else is
a mapping that says by a key what it is. NULL is `null`; TOML has none and writes `{expr: "None"}`.

In `where`, lookups are Django's (`status__in: [1, 2]`, `author__born__lt: "1900-01-01"`, `publisher_id: null`), or the
whole condition is a `Q` expression: `"~Q(tags__slug='x')"`.

"""
PICKING = """
## Which of several rows { #pick }

Where several rows of `source` match one row, `pick` says which of them counts. migspec adds the primary key, so that
the order leaves nothing open.

"""
MATCHERS = """
## What a test cannot know { #matchers }

Values in `expect` and `expect_reversed` are literals, or one of these:

"""


def values_page() -> str:
    """Give the page: every form of a value with its keys."""
    forms = "".join(section(tag, part) for tag, part in forms_of_values())
    picks = "\n".join(docstring(part) + "\n" + key_table(part) for part in get_args(Pick))
    matchers = "\n".join(docstring(part) + "\n" + key_table(part) for part in get_args(Matcher))
    return HEAD + forms + PICKING + picks + MATCHERS + matchers


def forms_of_values() -> list[tuple[str, type[Part]]]:
    """Give the forms by what they are told apart by, as the union declares them."""
    union, *_ = get_args(SetValue)
    found: list[tuple[str, type[Part]]] = []
    for member in get_args(union):
        part, *facts = get_args(member)
        tag = next(fact.tag for fact in facts if isinstance(fact, Tag))
        if is_part(part):
            found.append((tag, part))
    return found


def is_part(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Part)


def section(tag: str, part: type[Part]) -> str:
    anchor = tag.replace(" ", "-")
    return f"\n## {tag} {{ #{anchor} }}\n\n{docstring(part)}\n{fence(EXAMPLES[tag])}\n{key_table(part)}"


# One step for each form, on the library of the test project.
EXAMPLES = {
    "value": """
    - update_rows: Book
      set:
        details: {value: {checked: true, shelves: [A, B]}}
    """,
    "field": """
    - update_rows: Book
      set:
        summary: {field: author.last_name}
    """,
    "source": """
    - update_rows: Book
      source: Publisher
      match: {publisher_id: id}
      set:
        summary: {source: city}
    """,
    "map": """
    - update_rows: Publisher
      set:
        country: {map: {Oslo: "no", Berlin: de}, field: city, unmatched: keep}
    """,
    "joint map": """
    - update_rows: Publisher
      set:
        name:
          fields: [city, country]
          map:
            - [Oslo, "no", Oslo Press]
            - [Oslo, us, Oslo (Minnesota) Press]
          unmatched: keep
      duplicates: error
    """,
    "get": """
    - update_rows: Book
      where: {publisher_id: null}
      set:
        publisher_id: {get: {name: Unknown}}
    """,
    "exists": """
    - update_rows: people.User
      set:
        is_active: {exists: loans, where: {returned_at: null}}
    """,
    "row_number": """
    - update_rows: Book
      set:
        pages: {row_number: {within: author_id, order_by: [published, title], start: 1}}
    """,
    "convert": """
    - update_rows: Book
      set:
        pages: {convert: isbn, invalid: null}
    """,
    "json": """
    - update_rows: Book
      set:
        details: {json: details, at: orders, each: {at: address, rename: {plz: postcode}, set: {checked: true}}}
    """,
    "python": """
    - update_rows: Book
      set:
        title: {python: "return row.title.strip() or row.author.last_name"}
    """,
    "expr": """
    - update_rows: Book
      set:
        pages: {expr: "Count('loans', filter=Q(loans__returned_at=None))"}
    """,
}
