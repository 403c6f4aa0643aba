# --- people/migrations/0002_user_of_another_app_data.py
# Compiled by migspec from library/migspecs/user_of_another_app.yaml, step 1. Change the spec, not this file.
# spec 750ab3af042c, file 1 of 1, code aa2cd0cc85aa

import datetime
import logging

from django.conf import settings
from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Who has a book for more than a year is no longer active.

    It cannot be rolled back: others were inactive before.
    """
    User = apps.get_model("people", "User")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(users):
        with transaction.atomic(using=alias):
            page.filter(
                loans__lent_at__lt=datetime.datetime(
                    2020, 1, 1, 0, 0, tzinfo=datetime.timezone.utc
                ),
                loans__returned_at__isnull=True,
                is_active=True,
            ).update(is_active=False)


def key_ranges(queryset, size=BATCH_SIZE):
    """Yield the rows of queryset in ranges of keys, up to the last that is there now."""
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low = None
    while last is not None and low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        logger.info("%s: done up to %s", queryset.model._meta.label, high)
        low = high


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, hints={"model_name": "user"}, elidable=True),
    ]
