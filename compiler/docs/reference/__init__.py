"""The pages of the reference, each made from what the code says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migspec.compiler.docs.reference.command import command_page
from migspec.compiler.docs.reference.errors import errors_page
from migspec.compiler.docs.reference.rules import rules_page
from migspec.compiler.docs.reference.spec import spec_page
from migspec.compiler.docs.reference.values import values_page
from migspec.compiler.docs.reference.verbs import verbs_page

# By path below the site's root; mkdocs.yml names the same.
PAGES: Mapping[str, Callable[[], str]] = {
    "reference/spec.md": spec_page,
    "reference/verbs.md": verbs_page,
    "reference/values.md": values_page,
    "reference/rules.md": rules_page,
    "reference/errors.md": errors_page,
    "reference/command.md": command_page,
}


def pages() -> dict[str, str]:
    """Give the text of every page in Markdown, by path."""
    return {path: page() for path, page in PAGES.items()}
