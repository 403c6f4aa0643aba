"""Generated code that looks and does not write, run here: the very queries that the migration would run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import StateApps

from migspec.compiler.emit.code import block, fill, joined, plain
from migspec.compiler.emit.local import Constants, Local
from migspec.dsl.expressions import Code

# What the code calls to tell what it has found; no variable of it is called so.
TELLING = ("tell", "tell_unless_one", "tell_rows", "tell_literal", "tell_fit", "tell_cascade", "any_of", "fresh_value")


def run(
    statements: Sequence[Code],
    local: Local,
    apps: StateApps,
    connection: BaseDatabaseWrapper,
    telling: Mapping[str, Any],
    result: Code | None = None,
) -> Any:
    """Run statements that were written with the names of `local`; give the value of `result` at their end."""
    models = [
        fill("{} = apps.get_model({}, {})", variable, repr(model.app_label), repr(model.name))
        for variable, model in local.models.values()
    ]
    alias = plain("alias = connection.alias")
    body = [*models, alias, *local.definitions, *statements, fill("return {}", result or "None")]
    function = block(plain("def look(apps, connection)"), body)
    constants: Constants = local.constants
    imports = sorted(joined([function]).imports | constants.imports)
    text = "\n".join([*imports, *constants.lines, *constants.functions, function.text])
    namespace: dict[str, Any] = dict(telling)
    # Code of our own, with expressions of the spec that were parsed and never hold a statement.
    exec(compile(text, "census", "exec"), namespace)  # noqa: S102
    return namespace["look"](apps, connection)
