# --- library/migrations/0002_null_and_now_data.py
# Compiled by migspec from library/migspecs/null_and_now.toml, steps 1, 2. Change the spec, not this file.
# spec e3086606e7e1, file 1 of 1, code 541304e70186

from django.db import migrations, router
from django.db.models.functions import Now


def forwards_loan_note(apps, schema_editor):
    """Notes that say nothing, and loans of 2019 that nobody closed.

    Rolling back changes no rows: they were open by mistake.
    """
    Loan = apps.get_model("library", "Loan")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Loan):
        return

    loans = Loan._base_manager.using(alias)

    # One transaction: Now() gives another value each time.
    loans.filter(lent_at__year=2019, returned_at__isnull=True).update(
        note="", returned_at=Now()
    )


def forwards_book_pages(apps, schema_editor):
    """A book of no pages has an unknown number of pages."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    books.filter(pages=0).update(pages=None)


def backwards_book_pages(apps, schema_editor):
    """Set Book.pages to 0 where pages is NULL."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    books.filter(pages__isnull=True).update(pages=0)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards_loan_note,
            migrations.RunPython.noop,
            atomic=True,
            hints={"model_name": "loan"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_book_pages,
            backwards_book_pages,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
