# --- library/migrations/0002_related_rows_schema.py
# Compiled by migspec from library/migspecs/related_rows.yaml, steps 1 to 3. Change the spec, not this file.
# spec d6e5f2c8e39e, file 1 of 2, code c9470a4fd18e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="loan_count", field=models.IntegerField(null=True)
        ),
        migrations.AddField(
            model_name="book", name="is_lent", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="book",
            name="shelf",
            field=models.CharField(max_length=10, null=True),
        ),
    ]

# --- library/migrations/0003_related_rows_data.py
# Compiled by migspec from library/migspecs/related_rows.yaml, step 4. Change the spec, not this file.
# spec d6e5f2c8e39e, file 2 of 2, code 75e413c6ced5

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
        ("library", "0002_related_rows_schema"),
    ]

    operations = [
        # Set Book.loan_count, is_lent and shelf.
        # Nothing to undo: what is written here goes when its columns go.
        RunSQLOnMySQL(
            sql=[
                (
                    """
                    UPDATE `library_book`
                    SET
                        `loan_count` = (
                            SELECT COUNT(`U1`.`id`) AS `new_value`
                            FROM `library_book` `U0`
                            LEFT OUTER JOIN `library_loan` `U1` ON (
                                `U0`.`id` = `U1`.`book_id`
                            )
                            WHERE `U0`.`id` = (`library_book`.`id`)
                            GROUP BY `U0`.`id`
                            ORDER BY NULL
                            LIMIT 1
                        ),
                        `is_lent` = EXISTS(
                            SELECT 1 AS `a`
                            FROM `library_loan` `U0`
                            WHERE (
                                `U0`.`book_id` = (`library_book`.`id`)
                                AND `U0`.`returned_at` IS NULL
                            )
                            LIMIT 1
                        ),
                        `shelf` = CASE
                            WHEN (
                                `library_book`.`status` = %s
                                AND `library_book`.`pages` IS NULL
                            ) THEN %s
                            WHEN (
                                `library_book`.`status` = %s
                                AND `library_book`.`pages` = %s
                            ) THEN %s
                            ELSE %s
                        END
                    """,
                    [1, "none", 1, 7, "seven", "other"],
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
                    SET
                        "loan_count" = (
                            SELECT COUNT("U1"."id") AS "new_value"
                            FROM "library_book" "U0"
                            LEFT OUTER JOIN "library_loan" "U1" ON (
                                "U0"."id" = "U1"."book_id"
                            )
                            WHERE "U0"."id" = ("library_book"."id")
                            GROUP BY "U0"."id"
                            LIMIT 1
                        ),
                        "is_lent" = EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_loan" "U0"
                            WHERE (
                                "U0"."book_id" = ("library_book"."id")
                                AND "U0"."returned_at" IS NULL
                            )
                            LIMIT 1
                        ),
                        "shelf" = CASE
                            WHEN (
                                "library_book"."status" = %s
                                AND "library_book"."pages" IS NULL
                            ) THEN %s
                            WHEN (
                                "library_book"."status" = %s
                                AND "library_book"."pages" = %s
                            ) THEN %s
                            ELSE %s
                        END
                    """,
                    [1, "none", 1, 7, "seven", "other"],
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
                    SET
                        "loan_count" = (
                            SELECT COUNT("U1"."id") AS "new_value"
                            FROM "library_book" "U0"
                            LEFT OUTER JOIN "library_loan" "U1" ON (
                                "U0"."id" = "U1"."book_id"
                            )
                            WHERE "U0"."id" = ("library_book"."id")
                            GROUP BY "U0"."id"
                            LIMIT 1
                        ),
                        "is_lent" = EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_loan" "U0"
                            WHERE (
                                "U0"."book_id" = ("library_book"."id")
                                AND "U0"."returned_at" IS NULL
                            )
                            LIMIT 1
                        ),
                        "shelf" = CASE
                            WHEN (
                                "library_book"."status" = %s
                                AND "library_book"."pages" IS NULL
                            ) THEN %s
                            WHEN (
                                "library_book"."status" = %s
                                AND "library_book"."pages" = %s
                            ) THEN %s
                            ELSE %s
                        END
                    """,
                    [1, "none", 1, 7, "seven", "other"],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
