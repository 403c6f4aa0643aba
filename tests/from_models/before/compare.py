"""Print the schema operations of the project's migrations, but for those that are named, as makemigrations does."""

from __future__ import annotations

import sys

import django
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython
from django.db.migrations.writer import OperationWriter

if __name__ == "__main__":
    django.setup()
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    found = [
        f"{app_label}: " + " ".join(OperationWriter(operation, indentation=0).serialize()[0].split())
        for (app_label, name), migration in graph.nodes.items()
        if app_label in ("crm", "ring", "rung", "shop") and f"{app_label}.{name}" not in sys.argv[1:]
        for operation in migration.operations
        if not isinstance(operation, RunPython)
    ]
    sys.stdout.write("\n".join(sorted(found)) + "\n")
