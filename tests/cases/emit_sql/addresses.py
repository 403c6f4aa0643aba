# --- shop/migrations/0002_addresses_schema.py
# Compiled by migspec from shop/migspecs/addresses.yaml, steps 1, 2. Change the spec, not this file.
# spec 7bc79c535534, file 1 of 3, code 4acaf47d9fbb

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="shop.customer",
                    ),
                ),
                ("street", models.CharField(max_length=100)),
                ("city", models.CharField(max_length=60)),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        # So that rolling back can add Customer.street before it has values.
        migrations.AlterField(
            model_name="customer",
            name="street",
            field=models.CharField(max_length=100, null=True),
        ),
        # So that rolling back can add Customer.city before it has values.
        migrations.AlterField(
            model_name="customer",
            name="city",
            field=models.CharField(max_length=60, null=True),
        ),
    ]

# --- shop/migrations/0003_addresses_data.py
# Compiled by migspec from shop/migspecs/addresses.yaml, step 2. Change the spec, not this file.
# spec 7bc79c535534, file 2 of 3, code 23c734bbd913

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
        ("shop", "0002_addresses_schema"),
    ]

    operations = [
        # Insert an Address for each Customer.
        RunSQLOnMySQL(
            sql=[
                (
                    """
                    INSERT INTO `shop_address` (
                        `customer_id`,
                        `street`,
                        `city`,
                        `since`
                    )
                    SELECT
                        `shop_customer`.`id` AS `f1`,
                        `shop_customer`.`street` AS `f2`,
                        `shop_customer`.`city` AS `f3`,
                        UTC_TIMESTAMP(6) AS `clock3`
                    FROM `shop_customer`
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS `a`
                            FROM `shop_address` `U0`
                            WHERE `U0`.`customer_id` = (`shop_customer`.`id`)
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    """
                    UPDATE `shop_customer`
                    SET
                        `street` = (
                            SELECT `U0`.`street` AS `street`
                            FROM `shop_address` `U0`
                            WHERE `U0`.`customer_id` = (`shop_customer`.`id`)
                            LIMIT 1
                        ),
                        `city` = (
                            SELECT `U0`.`city` AS `city`
                            FROM `shop_address` `U0`
                            WHERE `U0`.`customer_id` = (`shop_customer`.`id`)
                            LIMIT 1
                        )
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `shop_address` `U0`
                        WHERE `U0`.`customer_id` = (`shop_customer`.`id`)
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ("DELETE FROM `shop_address`", []),
                "COMMIT",
            ],
            hints={"model_name": "address"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    INSERT INTO "shop_address" (
                        "customer_id",
                        "street",
                        "city",
                        "since"
                    )
                    SELECT
                        "shop_customer"."id" AS "f1",
                        "shop_customer"."street" AS "f2",
                        "shop_customer"."city" AS "f3",
                        STATEMENT_TIMESTAMP() AS "clock3"
                    FROM "shop_customer"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "shop_address" "U0"
                            WHERE "U0"."customer_id" = ("shop_customer"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=[
                (
                    """
                    UPDATE "shop_customer"
                    SET
                        "street" = (
                            SELECT "U0"."street" AS "street"
                            FROM "shop_address" "U0"
                            WHERE "U0"."customer_id" = ("shop_customer"."id")
                            LIMIT 1
                        ),
                        "city" = (
                            SELECT "U0"."city" AS "city"
                            FROM "shop_address" "U0"
                            WHERE "U0"."customer_id" = ("shop_customer"."id")
                            LIMIT 1
                        )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "shop_address" "U0"
                        WHERE "U0"."customer_id" = ("shop_customer"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "shop_address"', []),
            ],
            hints={"model_name": "address"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    INSERT INTO "shop_address" (
                        "customer_id",
                        "street",
                        "city",
                        "since"
                    )
                    SELECT
                        "shop_customer"."id" AS "f1",
                        "shop_customer"."street" AS "f2",
                        "shop_customer"."city" AS "f3",
                        STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW') AS "clock3"
                    FROM "shop_customer"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "shop_address" "U0"
                            WHERE "U0"."customer_id" = ("shop_customer"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=[
                (
                    """
                    UPDATE "shop_customer"
                    SET
                        "street" = (
                            SELECT "U0"."street" AS "street"
                            FROM "shop_address" "U0"
                            WHERE "U0"."customer_id" = ("shop_customer"."id")
                            LIMIT 1
                        ),
                        "city" = (
                            SELECT "U0"."city" AS "city"
                            FROM "shop_address" "U0"
                            WHERE "U0"."customer_id" = ("shop_customer"."id")
                            LIMIT 1
                        )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "shop_address" "U0"
                        WHERE "U0"."customer_id" = ("shop_customer"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "shop_address"', []),
            ],
            hints={"model_name": "address"},
            elidable=True,
        ),
    ]

# --- shop/migrations/0004_addresses_cleanup.py
# Compiled by migspec from shop/migspecs/addresses.yaml, steps 3, 4. Change the spec, not this file.
# spec 7bc79c535534, file 3 of 3, code 7552c138dad1

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_addresses_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="customer", name="street"),
        migrations.RemoveField(model_name="customer", name="city"),
    ]
