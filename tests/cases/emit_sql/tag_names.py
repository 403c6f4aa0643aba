# --- library/migrations/0002_tag_names_data.py
# Compiled by migspec from library/migspecs/tag_names.yaml, step 1. Change the spec, not this file.
# spec f74c01f7f0bb, file 1 of 1, code c6b6e5445646

from django.db import migrations

INSERT_LIBRARY_TAG_ON_MYSQL = """
INSERT INTO `library_tag` (`slug`, `label`)
SELECT %s, %s
FROM DUAL
WHERE NOT EXISTS(
    SELECT 1 AS `a`
    FROM `library_tag`
    WHERE `library_tag`.`slug` = %s
    LIMIT 1
)
"""
INSERT_LIBRARY_TAG_ON_POSTGRESQL = """
INSERT INTO "library_tag" ("slug", "label")
SELECT %s, %s
WHERE NOT EXISTS(
    SELECT 1 AS "a"
    FROM "library_tag"
    WHERE "library_tag"."slug" = %s
    LIMIT 1
)
"""
INSERT_LIBRARY_TAG_ON_SQLITE = """
INSERT INTO "library_tag" ("slug", "label")
SELECT %s, %s
WHERE NOT EXISTS(
    SELECT 1 AS "a"
    FROM "library_tag"
    WHERE "library_tag"."slug" = %s
    LIMIT 1
)
"""


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
        ("library", "0001_initial"),
    ]

    operations = [
        # Insert 2 rows of Tag, each unless its slug is there.
        # Rolling back is best effort: a row that was there before goes too if it equals
        # an inserted one in every given column, and no other row points at it.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    INSERT_LIBRARY_TAG_ON_MYSQL,
                    ["out-of-print", "Out of print", "out-of-print"],
                ),
                (INSERT_LIBRARY_TAG_ON_MYSQL, ["100%", 'It\'s "all" there', "100%"]),
                "COMMIT",
            ],
            reverse_sql=[
                (
                    """
                    DELETE `library_tag`
                    FROM `library_tag`
                    LEFT OUTER JOIN `library_book_tags` ON (
                        `library_tag`.`id` = `library_book_tags`.`tag_id`
                    )
                    WHERE (
                        `library_book_tags`.`book_id` IS NULL
                        AND (
                            (`library_tag`.`slug` = %s AND `library_tag`.`label` = %s)
                            OR (
                                `library_tag`.`slug` = %s
                                AND `library_tag`.`label` = %s
                            )
                        )
                    )
                    """,
                    ["out-of-print", "Out of print", "100%", 'It\'s "all" there'],
                ),
            ],
            hints={"model_name": "tag"},
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    INSERT_LIBRARY_TAG_ON_POSTGRESQL,
                    ["out-of-print", "Out of print", "out-of-print"],
                ),
                (
                    INSERT_LIBRARY_TAG_ON_POSTGRESQL,
                    ["100%", 'It\'s "all" there', "100%"],
                ),
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "library_tag"
                    WHERE "library_tag"."id" IN (
                        SELECT "U0"."id"
                        FROM "library_tag" "U0"
                        LEFT OUTER JOIN "library_book_tags" "U1" ON (
                            "U0"."id" = "U1"."tag_id"
                        )
                        WHERE (
                            "U1"."book_id" IS NULL
                            AND (
                                ("U0"."slug" = %s AND "U0"."label" = %s)
                                OR ("U0"."slug" = %s AND "U0"."label" = %s)
                            )
                        )
                    )
                    """,
                    ["out-of-print", "Out of print", "100%", 'It\'s "all" there'],
                ),
            ],
            hints={"model_name": "tag"},
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    INSERT_LIBRARY_TAG_ON_SQLITE,
                    ["out-of-print", "Out of print", "out-of-print"],
                ),
                (INSERT_LIBRARY_TAG_ON_SQLITE, ["100%", 'It\'s "all" there', "100%"]),
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "library_tag"
                    WHERE "library_tag"."id" IN (
                        SELECT "U0"."id"
                        FROM "library_tag" "U0"
                        LEFT OUTER JOIN "library_book_tags" "U1" ON (
                            "U0"."id" = "U1"."tag_id"
                        )
                        WHERE (
                            "U1"."book_id" IS NULL
                            AND (
                                ("U0"."slug" = %s AND "U0"."label" = %s)
                                OR ("U0"."slug" = %s AND "U0"."label" = %s)
                            )
                        )
                    )
                    """,
                    ["out-of-print", "Out of print", "100%", 'It\'s "all" there'],
                ),
            ],
            hints={"model_name": "tag"},
        ),
    ]
