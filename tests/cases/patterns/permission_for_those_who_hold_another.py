# --- library/migrations/0002_permission_for_those_who_hold_another_data.py
# Compiled by migspec from library/migspecs/permission_for_those_who_hold_another.yaml, step 1. Change the spec, not this file.
# spec a15a25470f86, file 1 of 3, code 41620dbf2f3c

from django.db import migrations, router

CONTENT_TYPES = [
    {"app_label": "library", "model": "book"},
]


def forwards(apps, schema_editor):
    """Insert 1 row of ContentType, each unless its app_label and model is there.

    Rolling back changes no rows: Django makes it anyway.
    """
    ContentType = apps.get_model("contenttypes", "ContentType")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, ContentType):
        return

    content_types = ContentType._base_manager.using(alias)
    content_types.bulk_create(
        [
            ContentType(**row)
            for row in CONTENT_TYPES
            if not content_types.filter(
                app_label=row["app_label"], model=row["model"]
            ).exists()
        ]
    )


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]

# --- library/migrations/0003_permission_for_those_who_hold_another_data_2.py
# Compiled by migspec from library/migspecs/permission_for_those_who_hold_another.yaml, step 2. Change the spec, not this file.
# spec a15a25470f86, file 2 of 3, code a0162585c8b4

import logging
import time

from django.conf import settings
from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Value

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """The permission to lend a book."""
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Permission):
        return

    content_types = ContentType._base_manager.using(alias)
    permissions = Permission._base_manager.using(alias)
    there = permissions.filter(content_type_id=OuterRef("id"), codename="lend_book")

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(content_types, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Permission,
                {
                    "name": Value("Can lend a book"),
                    "content_type_id": "id",
                    "codename": Value("lend_book"),
                },
                page.filter(app_label="library", model="book").exclude(Exists(there)),
            )


def backwards(apps, schema_editor):
    """Delete the rows of Permission where content_type_id is the id of a ContentType
    and codename='lend_book' and name='Can lend a book', but for rows that others
    point at.

    Best effort: a row that was there before goes too if it equals a copy in
    content_type_id, codename, name, and no other row points at it.
    """
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Permission):
        return

    permissions = Permission._base_manager.using(alias)
    content_type = (
        ContentType._base_manager.using(alias)
        .filter(id=OuterRef("content_type_id"))
        .filter(app_label="library", model="book")
    )

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(permissions, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(codename="lend_book", name="Can lend a book").filter(
                Exists(content_type)
            ).filter(group__isnull=True)._raw_delete(alias)
            check_foreign_keys(connection)


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


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0002_permission_for_those_who_hold_another_data"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, elidable=True),
    ]

# --- library/migrations/0004_permission_for_those_who_hold_another_data_3.py
# Compiled by migspec from library/migspecs/permission_for_those_who_hold_another.yaml, step 3. Change the spec, not this file.
# spec a15a25470f86, file 3 of 3, code cac07797226b

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """Groups that may change books may lend them."""
    Group_permissions = apps.get_model("auth", "Group_permissions")
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Group_permissions):
        return

    groups = Group._base_manager.using(alias)
    permission = Permission._base_manager.using(alias).filter(
        content_type__app_label="library", codename="lend_book"
    )
    group_permissions_rows = Group_permissions._base_manager.using(alias)
    there = group_permissions_rows.filter(
        group_id=OuterRef("id"), permission_id=OuterRef("new_permission_id")
    )
    if (
        groups.filter(
            pk__in=Group._base_manager.using(alias)
            .filter(
                permissions__codename="change_book",
                permissions__content_type__app_label="library",
            )
            .values("pk")
        ).exists()
        and (number := permission.count()) != 1
    ):
        raise ValueError(
            "library/migspecs/permission_for_those_who_hold_another.yaml:20:"
            " there must be one Permission where "
            "content_type__app_label='library' and codename='lend_book'; "
            f"there are: {number}"
        )

    # One transaction: it reads Group_permissions, which it adds rows to.
    insert_select(
        connection,
        Group_permissions,
        {"group_id": "id", "permission_id": "new_permission_id"},
        groups.filter(
            pk__in=Group._base_manager.using(alias)
            .filter(
                permissions__codename="change_book",
                permissions__content_type__app_label="library",
            )
            .values("pk")
        )
        .annotate(new_permission_id=Subquery(permission.values("id")))
        .exclude(Exists(there)),
    )
    record_applied(
        connection, "library", "0004_permission_for_those_who_hold_another_data_3"
    )


def backwards(apps, schema_editor):
    """Delete the rows of Group_permissions that the condition selects."""
    Group_permissions = apps.get_model("auth", "Group_permissions")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Group_permissions):
        return

    group_permissions_rows = Group_permissions._base_manager.using(alias)

    # One transaction: the whole step is one, as it reads Group_permissions, which
    # it adds rows to.
    group_permissions_rows.filter(
        permission__content_type__app_label="library", permission__codename="lend_book"
    ).delete()


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_permission_for_those_who_hold_another_data_2"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, elidable=True),
    ]
