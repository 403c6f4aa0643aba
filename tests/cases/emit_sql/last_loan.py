# --- library/migrations/0002_last_loan_schema.py
# Compiled by migspec from library/migspecs/last_loan.yaml, step 1. Change the spec, not this file.
# spec ff3b080f7e4b, file 1 of 2, code 832de6f79ed0

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="last_due", field=models.DateField(null=True)
        ),
    ]

# --- library/migrations/0003_last_loan_data.py
# Compiled by migspec from library/migspecs/last_loan.yaml, step 2. Change the spec, not this file.
# spec ff3b080f7e4b, file 2 of 2, code 46b2b90034fd

from django.db import migrations


class RunSQLOnMySQL(migrations.RunSQL):
    """RunSQL where the database is MySQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "mysql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "mysql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class RunSQLOnPostgreSQL(migrations.RunSQL):
    """RunSQL where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class RunSQLOnSQLite(migrations.RunSQL):
    """RunSQL where the database is SQLite; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_last_loan_schema"),
    ]

    operations = [
        # When the book was due the last time that it was lent.
        # Nothing to undo: what is written here goes when its columns go.
        RunSQLOnMySQL(
            sql=[
                (
                    """
                    UPDATE `library_book`
                    SET `last_due` = (
                        SELECT `U0`.`due` AS `due`
                        FROM `library_loan` `U0`
                        WHERE (
                            `U0`.`book_id` = (`library_book`.`id`)
                            AND `U0`.`returned_at` IS NOT NULL
                        )
                        ORDER BY 1 DESC, `U0`.`id` ASC
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `library_loan` `U0`
                        WHERE (
                            `U0`.`book_id` = (`library_book`.`id`)
                            AND `U0`.`returned_at` IS NOT NULL
                        )
                        LIMIT 1
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "last_due" = (
                        SELECT "U0"."due" AS "due"
                        FROM "library_loan" "U0"
                        WHERE (
                            "U0"."book_id" = ("library_book"."id")
                            AND "U0"."returned_at" IS NOT NULL
                        )
                        ORDER BY 1 DESC, "U0"."id" ASC
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_loan" "U0"
                        WHERE (
                            "U0"."book_id" = ("library_book"."id")
                            AND "U0"."returned_at" IS NOT NULL
                        )
                        LIMIT 1
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "last_due" = (
                        SELECT "U0"."due" AS "due"
                        FROM "library_loan" "U0"
                        WHERE (
                            "U0"."book_id" = ("library_book"."id")
                            AND "U0"."returned_at" IS NOT NULL
                        )
                        ORDER BY 1 DESC, "U0"."id" ASC
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_loan" "U0"
                        WHERE (
                            "U0"."book_id" = ("library_book"."id")
                            AND "U0"."returned_at" IS NOT NULL
                        )
                        LIMIT 1
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
