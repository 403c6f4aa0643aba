# --- library/migrations/0002_old_books_data.py
# Compiled by migspec from library/migspecs/old_books.yaml, steps 1, 2. Change the spec, not this file.
# spec 205e41107443, file 1 of 1, code bb282eb24bde

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
        ("library", "0001_initial"),
    ]

    operations = [
        # Delete the rows of Publisher where name__startswith='Old '.
        # It cannot be rolled back: the old publishers are gone for good.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    UPDATE `library_book`
                    SET `publisher_id` = NULL
                    WHERE `library_book`.`publisher_id` IN (
                        SELECT `U0`.`id` AS `id`
                        FROM `library_publisher` `U0`
                        WHERE `U0`.`name` LIKE BINARY %s
                    )
                    """,
                    ["Old %"],
                ),
                (
                    """
                    DELETE FROM `library_publisher`
                    WHERE `library_publisher`.`name` LIKE BINARY %s
                    """,
                    ["Old %"],
                ),
                "COMMIT",
            ],
            hints={"model_name": "publisher"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "publisher_id" = NULL
                    WHERE "library_book"."publisher_id" IN (
                        SELECT "U0"."id" AS "id"
                        FROM "library_publisher" "U0"
                        WHERE "U0"."name"::text LIKE %s
                    )
                    """,
                    ["Old %"],
                ),
                (
                    """
                    DELETE FROM "library_publisher"
                    WHERE "library_publisher"."name"::text LIKE %s
                    """,
                    ["Old %"],
                ),
            ],
            hints={"model_name": "publisher"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "publisher_id" = NULL
                    WHERE "library_book"."publisher_id" IN (
                        SELECT "U0"."id" AS "id"
                        FROM "library_publisher" "U0"
                        WHERE "U0"."name" LIKE %s ESCAPE '\\'
                    )
                    """,
                    ["Old %"],
                ),
                (
                    """
                    DELETE FROM "library_publisher"
                    WHERE "library_publisher"."name" LIKE %s ESCAPE '\\'
                    """,
                    ["Old %"],
                ),
            ],
            hints={"model_name": "publisher"},
            elidable=True,
        ),
        # Delete the rows of Tag where Q(label='') | Q(slug__in=['x', 'y']).
        # Rolling back changes no rows: nobody misses them.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    DELETE FROM `library_book_tags`
                    WHERE `library_book_tags`.`tag_id` IN (
                        SELECT `U0`.`id` AS `id`
                        FROM `library_tag` `U0`
                        WHERE (`U0`.`label` = %s OR `U0`.`slug` IN (%s, %s))
                    )
                    """,
                    ["", "x", "y"],
                ),
                (
                    """
                    DELETE FROM `library_tag`
                    WHERE (
                        `library_tag`.`label` = %s
                        OR `library_tag`.`slug` IN (%s, %s)
                    )
                    """,
                    ["", "x", "y"],
                ),
                "COMMIT",
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    DELETE FROM "library_book_tags"
                    WHERE "library_book_tags"."tag_id" IN (
                        SELECT "U0"."id" AS "id"
                        FROM "library_tag" "U0"
                        WHERE ("U0"."label" = %s OR "U0"."slug" IN (%s, %s))
                    )
                    """,
                    ["", "x", "y"],
                ),
                (
                    """
                    DELETE FROM "library_tag"
                    WHERE (
                        "library_tag"."label" = %s
                        OR "library_tag"."slug" IN (%s, %s)
                    )
                    """,
                    ["", "x", "y"],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    DELETE FROM "library_book_tags"
                    WHERE "library_book_tags"."tag_id" IN (
                        SELECT "U0"."id" AS "id"
                        FROM "library_tag" "U0"
                        WHERE ("U0"."label" = %s OR "U0"."slug" IN (%s, %s))
                    )
                    """,
                    ["", "x", "y"],
                ),
                (
                    """
                    DELETE FROM "library_tag"
                    WHERE (
                        "library_tag"."label" = %s
                        OR "library_tag"."slug" IN (%s, %s)
                    )
                    """,
                    ["", "x", "y"],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]
