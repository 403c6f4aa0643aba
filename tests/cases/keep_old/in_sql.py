# --- library/migrations/0002_in_sql_schema.py
# Compiled by migspec from library/migspecs/in_sql.yaml, steps 1 to 4. Change the spec, not this file.
# spec 780c0db34d18, file 1 of 3, code cb666a688505

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="KeptBook",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("status", models.IntegerField()),
                    ],
                    options={"db_table": "library_in_sql_1_kept_book"},
                ),
                migrations.CreateModel(
                    name="KeptTag",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("slug", models.SlugField()),
                        ("label", models.CharField(max_length=50)),
                    ],
                    options={"db_table": "library_in_sql_2_kept_tag"},
                ),
                migrations.CreateModel(
                    name="KeptBookTags",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("book_id", models.BigIntegerField()),
                        ("tag_id", models.BigIntegerField()),
                    ],
                    options={"db_table": "library_in_sql_2_kept_booktags"},
                ),
                migrations.CreateModel(
                    name="AddedPublisher",
                    fields=[
                        ("name", models.CharField(max_length=100, primary_key=True)),
                    ],
                    options={"db_table": "library_in_sql_3_added_publisher"},
                ),
                migrations.CreateModel(
                    name="KeptPublisher",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("city", models.CharField(max_length=60)),
                        ("country", models.CharField(max_length=2)),
                    ],
                    options={"db_table": "library_in_sql_3_kept_publisher"},
                ),
                migrations.CreateModel(
                    name="AddedTag",
                    fields=[
                        ("slug", models.SlugField(primary_key=True)),
                    ],
                    options={"db_table": "library_in_sql_4_added_tag"},
                ),
            ]
        ),
    ]

# --- library/migrations/0003_in_sql_data.py
# Compiled by migspec from library/migspecs/in_sql.yaml, steps 1 to 3. Change the spec, not this file.
# spec 780c0db34d18, file 2 of 3, code 781ac9e520f0

from django.db import migrations

INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_MYSQL = """
INSERT INTO `library_in_sql_3_kept_publisher` (
    `id`,
    `city`,
    `country`
)
SELECT
    `library_publisher`.`id` AS `id`,
    `library_publisher`.`city` AS `city`,
    `library_publisher`.`country` AS `country`
FROM `library_publisher`
WHERE (
    `library_publisher`.`name` = %s
    AND NOT (
        EXISTS(
            SELECT 1 AS `a`
            FROM `library_in_sql_3_kept_publisher` `U0`
            WHERE `U0`.`id` = (`library_publisher`.`id`)
            LIMIT 1
        )
    )
)
"""
UPDATE_LIBRARY_PUBLISHER_ON_MYSQL = """
UPDATE `library_publisher`
SET `city` = %s, `country` = %s
WHERE `library_publisher`.`name` = %s
"""
INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_MYSQL = """
INSERT INTO `library_in_sql_3_added_publisher` (`name`)
SELECT %s
FROM DUAL
WHERE NOT EXISTS(
    SELECT 1 AS `a`
    FROM `library_publisher`
    WHERE `library_publisher`.`name` = %s
    LIMIT 1
)
"""
INSERT_LIBRARY_PUBLISHER_ON_MYSQL = """
INSERT INTO `library_publisher` (`name`, `city`, `country`)
SELECT %s, %s, %s
FROM DUAL
WHERE NOT EXISTS(
    SELECT 1 AS `a`
    FROM `library_publisher`
    WHERE `library_publisher`.`name` = %s
    LIMIT 1
)
"""
INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_POSTGRESQL = """
INSERT INTO "library_in_sql_3_kept_publisher" (
    "id",
    "city",
    "country"
)
SELECT
    "library_publisher"."id" AS "id",
    "library_publisher"."city" AS "city",
    "library_publisher"."country" AS "country"
FROM "library_publisher"
WHERE (
    "library_publisher"."name" = %s
    AND NOT (
        EXISTS(
            SELECT 1 AS "a"
            FROM "library_in_sql_3_kept_publisher" "U0"
            WHERE "U0"."id" = ("library_publisher"."id")
            LIMIT 1
        )
    )
)
"""
UPDATE_LIBRARY_PUBLISHER_ON_POSTGRESQL = """
UPDATE "library_publisher"
SET "city" = %s, "country" = %s
WHERE "library_publisher"."name" = %s
"""
INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_POSTGRESQL = """
INSERT INTO "library_in_sql_3_added_publisher" ("name")
SELECT %s
WHERE NOT EXISTS(
    SELECT 1 AS "a"
    FROM "library_publisher"
    WHERE "library_publisher"."name" = %s
    LIMIT 1
)
"""
INSERT_LIBRARY_PUBLISHER_ON_POSTGRESQL = """
INSERT INTO "library_publisher" ("name", "city", "country")
SELECT %s, %s, %s
WHERE NOT EXISTS(
    SELECT 1 AS "a"
    FROM "library_publisher"
    WHERE "library_publisher"."name" = %s
    LIMIT 1
)
"""
INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_SQLITE = """
INSERT INTO "library_in_sql_3_kept_publisher" (
    "id",
    "city",
    "country"
)
SELECT
    "library_publisher"."id" AS "id",
    "library_publisher"."city" AS "city",
    "library_publisher"."country" AS "country"
FROM "library_publisher"
WHERE (
    "library_publisher"."name" = %s
    AND NOT (
        EXISTS(
            SELECT 1 AS "a"
            FROM "library_in_sql_3_kept_publisher" "U0"
            WHERE "U0"."id" = ("library_publisher"."id")
            LIMIT 1
        )
    )
)
"""
UPDATE_LIBRARY_PUBLISHER_ON_SQLITE = """
UPDATE "library_publisher"
SET "city" = %s, "country" = %s
WHERE "library_publisher"."name" = %s
"""
INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_SQLITE = """
INSERT INTO "library_in_sql_3_added_publisher" ("name")
SELECT %s
WHERE NOT EXISTS(
    SELECT 1 AS "a"
    FROM "library_publisher"
    WHERE "library_publisher"."name" = %s
    LIMIT 1
)
"""
INSERT_LIBRARY_PUBLISHER_ON_SQLITE = """
INSERT INTO "library_publisher" ("name", "city", "country")
SELECT %s, %s, %s
WHERE NOT EXISTS(
    SELECT 1 AS "a"
    FROM "library_publisher"
    WHERE "library_publisher"."name" = %s
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
        ("library", "0002_in_sql_schema"),
    ]

    operations = [
        # Books that somebody has lent are in print.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    INSERT INTO `library_in_sql_1_kept_book` (`id`, `status`)
                    SELECT
                        `library_book`.`id` AS `id`,
                        `library_book`.`status` AS `status`
                    FROM `library_book`
                    WHERE (
                        `library_book`.`id` IN (
                            SELECT `U0`.`id` AS `pk`
                            FROM `library_book` `U0`
                            INNER JOIN `library_loan` `U1` ON (
                                `U0`.`id` = `U1`.`book_id`
                            )
                            WHERE (
                                `U1`.`returned_at` IS NULL
                                AND `U1`.`note` LIKE BINARY %s
                            )
                        )
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS `a`
                                FROM `library_in_sql_1_kept_book` `U0`
                                WHERE `U0`.`id` = (`library_book`.`id`)
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["lent%"],
                ),
                (
                    """
                    UPDATE `library_book`
                    SET `status` = %s
                    WHERE `library_book`.`id` IN (
                        SELECT *
                        FROM (
                            SELECT `library_book`.`id` AS `pk`
                            FROM `library_book`
                            INNER JOIN `library_loan` ON (
                                `library_book`.`id` = `library_loan`.`book_id`
                            )
                            WHERE (
                                `library_loan`.`returned_at` IS NULL
                                AND `library_loan`.`note` LIKE BINARY %s
                            )
                        ) subquery
                    )
                    """,
                    [2, "lent%"],
                ),
                "COMMIT",
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    """
                    UPDATE `library_book`
                    SET `status` = (
                        SELECT `U0`.`status` AS `status`
                        FROM `library_in_sql_1_kept_book` `U0`
                        WHERE `U0`.`id` = (`library_book`.`id`)
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `library_in_sql_1_kept_book` `U0`
                        WHERE `U0`.`id` = (`library_book`.`id`)
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ("DELETE FROM `library_in_sql_1_kept_book`", []),
                "COMMIT",
            ],
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    INSERT INTO "library_in_sql_1_kept_book" ("id", "status")
                    SELECT
                        "library_book"."id" AS "id",
                        "library_book"."status" AS "status"
                    FROM "library_book"
                    WHERE (
                        "library_book"."id" IN (
                            SELECT "U0"."id" AS "pk"
                            FROM "library_book" "U0"
                            INNER JOIN "library_loan" "U1" ON (
                                "U0"."id" = "U1"."book_id"
                            )
                            WHERE (
                                "U1"."returned_at" IS NULL
                                AND "U1"."note"::text LIKE %s
                            )
                        )
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS "a"
                                FROM "library_in_sql_1_kept_book" "U0"
                                WHERE "U0"."id" = ("library_book"."id")
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["lent%"],
                ),
                (
                    """
                    UPDATE "library_book"
                    SET "status" = %s
                    WHERE "library_book"."id" IN (
                        SELECT "U0"."id"
                        FROM "library_book" "U0"
                        INNER JOIN "library_loan" "U1" ON ("U0"."id" = "U1"."book_id")
                        WHERE ("U1"."returned_at" IS NULL AND "U1"."note"::text LIKE %s)
                    )
                    """,
                    [2, "lent%"],
                ),
            ],
            reverse_sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "status" = (
                        SELECT "U0"."status" AS "status"
                        FROM "library_in_sql_1_kept_book" "U0"
                        WHERE "U0"."id" = ("library_book"."id")
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_1_kept_book" "U0"
                        WHERE "U0"."id" = ("library_book"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_in_sql_1_kept_book"', []),
            ],
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    INSERT INTO "library_in_sql_1_kept_book" ("id", "status")
                    SELECT
                        "library_book"."id" AS "id",
                        "library_book"."status" AS "status"
                    FROM "library_book"
                    WHERE (
                        "library_book"."id" IN (
                            SELECT "U0"."id" AS "pk"
                            FROM "library_book" "U0"
                            INNER JOIN "library_loan" "U1" ON (
                                "U0"."id" = "U1"."book_id"
                            )
                            WHERE (
                                "U1"."returned_at" IS NULL
                                AND "U1"."note" LIKE %s ESCAPE '\\'
                            )
                        )
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS "a"
                                FROM "library_in_sql_1_kept_book" "U0"
                                WHERE "U0"."id" = ("library_book"."id")
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["lent%"],
                ),
                (
                    """
                    UPDATE "library_book"
                    SET "status" = %s
                    WHERE "library_book"."id" IN (
                        SELECT "U0"."id"
                        FROM "library_book" "U0"
                        INNER JOIN "library_loan" "U1" ON ("U0"."id" = "U1"."book_id")
                        WHERE (
                            "U1"."returned_at" IS NULL
                            AND "U1"."note" LIKE %s ESCAPE '\\'
                        )
                    )
                    """,
                    [2, "lent%"],
                ),
            ],
            reverse_sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "status" = (
                        SELECT "U0"."status" AS "status"
                        FROM "library_in_sql_1_kept_book" "U0"
                        WHERE "U0"."id" = ("library_book"."id")
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_1_kept_book" "U0"
                        WHERE "U0"."id" = ("library_book"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_in_sql_1_kept_book"', []),
            ],
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing is tagged with these any more.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    INSERT INTO `library_in_sql_2_kept_tag` (`id`, `slug`, `label`)
                    SELECT
                        `library_tag`.`id` AS `id`,
                        `library_tag`.`slug` AS `slug`,
                        `library_tag`.`label` AS `label`
                    FROM `library_tag`
                    WHERE (
                        `library_tag`.`label` = %s
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS `a`
                                FROM `library_in_sql_2_kept_tag` `U0`
                                WHERE `U0`.`id` = (`library_tag`.`id`)
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["Old"],
                ),
                (
                    """
                    INSERT INTO `library_in_sql_2_kept_booktags` (
                        `id`,
                        `book_id`,
                        `tag_id`
                    )
                    SELECT
                        `library_book_tags`.`id` AS `id`,
                        `library_book_tags`.`book_id` AS `book_id`,
                        `library_book_tags`.`tag_id` AS `tag_id`
                    FROM `library_book_tags`
                    WHERE (
                        `library_book_tags`.`tag_id` IN (
                            SELECT `U0`.`id`
                            FROM `library_tag` `U0`
                            WHERE `U0`.`label` = %s
                        )
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS `a`
                                FROM `library_in_sql_2_kept_booktags` `U0`
                                WHERE `U0`.`id` = (`library_book_tags`.`id`)
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["Old"],
                ),
                (
                    """
                    DELETE FROM `library_book_tags`
                    WHERE `library_book_tags`.`tag_id` IN (
                        SELECT `U0`.`id` AS `id`
                        FROM `library_tag` `U0`
                        WHERE `U0`.`label` = %s
                    )
                    """,
                    ["Old"],
                ),
                ("DELETE FROM `library_tag` WHERE `library_tag`.`label` = %s", ["Old"]),
                "COMMIT",
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    """
                    INSERT INTO `library_tag` (`id`, `slug`, `label`)
                    SELECT
                        `library_in_sql_2_kept_tag`.`id` AS `f1`,
                        `library_in_sql_2_kept_tag`.`slug` AS `f2`,
                        `library_in_sql_2_kept_tag`.`label` AS `f3`
                    FROM `library_in_sql_2_kept_tag`
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS `a`
                            FROM `library_tag` `U0`
                            WHERE `U0`.`id` = (`library_in_sql_2_kept_tag`.`id`)
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                (
                    """
                    INSERT INTO `library_book_tags` (`id`, `book_id`, `tag_id`)
                    SELECT
                        `library_in_sql_2_kept_booktags`.`id` AS `f1`,
                        `library_in_sql_2_kept_booktags`.`book_id` AS `f2`,
                        `library_in_sql_2_kept_booktags`.`tag_id` AS `f3`
                    FROM `library_in_sql_2_kept_booktags`
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS `a`
                            FROM `library_book_tags` `U0`
                            WHERE `U0`.`id` = (`library_in_sql_2_kept_booktags`.`id`)
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                ("DELETE FROM `library_in_sql_2_kept_tag`", []),
                ("DELETE FROM `library_in_sql_2_kept_booktags`", []),
                "COMMIT",
            ],
            hints={"model_name": "tag"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    INSERT INTO "library_in_sql_2_kept_tag" ("id", "slug", "label")
                    SELECT
                        "library_tag"."id" AS "id",
                        "library_tag"."slug" AS "slug",
                        "library_tag"."label" AS "label"
                    FROM "library_tag"
                    WHERE (
                        "library_tag"."label" = %s
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS "a"
                                FROM "library_in_sql_2_kept_tag" "U0"
                                WHERE "U0"."id" = ("library_tag"."id")
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["Old"],
                ),
                (
                    """
                    INSERT INTO "library_in_sql_2_kept_booktags" (
                        "id",
                        "book_id",
                        "tag_id"
                    )
                    SELECT
                        "library_book_tags"."id" AS "id",
                        "library_book_tags"."book_id" AS "book_id",
                        "library_book_tags"."tag_id" AS "tag_id"
                    FROM "library_book_tags"
                    WHERE (
                        "library_book_tags"."tag_id" IN (
                            SELECT "U0"."id"
                            FROM "library_tag" "U0"
                            WHERE "U0"."label" = %s
                        )
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS "a"
                                FROM "library_in_sql_2_kept_booktags" "U0"
                                WHERE "U0"."id" = ("library_book_tags"."id")
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["Old"],
                ),
                (
                    """
                    DELETE FROM "library_book_tags"
                    WHERE "library_book_tags"."tag_id" IN (
                        SELECT "U0"."id" AS "id"
                        FROM "library_tag" "U0"
                        WHERE "U0"."label" = %s
                    )
                    """,
                    ["Old"],
                ),
                ('DELETE FROM "library_tag" WHERE "library_tag"."label" = %s', ["Old"]),
            ],
            reverse_sql=[
                (
                    """
                    INSERT INTO "library_tag" ("id", "slug", "label")
                    SELECT
                        "library_in_sql_2_kept_tag"."id" AS "f1",
                        "library_in_sql_2_kept_tag"."slug" AS "f2",
                        "library_in_sql_2_kept_tag"."label" AS "f3"
                    FROM "library_in_sql_2_kept_tag"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_tag" "U0"
                            WHERE "U0"."id" = ("library_in_sql_2_kept_tag"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                """
                SELECT setval(
                    pg_get_serial_sequence('"library_tag"','id'),
                    coalesce(max("id"), 1),
                    max("id") IS NOT null
                )
                FROM "library_tag"
                """,
                (
                    """
                    INSERT INTO "library_book_tags" ("id", "book_id", "tag_id")
                    SELECT
                        "library_in_sql_2_kept_booktags"."id" AS "f1",
                        "library_in_sql_2_kept_booktags"."book_id" AS "f2",
                        "library_in_sql_2_kept_booktags"."tag_id" AS "f3"
                    FROM "library_in_sql_2_kept_booktags"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_book_tags" "U0"
                            WHERE "U0"."id" = ("library_in_sql_2_kept_booktags"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                """
                SELECT setval(
                    pg_get_serial_sequence('"library_book_tags"','id'),
                    coalesce(max("id"), 1),
                    max("id") IS NOT null
                )
                FROM "library_book_tags"
                """,
                ('DELETE FROM "library_in_sql_2_kept_tag"', []),
                ('DELETE FROM "library_in_sql_2_kept_booktags"', []),
            ],
            hints={"model_name": "tag"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    INSERT INTO "library_in_sql_2_kept_tag" ("id", "slug", "label")
                    SELECT
                        "library_tag"."id" AS "id",
                        "library_tag"."slug" AS "slug",
                        "library_tag"."label" AS "label"
                    FROM "library_tag"
                    WHERE (
                        "library_tag"."label" = %s
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS "a"
                                FROM "library_in_sql_2_kept_tag" "U0"
                                WHERE "U0"."id" = ("library_tag"."id")
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["Old"],
                ),
                (
                    """
                    INSERT INTO "library_in_sql_2_kept_booktags" (
                        "id",
                        "book_id",
                        "tag_id"
                    )
                    SELECT
                        "library_book_tags"."id" AS "id",
                        "library_book_tags"."book_id" AS "book_id",
                        "library_book_tags"."tag_id" AS "tag_id"
                    FROM "library_book_tags"
                    WHERE (
                        "library_book_tags"."tag_id" IN (
                            SELECT "U0"."id"
                            FROM "library_tag" "U0"
                            WHERE "U0"."label" = %s
                        )
                        AND NOT (
                            EXISTS(
                                SELECT 1 AS "a"
                                FROM "library_in_sql_2_kept_booktags" "U0"
                                WHERE "U0"."id" = ("library_book_tags"."id")
                                LIMIT 1
                            )
                        )
                    )
                    """,
                    ["Old"],
                ),
                (
                    """
                    DELETE FROM "library_book_tags"
                    WHERE "library_book_tags"."tag_id" IN (
                        SELECT "U0"."id" AS "id"
                        FROM "library_tag" "U0"
                        WHERE "U0"."label" = %s
                    )
                    """,
                    ["Old"],
                ),
                ('DELETE FROM "library_tag" WHERE "library_tag"."label" = %s', ["Old"]),
            ],
            reverse_sql=[
                (
                    """
                    INSERT INTO "library_tag" ("id", "slug", "label")
                    SELECT
                        "library_in_sql_2_kept_tag"."id" AS "f1",
                        "library_in_sql_2_kept_tag"."slug" AS "f2",
                        "library_in_sql_2_kept_tag"."label" AS "f3"
                    FROM "library_in_sql_2_kept_tag"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_tag" "U0"
                            WHERE "U0"."id" = ("library_in_sql_2_kept_tag"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                (
                    """
                    INSERT INTO "library_book_tags" ("id", "book_id", "tag_id")
                    SELECT
                        "library_in_sql_2_kept_booktags"."id" AS "f1",
                        "library_in_sql_2_kept_booktags"."book_id" AS "f2",
                        "library_in_sql_2_kept_booktags"."tag_id" AS "f3"
                    FROM "library_in_sql_2_kept_booktags"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_book_tags" "U0"
                            WHERE "U0"."id" = ("library_in_sql_2_kept_booktags"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_in_sql_2_kept_tag"', []),
                ('DELETE FROM "library_in_sql_2_kept_booktags"', []),
            ],
            hints={"model_name": "tag"},
            elidable=True,
        ),
        # Insert or update 2 rows of Publisher by name.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_MYSQL, ["Aschehoug"]),
                (UPDATE_LIBRARY_PUBLISHER_ON_MYSQL, ["Oslo", "NO", "Aschehoug"]),
                (
                    INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_MYSQL,
                    ["Aschehoug", "Aschehoug"],
                ),
                (
                    INSERT_LIBRARY_PUBLISHER_ON_MYSQL,
                    ["Aschehoug", "Oslo", "NO", "Aschehoug"],
                ),
                (INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_MYSQL, ["Gyldendal"]),
                (UPDATE_LIBRARY_PUBLISHER_ON_MYSQL, ["Copenhagen", "DK", "Gyldendal"]),
                (
                    INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_MYSQL,
                    ["Gyldendal", "Gyldendal"],
                ),
                (
                    INSERT_LIBRARY_PUBLISHER_ON_MYSQL,
                    ["Gyldendal", "Copenhagen", "DK", "Gyldendal"],
                ),
                "COMMIT",
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    """
                    DELETE FROM `library_publisher`
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `library_in_sql_3_added_publisher` `U0`
                        WHERE `U0`.`name` = (`library_publisher`.`name`)
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                (
                    """
                    UPDATE `library_publisher`
                    SET
                        `city` = (
                            SELECT `U0`.`city` AS `city`
                            FROM `library_in_sql_3_kept_publisher` `U0`
                            WHERE `U0`.`id` = (`library_publisher`.`id`)
                            LIMIT 1
                        ),
                        `country` = (
                            SELECT `U0`.`country` AS `country`
                            FROM `library_in_sql_3_kept_publisher` `U0`
                            WHERE `U0`.`id` = (`library_publisher`.`id`)
                            LIMIT 1
                        )
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `library_in_sql_3_kept_publisher` `U0`
                        WHERE `U0`.`id` = (`library_publisher`.`id`)
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ("DELETE FROM `library_in_sql_3_added_publisher`", []),
                ("DELETE FROM `library_in_sql_3_kept_publisher`", []),
                "COMMIT",
            ],
            hints={"model_name": "publisher"},
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_POSTGRESQL, ["Aschehoug"]),
                (UPDATE_LIBRARY_PUBLISHER_ON_POSTGRESQL, ["Oslo", "NO", "Aschehoug"]),
                (
                    INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_POSTGRESQL,
                    ["Aschehoug", "Aschehoug"],
                ),
                (
                    INSERT_LIBRARY_PUBLISHER_ON_POSTGRESQL,
                    ["Aschehoug", "Oslo", "NO", "Aschehoug"],
                ),
                (INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_POSTGRESQL, ["Gyldendal"]),
                (
                    UPDATE_LIBRARY_PUBLISHER_ON_POSTGRESQL,
                    ["Copenhagen", "DK", "Gyldendal"],
                ),
                (
                    INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_POSTGRESQL,
                    ["Gyldendal", "Gyldendal"],
                ),
                (
                    INSERT_LIBRARY_PUBLISHER_ON_POSTGRESQL,
                    ["Gyldendal", "Copenhagen", "DK", "Gyldendal"],
                ),
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "library_publisher"
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_3_added_publisher" "U0"
                        WHERE "U0"."name" = ("library_publisher"."name")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                (
                    """
                    UPDATE "library_publisher"
                    SET
                        "city" = (
                            SELECT "U0"."city" AS "city"
                            FROM "library_in_sql_3_kept_publisher" "U0"
                            WHERE "U0"."id" = ("library_publisher"."id")
                            LIMIT 1
                        ),
                        "country" = (
                            SELECT "U0"."country" AS "country"
                            FROM "library_in_sql_3_kept_publisher" "U0"
                            WHERE "U0"."id" = ("library_publisher"."id")
                            LIMIT 1
                        )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_3_kept_publisher" "U0"
                        WHERE "U0"."id" = ("library_publisher"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_in_sql_3_added_publisher"', []),
                ('DELETE FROM "library_in_sql_3_kept_publisher"', []),
            ],
            hints={"model_name": "publisher"},
        ),
        RunSQLOnSQLite(
            sql=[
                (INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_SQLITE, ["Aschehoug"]),
                (UPDATE_LIBRARY_PUBLISHER_ON_SQLITE, ["Oslo", "NO", "Aschehoug"]),
                (
                    INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_SQLITE,
                    ["Aschehoug", "Aschehoug"],
                ),
                (
                    INSERT_LIBRARY_PUBLISHER_ON_SQLITE,
                    ["Aschehoug", "Oslo", "NO", "Aschehoug"],
                ),
                (INSERT_LIBRARY_IN_SQL_3_KEPT_PUBLISHER_ON_SQLITE, ["Gyldendal"]),
                (UPDATE_LIBRARY_PUBLISHER_ON_SQLITE, ["Copenhagen", "DK", "Gyldendal"]),
                (
                    INSERT_LIBRARY_IN_SQL_3_ADDED_PUBLISHER_ON_SQLITE,
                    ["Gyldendal", "Gyldendal"],
                ),
                (
                    INSERT_LIBRARY_PUBLISHER_ON_SQLITE,
                    ["Gyldendal", "Copenhagen", "DK", "Gyldendal"],
                ),
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "library_publisher"
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_3_added_publisher" "U0"
                        WHERE "U0"."name" = ("library_publisher"."name")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                (
                    """
                    UPDATE "library_publisher"
                    SET
                        "city" = (
                            SELECT "U0"."city" AS "city"
                            FROM "library_in_sql_3_kept_publisher" "U0"
                            WHERE "U0"."id" = ("library_publisher"."id")
                            LIMIT 1
                        ),
                        "country" = (
                            SELECT "U0"."country" AS "country"
                            FROM "library_in_sql_3_kept_publisher" "U0"
                            WHERE "U0"."id" = ("library_publisher"."id")
                            LIMIT 1
                        )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_3_kept_publisher" "U0"
                        WHERE "U0"."id" = ("library_publisher"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_in_sql_3_added_publisher"', []),
                ('DELETE FROM "library_in_sql_3_kept_publisher"', []),
            ],
            hints={"model_name": "publisher"},
        ),
    ]

# --- library/migrations/0004_in_sql_data_2.py
# Compiled by migspec from library/migspecs/in_sql.yaml, step 4. Change the spec, not this file.
# spec 780c0db34d18, file 3 of 3, code ac1973e14d4f

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
        ("library", "0003_in_sql_data"),
    ]

    operations = [
        # Insert a Tag for each Publisher where country='NO'.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    INSERT INTO `library_in_sql_4_added_tag` (`slug`)
                    SELECT `lower1`
                    FROM (
                        SELECT *
                        FROM (
                            SELECT
                                LOWER(`library_publisher`.`name`) AS `lower1`,
                                ROW_NUMBER() OVER (
                                    PARTITION BY LOWER(`library_publisher`.`name`)
                                    ORDER BY `library_publisher`.`id`
                                ) AS `qual0`
                            FROM `library_publisher`
                            WHERE (
                                `library_publisher`.`country` = %s
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS `a`
                                        FROM `library_tag` `U0`
                                        WHERE `U0`.`slug` = (
                                            LOWER(`library_publisher`.`name`)
                                        )
                                        LIMIT 1
                                    )
                                )
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS `a`
                                        FROM `library_in_sql_4_added_tag` `U0`
                                        WHERE `U0`.`slug` = (
                                            LOWER(`library_publisher`.`name`)
                                        )
                                        LIMIT 1
                                    )
                                )
                            )
                        ) `qualify`
                        WHERE `qual0` = %s
                    ) `qualify_mask`
                    """,
                    ["NO", 1],
                ),
                (
                    """
                    INSERT INTO `library_tag` (`slug`, `label`)
                    SELECT `lower1`, `f1`
                    FROM (
                        SELECT *
                        FROM (
                            SELECT
                                LOWER(`library_publisher`.`name`) AS `lower1`,
                                `library_publisher`.`city` AS `f1`,
                                ROW_NUMBER() OVER (
                                    PARTITION BY LOWER(`library_publisher`.`name`)
                                    ORDER BY `library_publisher`.`id`
                                ) AS `qual0`
                            FROM `library_publisher`
                            WHERE (
                                `library_publisher`.`country` = %s
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS `a`
                                        FROM `library_tag` `U0`
                                        WHERE `U0`.`slug` = (
                                            LOWER(`library_publisher`.`name`)
                                        )
                                        LIMIT 1
                                    )
                                )
                            )
                        ) `qualify`
                        WHERE `qual0` = %s
                    ) `qualify_mask`
                    """,
                    ["NO", 1],
                ),
                (
                    """
                    INSERT INTO django_migrations (app, name, applied)
                    VALUES (%s, %s, UTC_TIMESTAMP(6))
                    """,
                    ["library", "0004_in_sql_data_2"],
                ),
                "COMMIT",
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    """
                    DELETE FROM `library_tag`
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `library_in_sql_4_added_tag` `U0`
                        WHERE `U0`.`slug` = (`library_tag`.`slug`)
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ("DELETE FROM `library_in_sql_4_added_tag`", []),
                "COMMIT",
            ],
            hints={"model_name": "tag"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    INSERT INTO "library_in_sql_4_added_tag" ("slug")
                    SELECT "lower1"
                    FROM (
                        SELECT *
                        FROM (
                            SELECT
                                LOWER("library_publisher"."name") AS "lower1",
                                ROW_NUMBER() OVER (
                                    PARTITION BY LOWER("library_publisher"."name")
                                    ORDER BY "library_publisher"."id"
                                ) AS "qual0"
                            FROM "library_publisher"
                            WHERE (
                                "library_publisher"."country" = %s
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS "a"
                                        FROM "library_tag" "U0"
                                        WHERE "U0"."slug" = (
                                            LOWER("library_publisher"."name")
                                        )
                                        LIMIT 1
                                    )
                                )
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS "a"
                                        FROM "library_in_sql_4_added_tag" "U0"
                                        WHERE "U0"."slug" = (
                                            LOWER("library_publisher"."name")
                                        )
                                        LIMIT 1
                                    )
                                )
                            )
                        ) "qualify"
                        WHERE "qual0" = %s
                    ) "qualify_mask"
                    """,
                    ["NO", 1],
                ),
                (
                    """
                    INSERT INTO "library_tag" ("slug", "label")
                    SELECT "lower1", "f1"
                    FROM (
                        SELECT *
                        FROM (
                            SELECT
                                LOWER("library_publisher"."name") AS "lower1",
                                "library_publisher"."city" AS "f1",
                                ROW_NUMBER() OVER (
                                    PARTITION BY LOWER("library_publisher"."name")
                                    ORDER BY "library_publisher"."id"
                                ) AS "qual0"
                            FROM "library_publisher"
                            WHERE (
                                "library_publisher"."country" = %s
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS "a"
                                        FROM "library_tag" "U0"
                                        WHERE "U0"."slug" = (
                                            LOWER("library_publisher"."name")
                                        )
                                        LIMIT 1
                                    )
                                )
                            )
                        ) "qualify"
                        WHERE "qual0" = %s
                    ) "qualify_mask"
                    """,
                    ["NO", 1],
                ),
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "library_tag"
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_4_added_tag" "U0"
                        WHERE "U0"."slug" = ("library_tag"."slug")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_in_sql_4_added_tag"', []),
            ],
            hints={"model_name": "tag"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    INSERT INTO "library_in_sql_4_added_tag" ("slug")
                    SELECT "lower1"
                    FROM (
                        SELECT *
                        FROM (
                            SELECT
                                LOWER("library_publisher"."name") AS "lower1",
                                ROW_NUMBER() OVER (
                                    PARTITION BY LOWER("library_publisher"."name")
                                    ORDER BY "library_publisher"."id"
                                ) AS "qual0"
                            FROM "library_publisher"
                            WHERE (
                                "library_publisher"."country" = %s
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS "a"
                                        FROM "library_tag" "U0"
                                        WHERE "U0"."slug" = (
                                            LOWER("library_publisher"."name")
                                        )
                                        LIMIT 1
                                    )
                                )
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS "a"
                                        FROM "library_in_sql_4_added_tag" "U0"
                                        WHERE "U0"."slug" = (
                                            LOWER("library_publisher"."name")
                                        )
                                        LIMIT 1
                                    )
                                )
                            )
                        ) "qualify"
                        WHERE "qual0" = %s
                    ) "qualify_mask"
                    """,
                    ["NO", 1],
                ),
                (
                    """
                    INSERT INTO "library_tag" ("slug", "label")
                    SELECT "lower1", "f1"
                    FROM (
                        SELECT *
                        FROM (
                            SELECT
                                LOWER("library_publisher"."name") AS "lower1",
                                "library_publisher"."city" AS "f1",
                                ROW_NUMBER() OVER (
                                    PARTITION BY LOWER("library_publisher"."name")
                                    ORDER BY "library_publisher"."id"
                                ) AS "qual0"
                            FROM "library_publisher"
                            WHERE (
                                "library_publisher"."country" = %s
                                AND NOT (
                                    EXISTS(
                                        SELECT 1 AS "a"
                                        FROM "library_tag" "U0"
                                        WHERE "U0"."slug" = (
                                            LOWER("library_publisher"."name")
                                        )
                                        LIMIT 1
                                    )
                                )
                            )
                        ) "qualify"
                        WHERE "qual0" = %s
                    ) "qualify_mask"
                    """,
                    ["NO", 1],
                ),
            ],
            reverse_sql=[
                (
                    """
                    DELETE FROM "library_tag"
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_in_sql_4_added_tag" "U0"
                        WHERE "U0"."slug" = ("library_tag"."slug")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_in_sql_4_added_tag"', []),
            ],
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]
