# --- shop/migrations/0002_rows_that_others_point_at_data.py
# Compiled by migspec from shop/migspecs/rows_that_others_point_at.yaml, step 1. Change the spec, not this file.
# spec 0771323dab4f, file 1 of 1, code b4a75464a7ee

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
        ("shop", "0001_initial"),
    ]

    operations = [
        # Insert 2 rows of Category, each unless its id is there.
        # Rolling back is best effort: a row that was there before goes too if it equals
        # an inserted one in every given column, and no other row points at it.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    INSERT INTO `shop_category` (`id`, `name`, `position`)
                    SELECT %s, %s, %s
                    FROM DUAL
                    WHERE NOT EXISTS(
                        SELECT 1 AS `a`
                        FROM `shop_category`
                        WHERE `shop_category`.`id` = %s
                        LIMIT 1
                    )
                    """,
                    [101, "Games", 1, 101],
                ),
                (
                    """
                    INSERT INTO `shop_category` (`id`, `name`, `position`, `parent_id`)
                    SELECT %s, %s, %s, %s
                    FROM DUAL
                    WHERE NOT EXISTS(
                        SELECT 1 AS `a`
                        FROM `shop_category`
                        WHERE `shop_category`.`id` = %s
                        LIMIT 1
                    )
                    """,
                    [102, "Maps", 2, 101, 102],
                ),
                "COMMIT",
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    """
                    DELETE `shop_category`
                    FROM `shop_category`
                    LEFT OUTER JOIN `shop_category` `T2` ON (
                        `shop_category`.`id` = `T2`.`parent_id`
                    )
                    LEFT OUTER JOIN `shop_product` ON (
                        `shop_category`.`id` = `shop_product`.`category_id`
                    )
                    WHERE (
                        `T2`.`id` IS NULL
                        AND `shop_product`.`id` IS NULL
                        AND `shop_category`.`id` = %s
                        AND `shop_category`.`name` = %s
                        AND `shop_category`.`position` = %s
                        AND `shop_category`.`parent_id` = %s
                    )
                    """,
                    [102, "Maps", 2, 101],
                ),
                (
                    """
                    DELETE `shop_category`
                    FROM `shop_category`
                    LEFT OUTER JOIN `shop_category` `T2` ON (
                        `shop_category`.`id` = `T2`.`parent_id`
                    )
                    LEFT OUTER JOIN `shop_product` ON (
                        `shop_category`.`id` = `shop_product`.`category_id`
                    )
                    WHERE (
                        `T2`.`id` IS NULL
                        AND `shop_product`.`id` IS NULL
                        AND `shop_category`.`id` = %s
                        AND `shop_category`.`name` = %s
                        AND `shop_category`.`position` = %s
                    )
                    """,
                    [101, "Games", 1],
                ),
                "COMMIT",
            ],
            hints={"model_name": "category"},
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    INSERT INTO "shop_category" ("id", "name", "position")
                    SELECT %s, %s, %s
                    WHERE NOT EXISTS(
                        SELECT 1 AS "a"
                        FROM "shop_category"
                        WHERE "shop_category"."id" = %s
                        LIMIT 1
                    )
                    """,
                    [101, "Games", 1, 101],
                ),
                (
                    """
                    INSERT INTO "shop_category" ("id", "name", "position", "parent_id")
                    SELECT %s, %s, %s, %s
                    WHERE NOT EXISTS(
                        SELECT 1 AS "a"
                        FROM "shop_category"
                        WHERE "shop_category"."id" = %s
                        LIMIT 1
                    )
                    """,
                    [102, "Maps", 2, 101, 102],
                ),
                """
                SELECT setval(
                    pg_get_serial_sequence('"shop_category"','id'),
                    coalesce(max("id"), 1),
                    max("id") IS NOT null
                )
                FROM "shop_category"
                """,
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "shop_category"
                    WHERE "shop_category"."id" IN (
                        SELECT "U0"."id"
                        FROM "shop_category" "U0"
                        LEFT OUTER JOIN "shop_category" "U1" ON (
                            "U0"."id" = "U1"."parent_id"
                        )
                        LEFT OUTER JOIN "shop_product" "U2" ON (
                            "U0"."id" = "U2"."category_id"
                        )
                        WHERE (
                            "U1"."id" IS NULL
                            AND "U2"."id" IS NULL
                            AND "U0"."id" = %s
                            AND "U0"."name" = %s
                            AND "U0"."position" = %s
                            AND "U0"."parent_id" = %s
                        )
                    )
                    """,
                    [102, "Maps", 2, 101],
                ),
                (
                    """
                    DELETE FROM "shop_category"
                    WHERE "shop_category"."id" IN (
                        SELECT "U0"."id"
                        FROM "shop_category" "U0"
                        LEFT OUTER JOIN "shop_category" "U1" ON (
                            "U0"."id" = "U1"."parent_id"
                        )
                        LEFT OUTER JOIN "shop_product" "U2" ON (
                            "U0"."id" = "U2"."category_id"
                        )
                        WHERE (
                            "U1"."id" IS NULL
                            AND "U2"."id" IS NULL
                            AND "U0"."id" = %s
                            AND "U0"."name" = %s
                            AND "U0"."position" = %s
                        )
                    )
                    """,
                    [101, "Games", 1],
                ),
            ],
            hints={"model_name": "category"},
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    INSERT INTO "shop_category" ("id", "name", "position")
                    SELECT %s, %s, %s
                    WHERE NOT EXISTS(
                        SELECT 1 AS "a"
                        FROM "shop_category"
                        WHERE "shop_category"."id" = %s
                        LIMIT 1
                    )
                    """,
                    [101, "Games", 1, 101],
                ),
                (
                    """
                    INSERT INTO "shop_category" ("id", "name", "position", "parent_id")
                    SELECT %s, %s, %s, %s
                    WHERE NOT EXISTS(
                        SELECT 1 AS "a"
                        FROM "shop_category"
                        WHERE "shop_category"."id" = %s
                        LIMIT 1
                    )
                    """,
                    [102, "Maps", 2, 101, 102],
                ),
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "shop_category"
                    WHERE "shop_category"."id" IN (
                        SELECT "U0"."id"
                        FROM "shop_category" "U0"
                        LEFT OUTER JOIN "shop_category" "U1" ON (
                            "U0"."id" = "U1"."parent_id"
                        )
                        LEFT OUTER JOIN "shop_product" "U2" ON (
                            "U0"."id" = "U2"."category_id"
                        )
                        WHERE (
                            "U1"."id" IS NULL
                            AND "U2"."id" IS NULL
                            AND "U0"."id" = %s
                            AND "U0"."name" = %s
                            AND "U0"."position" = %s
                            AND "U0"."parent_id" = %s
                        )
                    )
                    """,
                    [102, "Maps", 2, 101],
                ),
                (
                    """
                    DELETE FROM "shop_category"
                    WHERE "shop_category"."id" IN (
                        SELECT "U0"."id"
                        FROM "shop_category" "U0"
                        LEFT OUTER JOIN "shop_category" "U1" ON (
                            "U0"."id" = "U1"."parent_id"
                        )
                        LEFT OUTER JOIN "shop_product" "U2" ON (
                            "U0"."id" = "U2"."category_id"
                        )
                        WHERE (
                            "U1"."id" IS NULL
                            AND "U2"."id" IS NULL
                            AND "U0"."id" = %s
                            AND "U0"."name" = %s
                            AND "U0"."position" = %s
                        )
                    )
                    """,
                    [101, "Games", 1],
                ),
            ],
            hints={"model_name": "category"},
        ),
    ]
