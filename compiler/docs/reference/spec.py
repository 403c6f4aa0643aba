"""The reference of a spec: the keys at its top, and those of its tests."""

from __future__ import annotations

from migspec.compiler.docs.reference.markdown import key_table
from migspec.schemas.document import Spec
from migspec.schemas.step import Allowance
from migspec.schemas.tests_entry import SpecTest

HEAD = """\
# The spec

A spec is one file in `<app>/migspecs/`, in YAML (`.yaml`, `.yml`) or TOML (`.toml`). Its name becomes part of the names
of its migrations.

"""
STRICT = """
YAML is read as YAML 1.2, and strictly: keys are text, no anchors, aliases, tags or merge keys, no key twice, one
document; `yes`, `no`, `on` and dates are text, and numbers are plain decimal ones. TOML equally. At most 64 levels,
4 MiB and 200,000 values.
"""
TESTS = """
## tests

Each entry gives rows and says what becomes of them. `migspec verify` runs it.

"""
ALLOW = """
## allow

Each step may say which [lint rules](rules.md) do no harm there.

"""


def spec_page() -> str:
    """Give the page."""
    return HEAD + key_table(Spec) + STRICT + TESTS + key_table(SpecTest) + ALLOW + key_table(Allowance)
