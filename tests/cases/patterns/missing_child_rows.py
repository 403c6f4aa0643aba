# --- people/migrations/0002_missing_child_rows_data.py
# Compiled by migspec from people/migspecs/missing_child_rows.yaml, step 1. Change the spec, not this file.
# spec cbc2d56dc34f, file 1 of 1, code 5afba5e2fd4a

import logging
import time

from django.conf import settings
from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Value

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """A profile for each user who has none."""
    Profile = apps.get_model("people", "Profile")
    User = apps.get_model("people", "User")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Profile):
        return

    users = User._base_manager.using(alias)
    profiles = Profile._base_manager.using(alias)
    there = profiles.filter(user_id=OuterRef("id"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(users, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Profile,
                {
                    "user_id": "id",
                    "bio": Value(""),
                    "phone": Value(""),
                    "newsletter": Value(False),
                },
                page.exclude(Exists(there)),
            )


def backwards(apps, schema_editor):
    """Delete the rows of Profile where user_id is the id of a User and bio='' and
    phone='' and birthday is NULL and newsletter=False.

    Best effort: a row that was there before goes too if it equals a copy in user_id,
    bio and in the defaults of the others.
    """
    Profile = apps.get_model("people", "Profile")
    User = apps.get_model("people", "User")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Profile):
        return

    profiles = Profile._base_manager.using(alias)
    user = User._base_manager.using(alias).filter(id=OuterRef("user_id"))

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(profiles, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(
                bio="", phone="", birthday__isnull=True, newsletter=False
            ).filter(Exists(user))._raw_delete(alias)


def key_ranges(queryset, size=None, large_on=("sqlite",)):
    """Yield the rows of queryset in ranges of keys, up to the last there is now; quick ones grow.

    On the databases large_on they are large from the first: nobody there waits for what a range locks.
    """
    largest = size or 1_000_000
    if size is None:
        size = largest if connections[queryset.db].vendor in large_on else BATCH_SIZE
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    # Keys that are numbers tell how many there may be without counting.
    total = last - first + 1 if isinstance(last, int) else queryset.count()
    if total <= size:
        yield queryset
        return
    done, following = 0, list(keys[:10])
    while following:
        began = time.monotonic()
        low = following[0]
        # Where few numbers seem to be missing, none are counted: that reads every row.
        if isinstance(low, int) and following[-1] - low <= 4 * len(following):
            high = min(low + size - 1, last)
        else:
            rest = keys.filter(pk__gte=low, pk__lte=last)
            high = next(iter(rest[size - 1 : size]), last)
        done = high - first + 1 if isinstance(high, int) else min(done + size, total)
        yield queryset.filter(pk__gte=low, pk__lte=high)
        logger.info("%s: %d of %d keys", queryset.model._meta.label, done, total)
        following = list(keys.filter(pk__gt=high, pk__lte=last)[:10])
        if time.monotonic() - began < 2:
            size = min(2 * size, largest)


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "profile"}, elidable=True
        ),
    ]
