# --- people/migrations/0002_user_model_data.py
# Compiled by migspec from people/migspecs/user_model.yaml, step 1. Change the spec, not this file.
# spec d1aafa56d222, file 1 of 4, code 70ce61e05ef2

from django.conf import settings
from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.db.models.functions import Lower


def forwards(apps, schema_editor):
    """E-mail addresses are compared in lower case.

    Rolling back changes no rows: case says nothing in an address.
    """
    User = apps.get_model("people", "User")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)
    email = Lower("email")

    shared = (
        users.values(new_value=email)
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, new_value__isnull=False)
        .order_by("new_value")
    )
    if values := list(shared.values_list("new_value", flat=True)[:5]):
        raise ValueError(
            "people/migspecs/user_model.yaml:6: several rows would hold "
            f"each of these values in User.email, which is unique: {values}"
        )

    # One transaction: the new email is computed from what is written, so a second
    # run would change it again.
    users.update(email=email)
    record_applied(connection, "people", "0002_user_model_data")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "user"},
            elidable=True,
        ),
    ]

# --- people/migrations/0003_user_model_schema.py
# Compiled by migspec from people/migspecs/user_model.yaml, step 2. Change the spec, not this file.
# spec d1aafa56d222, file 2 of 4, code 60077a144e30

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0002_user_model_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="phone",
            field=models.CharField(default="", max_length=20),
        ),
    ]

# --- people/migrations/0004_user_model_data_2.py
# Compiled by migspec from people/migspecs/user_model.yaml, step 3. Change the spec, not this file.
# spec d1aafa56d222, file 3 of 4, code db80d0482e94

import logging
import time

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """The phone number moves to the user."""
    User = apps.get_model("people", "User")
    Profile = apps.get_model("people", "Profile")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(users):
        with transaction.atomic(using=alias):
            update_from(
                connection, page, Profile, {"id": "user_id"}, {"phone": "phone"}
            )


def backwards(apps, schema_editor):
    """Set Profile.phone from the User of each Profile."""
    Profile = apps.get_model("people", "Profile")
    User = apps.get_model("people", "User")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Profile):
        return

    profiles = Profile._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(profiles):
        with transaction.atomic(using=alias):
            update_from(connection, page, User, {"user_id": "id"}, {"phone": "phone"})


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


def update_from(connection, rows, source, match, columns):
    """UPDATE rows FROM source: set columns from the row that is equal in match."""
    quote = connection.ops.quote_name
    table, other = quote(rows.model._meta.db_table), quote(source._meta.db_table)

    def equal(names, prefix=""):
        for name, theirs in names.items():
            column = quote(rows.model._meta.get_field(name).column)
            found = quote(source._meta.get_field(theirs).column)
            yield f"{prefix}{column} = {other}.{found}"

    condition, params = " AND ".join(equal(match, f"{table}.")), ()
    parts, key = [rows.query.where] if rows.query.where else [], rows.model._meta.pk
    if key.attname in match:
        # PostgreSQL does not see that a range of keys is one of the source too, and would read all of it each time.
        same = source._meta.get_field(match[key.attname]).get_col(
            source._meta.db_table, key
        )
        limits = [
            part
            for part in rows.query.where.children
            if getattr(part, "lhs", None) == key.cached_col
        ]
        parts += [type(limit)(same, limit.rhs) for limit in limits]
    for part in parts:
        where, values = rows.query.get_compiler(connection.alias).compile(part)
        condition, params = f"{condition} AND {where}", (*params, *values)
    if connection.vendor == "mysql":
        sets = ", ".join(equal(columns, f"{table}."))
        sql = f"UPDATE {table} INNER JOIN {other} ON {condition} SET {sets}"
    else:
        sets = ", ".join(equal(columns))
        sql = f"UPDATE {table} SET {sets} FROM {other} WHERE {condition}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("people", "0003_user_model_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "user"}, elidable=True
        ),
    ]

# --- people/migrations/0005_user_model_cleanup.py
# Compiled by migspec from people/migspecs/user_model.yaml, step 4. Change the spec, not this file.
# spec d1aafa56d222, file 4 of 4, code 6eba70d85f01

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0004_user_model_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="profile", name="phone"),
    ]
