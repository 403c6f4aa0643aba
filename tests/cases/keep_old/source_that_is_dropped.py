# --- people/migrations/0002_source_that_is_dropped_schema.py
# Compiled by migspec from people/migspecs/source_that_is_dropped.yaml, steps 1, 2. Change the spec, not this file.
# spec 960ef2422a07, file 1 of 3, code a12524914b15

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="phone",
            field=models.CharField(default="", max_length=20),
        ),
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="KeptProfile",
                    fields=[
                        ("user_id", models.BigIntegerField(primary_key=True)),
                        ("bio", models.TextField()),
                        ("phone", models.CharField(max_length=20)),
                        ("birthday", models.DateField(null=True)),
                        ("newsletter", models.BooleanField()),
                    ],
                    options={
                        "db_table": "people_source_that_is_dropped_2_kept_profile"
                    },
                ),
            ]
        ),
    ]

# --- people/migrations/0003_source_that_is_dropped_data.py
# Compiled by migspec from people/migspecs/source_that_is_dropped.yaml, step 2. Change the spec, not this file.
# spec 960ef2422a07, file 2 of 3, code 1d2c6c195b4d

import logging
import time

from django.apps.registry import Apps
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class KeptProfile(models.Model):
    """What is taken from Profile."""

    user_id = models.BigIntegerField(primary_key=True)
    bio = models.TextField()
    phone = models.CharField(max_length=20)
    birthday = models.DateField(null=True)
    newsletter = models.BooleanField()

    class Meta:
        apps = Apps()
        app_label = "people"
        db_table = "people_source_that_is_dropped_2_kept_profile"


def forwards(apps, schema_editor):
    """Set User.phone from the Profile of each User."""
    User = apps.get_model("people", "User")
    Profile = apps.get_model("people", "Profile")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)
    profiles = Profile._base_manager.using(alias)
    profile = (
        Profile._base_manager.using(alias)
        .filter(user_id=OuterRef("id"))
        .filter(newsletter=True)
    )
    keep_old(connection, KeptProfile, profiles)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(users):
        with transaction.atomic(using=alias):
            page.filter(Exists(profile)).update(
                phone=Subquery(profile.values("phone")[:1])
            )


def backwards(apps, schema_editor):
    """Insert the rows of Profile again."""
    User = apps.get_model("people", "User")
    Profile = apps.get_model("people", "Profile")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, User):
        return
    check_kept(
        connection, KeptProfile, "people/migspecs/source_that_is_dropped.yaml:10"
    )

    kept_profiles = KeptProfile._base_manager.using(alias)
    profiles = Profile._base_manager.using(alias)
    there = profiles.filter(user_id=OuterRef("user_id"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_profiles, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            rows = page
            if profiles.exists():
                rows = rows.exclude(Exists(there))
            insert_select(
                connection,
                Profile,
                {
                    "user_id": "user_id",
                    "bio": "bio",
                    "phone": "phone",
                    "birthday": "birthday",
                    "newsletter": "newsletter",
                },
                rows,
            )
            check_foreign_keys(connection, Profile)

    kept_profiles._raw_delete(alias)


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


def keep_old(connection, kept, rows):
    """Save rows in their side table, but those that it has: in a second run they are not the old ones."""
    names = [field.attname for field in kept._meta.concrete_fields]
    key = {field.attname: OuterRef(field.attname) for field in kept._meta.pk_fields}
    there = kept._base_manager.using(connection.alias).filter(**key)
    insert_select(
        connection, kept, {name: name for name in names}, rows.exclude(Exists(there))
    )


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(
            f"{step}: what it kept is not there, in table {kept._meta.db_table}"
        )


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


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("people", "0002_source_that_is_dropped_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "user"}, elidable=True
        ),
    ]

# --- people/migrations/0004_source_that_is_dropped_cleanup.py
# Compiled by migspec from people/migspecs/source_that_is_dropped.yaml, step 3. Change the spec, not this file.
# spec 960ef2422a07, file 3 of 3, code 310fadb354a4

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0003_source_that_is_dropped_data"),
    ]

    operations = [
        migrations.DeleteModel(name="Profile"),
    ]
