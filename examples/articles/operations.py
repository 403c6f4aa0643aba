from django.db.migrations.operations.base import Operation


class AnalyzeTable(Operation):
    """Let the database's planner look at a table again; an operation that the project wrote itself."""

    reversible = True

    def __init__(self, model_name):
        self.model_name = model_name

    def state_forwards(self, app_label, state):
        """The state does not change."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        quoted = schema_editor.quote_name(table)
        statement = "ANALYZE TABLE" if schema_editor.connection.vendor == "mysql" else "ANALYZE"
        schema_editor.execute(f"{statement} {quoted}")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Statistics need no undoing."""

    def describe(self):
        return f"Analyze the table of {self.model_name}"
