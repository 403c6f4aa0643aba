# --- shop/migrations/0002_order_status_schema.py
# Compiled by migspec from shop/migspecs/order_status.yaml, step 1. Change the spec, not this file.
# spec d64f9881e81c, file 1 of 2, code 8a439bcc8d6e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="state",
            field=models.CharField(default="", max_length=10),
        ),
    ]

# --- shop/migrations/0003_order_status_data.py
# Compiled by migspec from shop/migspecs/order_status.yaml, steps 2, 3. Change the spec, not this file.
# spec d64f9881e81c, file 2 of 2, code 73b005fd6e16

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
        ("shop", "0002_order_status_schema"),
    ]

    operations = [
        # Set Order.state by the value of status where status__in=[0, 1, 2].
        # Nothing to undo: what is written here goes when its columns go.
        RunSQLOnMySQL(
            sql=[
                (
                    """
                    UPDATE `shop_orders`
                    SET `state` = CASE
                        WHEN (`shop_orders`.`status` = %s) THEN %s
                        WHEN (`shop_orders`.`status` = %s) THEN %s
                        WHEN (`shop_orders`.`status` = %s) THEN %s
                        ELSE NULL
                    END
                    WHERE `shop_orders`.`status` IN (%s, %s, %s)
                    """,
                    [0, "new", 1, "paid", 2, "sent", 0, 1, 2],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "order"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    UPDATE "shop_orders"
                    SET "state" = CASE
                        WHEN ("shop_orders"."status" = %s) THEN %s
                        WHEN ("shop_orders"."status" = %s) THEN %s
                        WHEN ("shop_orders"."status" = %s) THEN %s
                        ELSE NULL
                    END
                    WHERE "shop_orders"."status" IN (%s, %s, %s)
                    """,
                    [0, "new", 1, "paid", 2, "sent", 0, 1, 2],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "order"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    UPDATE "shop_orders"
                    SET "state" = CASE
                        WHEN ("shop_orders"."status" = %s) THEN %s
                        WHEN ("shop_orders"."status" = %s) THEN %s
                        WHEN ("shop_orders"."status" = %s) THEN %s
                        ELSE NULL
                    END
                    WHERE "shop_orders"."status" IN (%s, %s, %s)
                    """,
                    [0, "new", 1, "paid", 2, "sent", 0, 1, 2],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "order"},
            elidable=True,
        ),
        # Set Order.note to Concat('note', Value(' (no VAT)')) where
        # customer__country='NO'.
        # Rolling back changes no rows: the remark does no harm.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    UPDATE `shop_orders`
                    SET `note` = CONCAT_WS('', `shop_orders`.`note`, %s)
                    WHERE `shop_orders`.`id` IN (
                        SELECT *
                        FROM (
                            SELECT `shop_orders`.`id` AS `pk`
                            FROM `shop_orders`
                            INNER JOIN `shop_customer` ON (
                                `shop_orders`.`customer_id` = `shop_customer`.`id`
                            )
                            WHERE `shop_customer`.`country` = %s
                        ) subquery
                    )
                    """,
                    [" (no VAT)", "NO"],
                ),
                (
                    """
                    INSERT INTO django_migrations (app, name, applied)
                    VALUES (%s, %s, UTC_TIMESTAMP(6))
                    """,
                    ["shop", "0003_order_status_data"],
                ),
                "COMMIT",
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "order"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    UPDATE "shop_orders"
                    SET "note" = (
                        COALESCE("shop_orders"."note", %s) || COALESCE(%s, %s)
                    )
                    WHERE "shop_orders"."id" IN (
                        SELECT "U0"."id"
                        FROM "shop_orders" "U0"
                        INNER JOIN "shop_customer" "U1" ON (
                            "U0"."customer_id" = "U1"."id"
                        )
                        WHERE "U1"."country" = %s
                    )
                    """,
                    ["", " (no VAT)", "", "NO"],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "order"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    UPDATE "shop_orders"
                    SET "note" = (
                        COALESCE("shop_orders"."note", %s) || COALESCE(%s, %s)
                    )
                    WHERE "shop_orders"."id" IN (
                        SELECT "U0"."id"
                        FROM "shop_orders" "U0"
                        INNER JOIN "shop_customer" "U1" ON (
                            "U0"."customer_id" = "U1"."id"
                        )
                        WHERE "U1"."country" = %s
                    )
                    """,
                    ["", " (no VAT)", "", "NO"],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "order"},
            elidable=True,
        ),
    ]
