# --- library/migrations/0002_insert_into_kept_tables_schema.py
# Compiled by migspec from library/migspecs/insert_into_kept_tables.yaml, steps 1 to 3. Change the spec, not this file.
# spec 1658c3ba120b, file 1 of 2, code 992746cce13c

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="AddedPublisher",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                    ],
                    options={
                        "db_table": "library_insert_into_kept_tables_1_added_publisher"
                    },
                ),
                migrations.CreateModel(
                    name="KeptPublisher",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("city", models.CharField(max_length=60)),
                        ("country", models.CharField(max_length=2)),
                    ],
                    options={
                        "db_table": "library_insert_into_kept_tables_1_kept_publisher"
                    },
                ),
                migrations.CreateModel(
                    name="AddedTag",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                    ],
                    options={"db_table": "library_insert_into_kept_tables_2_added_tag"},
                ),
                migrations.CreateModel(
                    name="AddedAuthor",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                    ],
                    options={
                        "db_table": "library_insert_into_kept_tables_3_added_author"
                    },
                ),
            ]
        ),
    ]

# --- library/migrations/0003_insert_into_kept_tables_data.py
# Compiled by migspec from library/migspecs/insert_into_kept_tables.yaml, steps 1 to 3. Change the spec, not this file.
# spec 1658c3ba120b, file 2 of 2, code f5d21c934433

from django.apps.registry import Apps
from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef

PUBLISHERS = [
    {"name": "Aschehoug", "city": "Oslo", "country": "NO"},
    {"name": "Gyldendal", "city": "Copenhagen", "country": "DK"},
]
TAGS = [
    {"slug": "new", "label": "New"},
    {"slug": "sale", "label": "For sale"},
]
AUTHORS = [
    {"first_name": "Anonymous", "last_name": ""},
]


class AddedPublisher(models.Model):
    """The keys of the rows that are added to Publisher."""

    id = models.BigIntegerField(primary_key=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_insert_into_kept_tables_1_added_publisher"


class KeptPublisher(models.Model):
    """What is taken from Publisher."""

    id = models.BigIntegerField(primary_key=True)
    city = models.CharField(max_length=60)
    country = models.CharField(max_length=2)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_insert_into_kept_tables_1_kept_publisher"


class AddedTag(models.Model):
    """The keys of the rows that are added to Tag."""

    id = models.BigIntegerField(primary_key=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_insert_into_kept_tables_2_added_tag"


class AddedAuthor(models.Model):
    """The keys of the rows that are added to Author."""

    id = models.BigIntegerField(primary_key=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_insert_into_kept_tables_3_added_author"


def forwards_insert_publisher(apps, schema_editor):
    """Publishers that the importer knows by name."""
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    added_publishers = AddedPublisher._base_manager.using(alias)

    for row in PUBLISHERS:
        known = publishers.filter(name=row["name"])
        keep_old(connection, KeptPublisher, known)
        if not known.update(**row):
            publisher = publishers.create(**row)
            added_publishers.create(id=publisher.id)


def backwards_insert_publisher(apps, schema_editor):
    """Delete the added rows of Publisher.

    Set Publisher.city and Publisher.country back.
    """
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return
    check_kept(
        connection, AddedPublisher, "library/migspecs/insert_into_kept_tables.yaml:6"
    )

    publishers = Publisher._base_manager.using(alias)
    added_publishers = AddedPublisher._base_manager.using(alias)
    kept_publishers = KeptPublisher._base_manager.using(alias)
    added_publisher = AddedPublisher._base_manager.using(alias).filter(
        id=OuterRef("id")
    )
    publishers.filter(Exists(added_publisher))._raw_delete(alias)
    update_from(
        connection,
        publishers,
        KeptPublisher,
        {"id": "id"},
        {"city": "city", "country": "country"},
    )
    added_publishers._raw_delete(alias)
    kept_publishers._raw_delete(alias)


def forwards_insert_tag(apps, schema_editor):
    """Insert 2 rows of Tag, each unless its slug is there."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)
    added_tags = AddedTag._base_manager.using(alias)

    for row in TAGS:
        if not tags.filter(slug=row["slug"]).exists():
            tag = tags.create(**row)
            added_tags.create(id=tag.id)


def backwards_insert_tag(apps, schema_editor):
    """Delete the added rows of Tag."""
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return
    check_kept(connection, AddedTag, "library/migspecs/insert_into_kept_tables.yaml:15")

    tags = Tag._base_manager.using(alias)
    added_tags = AddedTag._base_manager.using(alias)
    added_tag = AddedTag._base_manager.using(alias).filter(id=OuterRef("id"))
    tags.filter(Exists(added_tag))._raw_delete(alias)
    added_tags._raw_delete(alias)


def forwards_insert_author(apps, schema_editor):
    """No key tells these from authors that look the same."""
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)
    added_authors = AddedAuthor._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    for row in AUTHORS:
        author = authors.create(**row)
        added_authors.create(id=author.id)

    record_applied(connection, "library", "0003_insert_into_kept_tables_data")


def backwards_insert_author(apps, schema_editor):
    """Delete the added rows of Author."""
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return
    check_kept(
        connection, AddedAuthor, "library/migspecs/insert_into_kept_tables.yaml:22"
    )

    authors = Author._base_manager.using(alias)
    added_authors = AddedAuthor._base_manager.using(alias)
    added_author = AddedAuthor._base_manager.using(alias).filter(id=OuterRef("id"))
    authors.filter(Exists(added_author))._raw_delete(alias)
    added_authors._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_insert_into_kept_tables_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_insert_publisher,
            backwards_insert_publisher,
            hints={"model_name": "publisher"},
        ),
        migrations.RunPython(
            forwards_insert_tag, backwards_insert_tag, hints={"model_name": "tag"}
        ),
        migrations.RunPython(
            forwards_insert_author,
            backwards_insert_author,
            hints={"model_name": "author"},
        ),
    ]
