# --- library/migrations/0002_permissions_for_a_group_data.py
# Compiled by migspec from library/migspecs/permissions_for_a_group.yaml, steps 1 to 3. Change the spec, not this file.
# spec 3332a5a8ce78, file 1 of 1, code 716469018a47

from django.conf import settings
from django.db import migrations, router

CONTENT_TYPES = [
    {"app_label": "library", "model": "book"},
]
PERMISSIONS = [
    {"codename": "lend_book", "name": "Can lend a book"},
]
GROUPS = [
    {"name": "Librarians"},
]


def forwards_insert_content_type(apps, schema_editor):
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


def forwards_insert_permission(apps, schema_editor):
    """Insert 1 row of Permission, each unless its content_type_id and codename is
    there.
    """
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Permission):
        return

    permissions = Permission._base_manager.using(alias)
    content_type = ContentType._base_manager.using(alias).filter(
        app_label="library", model="book"
    )
    if (number := content_type.count()) != 1:
        raise ValueError(
            "library/migspecs/permissions_for_a_group.yaml:13: there must"
            " be one ContentType where app_label='library' and "
            f"model='book'; there are: {number}"
        )

    rows = [
        {
            "codename": "lend_book",
            "name": "Can lend a book",
            "content_type_id": content_type.values_list("id", flat=True).get(),
        },
    ]
    permissions.bulk_create(
        [
            Permission(**row)
            for row in rows
            if not permissions.filter(
                content_type_id=row["content_type_id"], codename=row["codename"]
            ).exists()
        ]
    )


def backwards_insert_permission(apps, schema_editor):
    """Delete the 1 row of Permission listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    codename, name, and no other row points at it.
    """
    Permission = apps.get_model("auth", "Permission")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Permission):
        return

    permissions = Permission._base_manager.using(alias)

    for row in PERMISSIONS:
        permissions.filter(**row, group__isnull=True)._raw_delete(alias)


def forwards_insert_group(apps, schema_editor):
    """Insert 1 row of Group, each unless its name is there."""
    Group = apps.get_model("auth", "Group")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Group):
        return

    groups = Group._base_manager.using(alias)
    groups.bulk_create(
        [Group(**row) for row in GROUPS if not groups.filter(name=row["name"]).exists()]
    )


def backwards_insert_group(apps, schema_editor):
    """Delete the 1 row of Group listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Group = apps.get_model("auth", "Group")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Group):
        return

    groups = Group._base_manager.using(alias)

    for row in GROUPS:
        groups.filter(**row, permissions__isnull=True)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(forwards_insert_content_type, migrations.RunPython.noop),
        migrations.RunPython(forwards_insert_permission, backwards_insert_permission),
        migrations.RunPython(forwards_insert_group, backwards_insert_group),
    ]
