"""Operations for one vendor: a small subclass in the file itself, whose database methods return at once on others."""

from __future__ import annotations

from django.db.migrations.operations.base import Operation

from migspec.compiler.emit.operations import class_code

NAMES = {"mysql": "MySQL", "oracle": "Oracle", "postgresql": "PostgreSQL", "sqlite": "SQLite"}


def class_name(cls: type[Operation], vendor: str) -> str:
    return f"{cls.__name__}On{NAMES[vendor]}"


def class_source(cls: type[Operation], vendor: str) -> tuple[str, frozenset[str]]:
    """Give the source of the subclass and the imports that it needs."""
    base, imports = class_code(cls)
    source = f'''
class {class_name(cls, vendor)}({base}):
    """{cls.__name__} where the database is {NAMES[vendor]}; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "{vendor}":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "{vendor}":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
'''
    return source, imports
