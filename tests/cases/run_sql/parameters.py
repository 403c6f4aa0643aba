# --- library/migrations/0002_parameters_data.py
# Compiled by migspec from library/migspecs/parameters.yaml, steps 1, 2. Change the spec, not this file.
# spec ae1bc7e1e7c3, file 1 of 1, code 237e154a13a9

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            sql=[
                (
                    "UPDATE library_publisher SET city = %s WHERE city = %s",
                    ("O'slo 100%", "Kristiania"),
                )
            ],
            reverse_sql=[
                (
                    "UPDATE library_publisher SET city = %s WHERE city = %s",
                    ("Kristiania", "O'slo 100%"),
                )
            ],
        ),
        migrations.RunSQL(
            sql=[
                (
                    "UPDATE library_book SET pages = %(pages)s WHERE status = %(status)s AND pages IS NULL",
                    {"pages": 0, "status": 1},
                ),
                "UPDATE library_book SET status = 4 WHERE status = 3",
            ],
            reverse_sql=[
                "UPDATE library_book SET status = 3 WHERE status = 4",
                (
                    "UPDATE library_book SET pages = NULL WHERE status = 1 AND pages = 0",
                    (),
                ),
            ],
        ),
    ]
