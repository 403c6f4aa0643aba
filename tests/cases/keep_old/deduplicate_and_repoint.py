# --- library/migrations/0002_deduplicate_and_repoint_schema.py
# Compiled by migspec from library/migspecs/deduplicate_and_repoint.yaml, steps 1 to 3. Change the spec, not this file.
# spec 8e4a2eb09323, file 1 of 4, code 0b05839d0043

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
                    name="KeptContribution",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("role", models.CharField(max_length=20)),
                        ("position", models.PositiveSmallIntegerField()),
                        ("author_id", models.BigIntegerField()),
                        ("book_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "library_deduplicate_and_repoint_1_kept_contribution"
                    },
                ),
                migrations.CreateModel(
                    name="KeptBook",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("author_id", models.BigIntegerField()),
                    ],
                    options={"db_table": "library_deduplicate_and_repoint_1_kept_book"},
                ),
                migrations.CreateModel(
                    name="KeptContribution2",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("author_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "library_deduplicate_and_repoint_1_kept_contribution2"
                    },
                ),
                migrations.CreateModel(
                    name="KeptAuthor",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("first_name", models.CharField(max_length=50)),
                        ("last_name", models.CharField(max_length=50)),
                        ("email", models.EmailField(max_length=254, null=True)),
                        ("born", models.DateField(null=True)),
                    ],
                    options={
                        "db_table": "library_deduplicate_and_repoint_1_kept_author"
                    },
                ),
                migrations.CreateModel(
                    name="KeptBookTags",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("book_id", models.BigIntegerField()),
                        ("tag_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "library_deduplicate_and_repoint_2_kept_booktags"
                    },
                ),
                migrations.CreateModel(
                    name="KeptBookTags2",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("tag_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "library_deduplicate_and_repoint_2_kept_booktags2"
                    },
                ),
                migrations.CreateModel(
                    name="KeptTag",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("slug", models.SlugField()),
                        ("label", models.CharField(max_length=50)),
                    ],
                    options={"db_table": "library_deduplicate_and_repoint_2_kept_tag"},
                ),
                migrations.CreateModel(
                    name="KeptPublisher",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("name", models.CharField(max_length=100)),
                        ("city", models.CharField(max_length=60)),
                        ("country", models.CharField(max_length=2)),
                    ],
                    options={
                        "db_table": "library_deduplicate_and_repoint_3_kept_publisher"
                    },
                ),
                migrations.CreateModel(
                    name="KeptBook2",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("publisher_id", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "library_deduplicate_and_repoint_3_kept_book2"
                    },
                ),
            ]
        ),
    ]

# --- library/migrations/0003_deduplicate_and_repoint_data.py
# Compiled by migspec from library/migspecs/deduplicate_and_repoint.yaml, step 1. Change the spec, not this file.
# spec 8e4a2eb09323, file 2 of 4, code c480ef97807e

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Exists, OuterRef, Value, When, Window
from django.db.models.functions import FirstValue, RowNumber


class KeptContribution(models.Model):
    """What is taken from Contribution."""

    id = models.BigIntegerField(primary_key=True)
    role = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    author_id = models.BigIntegerField()
    book_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_1_kept_contribution"


class KeptBook(models.Model):
    """What is taken from Book."""

    id = models.BigIntegerField(primary_key=True)
    author_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_1_kept_book"


class KeptContribution2(models.Model):
    """What is taken from Contribution."""

    id = models.BigIntegerField(primary_key=True)
    author_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_1_kept_contribution2"


class KeptAuthor(models.Model):
    """What is taken from Author."""

    id = models.BigIntegerField(primary_key=True)
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)
    email = models.EmailField(max_length=254, null=True)
    born = models.DateField(null=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_1_kept_author"


def forwards(apps, schema_editor):
    """Delete the rows of Contribution that repeat author.first_name, author.last_name,
    book_id and role, but the first by pk.

    Let Book.author point at the Author that is kept.

    Let Contribution.author point at the Author that is kept.

    Delete the rows of Author that repeat first_name and last_name, but the first by
    -id.
    """
    Contribution = apps.get_model("library", "Contribution")
    Book = apps.get_model("library", "Book")
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias

    contributions = Contribution._base_manager.using(alias)
    repeated_contributions = (
        contributions.filter(author__last_name__gt="A")
        .annotate(
            nth=Window(
                RowNumber(),
                partition_by=[
                    "author__first_name",
                    "author__last_name",
                    "book_id",
                    "role",
                ],
                order_by=["pk"],
            )
        )
        .filter(nth__gt=1)
    )
    authors = Author._base_manager.using(alias)
    repeated_authors = (
        authors.filter(last_name__gt="A")
        .annotate(
            nth=Window(
                RowNumber(), partition_by=["first_name", "last_name"], order_by=["-id"]
            )
        )
        .filter(nth__gt=1)
    )
    books = Book._base_manager.using(alias)
    kept_authors = repeated_authors.annotate(
        kept=Window(
            FirstValue("id"), partition_by=["first_name", "last_name"], order_by=["-id"]
        )
    ).values_list("id", "kept")
    if router.allow_migrate_model(alias, Contribution):
        # One transaction: which rows go depends on the others.
        gone = contributions.filter(pk__in=repeated_contributions.values("pk"))
        keep_old(connection, KeptContribution, gone)
        gone._raw_delete(alias)

    if router.allow_migrate_model(alias, Book):
        keep_old(
            connection,
            KeptBook,
            books.filter(author_id__in=repeated_authors.values("id")),
        )
        repoint(books, "author_id", dict(kept_authors))

    if router.allow_migrate_model(alias, Contribution):
        keep_old(
            connection,
            KeptContribution2,
            contributions.filter(author_id__in=repeated_authors.values("id")),
        )
        repoint(contributions, "author_id", dict(kept_authors))

    if router.allow_migrate_model(alias, Author):
        # One transaction: which rows go depends on the others.
        gone_2 = authors.filter(pk__in=repeated_authors.values("pk"))
        keep_old(connection, KeptAuthor, gone_2)
        gone_2._raw_delete(alias)

    record_applied(connection, "library", "0003_deduplicate_and_repoint_data")


def backwards(apps, schema_editor):
    """Insert the deleted rows of Author and Contribution again.

    Set Contribution.author and Book.author back.
    """
    Author = apps.get_model("library", "Author")
    Contribution = apps.get_model("library", "Contribution")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if router.allow_migrate_model(alias, Author):
        check_kept(
            connection,
            KeptContribution,
            "library/migspecs/deduplicate_and_repoint.yaml:7",
        )

    kept_authors = KeptAuthor._base_manager.using(alias)
    authors = Author._base_manager.using(alias)
    there = authors.filter(id=OuterRef("id"))
    contributions = Contribution._base_manager.using(alias)
    kept_contribution2s = KeptContribution2._base_manager.using(alias)
    books = Book._base_manager.using(alias)
    kept_books = KeptBook._base_manager.using(alias)
    kept_contributions = KeptContribution._base_manager.using(alias)
    there_2 = contributions.filter(id=OuterRef("id"))
    if router.allow_migrate_model(alias, Author):
        # One transaction: the whole step is one, as which rows go depends on the
        # others.
        insert_select(
            connection,
            Author,
            {
                "id": "id",
                "first_name": "first_name",
                "last_name": "last_name",
                "email": "email",
                "born": "born",
            },
            kept_authors.exclude(Exists(there)),
        )
        reset_sequences(connection, Author)
        kept_authors._raw_delete(alias)

    if router.allow_migrate_model(alias, Contribution):
        # One transaction: the whole step is one, as which rows go depends on the
        # others.
        update_from(
            connection,
            contributions,
            KeptContribution2,
            {"id": "id"},
            {"author_id": "author_id"},
        )
        kept_contribution2s._raw_delete(alias)

    if router.allow_migrate_model(alias, Book):
        # One transaction: the whole step is one, as which rows go depends on the
        # others.
        update_from(
            connection, books, KeptBook, {"id": "id"}, {"author_id": "author_id"}
        )
        kept_books._raw_delete(alias)

    if router.allow_migrate_model(alias, Contribution):
        # One transaction: the whole step is one, as which rows go depends on the
        # others.
        insert_select(
            connection,
            Contribution,
            {
                "id": "id",
                "role": "role",
                "position": "position",
                "author_id": "author_id",
                "book_id": "book_id",
            },
            kept_contributions.exclude(Exists(there_2)),
        )
        reset_sequences(connection, Contribution)
        kept_contributions._raw_delete(alias)

    record_unapplied(connection, "library", "0003_deduplicate_and_repoint_data")


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


def repoint(queryset, name, kept, size=500):
    """Let a foreign key point at what is kept, where it points at what is not: kept is a dict of keys.

    To look the kept row up for each row that points there would take long.
    """
    field = queryset.model._meta.get_field(name)
    keys = list(kept)
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        cases = [
            When(**{name: key}, then=Value(kept[key], field.target_field))
            for key in some
        ]
        queryset.filter(**{f"{name}__in": some}).update(**{name: Case(*cases)})


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_deduplicate_and_repoint_schema"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, elidable=True),
    ]

# --- library/migrations/0004_deduplicate_and_repoint_data_2.py
# Compiled by migspec from library/migspecs/deduplicate_and_repoint.yaml, step 2. Change the spec, not this file.
# spec 8e4a2eb09323, file 3 of 4, code 4eb99236e946

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Exists, OuterRef, Value, When, Window
from django.db.models.functions import FirstValue, RowNumber


class KeptBookTags(models.Model):
    """What is taken from Book_tags."""

    id = models.BigIntegerField(primary_key=True)
    book_id = models.BigIntegerField()
    tag_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_2_kept_booktags"


class KeptBookTags2(models.Model):
    """What is taken from Book_tags."""

    id = models.BigIntegerField(primary_key=True)
    tag_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_2_kept_booktags2"


class KeptTag(models.Model):
    """What is taken from Tag."""

    id = models.BigIntegerField(primary_key=True)
    slug = models.SlugField()
    label = models.CharField(max_length=50)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_2_kept_tag"


def forwards(apps, schema_editor):
    """Delete the rows of Book_tags that repeat book_id and tag.label, but the first by
    pk.

    Let Book_tags.tag point at the Tag that is kept.

    Delete the rows of Tag that repeat label, but the first by id.
    """
    Book_tags = apps.get_model("library", "Book_tags")
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias

    book_tags_rows = Book_tags._base_manager.using(alias)
    repeated_book_tags_rows = book_tags_rows.annotate(
        nth=Window(RowNumber(), partition_by=["book_id", "tag__label"], order_by=["pk"])
    ).filter(nth__gt=1)
    tags = Tag._base_manager.using(alias)
    repeated_tags = tags.annotate(
        nth=Window(RowNumber(), partition_by=["label"], order_by=["id"])
    ).filter(nth__gt=1)
    kept_tags = repeated_tags.annotate(
        kept=Window(FirstValue("id"), partition_by=["label"], order_by=["id"])
    ).values_list("id", "kept")
    if router.allow_migrate_model(alias, Book_tags):
        # One transaction: which rows go depends on the others.
        gone = book_tags_rows.filter(pk__in=repeated_book_tags_rows.values("pk"))
        keep_old(connection, KeptBookTags, gone)
        gone._raw_delete(alias)
        keep_old(
            connection,
            KeptBookTags2,
            book_tags_rows.filter(tag_id__in=repeated_tags.values("id")),
        )
        repoint(book_tags_rows, "tag_id", dict(kept_tags))

    if router.allow_migrate_model(alias, Tag):
        # One transaction: which rows go depends on the others.
        gone_2 = tags.filter(pk__in=repeated_tags.values("pk"))
        keep_old(connection, KeptTag, gone_2)
        gone_2._raw_delete(alias)

    record_applied(connection, "library", "0004_deduplicate_and_repoint_data_2")


def backwards(apps, schema_editor):
    """Insert the deleted rows of Tag and Book_tags again.

    Set Book_tags.tag back.
    """
    Tag = apps.get_model("library", "Tag")
    Book_tags = apps.get_model("library", "Book_tags")
    connection = schema_editor.connection
    alias = connection.alias
    if router.allow_migrate_model(alias, Tag):
        check_kept(
            connection, KeptBookTags, "library/migspecs/deduplicate_and_repoint.yaml:13"
        )

    kept_tags = KeptTag._base_manager.using(alias)
    tags = Tag._base_manager.using(alias)
    there = tags.filter(id=OuterRef("id"))
    book_tags_rows = Book_tags._base_manager.using(alias)
    kept_book_tags2s = KeptBookTags2._base_manager.using(alias)
    kept_book_tags_rows = KeptBookTags._base_manager.using(alias)
    there_2 = book_tags_rows.filter(id=OuterRef("id"))
    if router.allow_migrate_model(alias, Tag):
        # One transaction: the whole step is one, as which rows go depends on the
        # others.
        insert_select(
            connection,
            Tag,
            {"id": "id", "slug": "slug", "label": "label"},
            kept_tags.exclude(Exists(there)),
        )
        reset_sequences(connection, Tag)
        kept_tags._raw_delete(alias)

    if router.allow_migrate_model(alias, Book_tags):
        # One transaction: the whole step is one, as which rows go depends on the
        # others.
        update_from(
            connection,
            book_tags_rows,
            KeptBookTags2,
            {"id": "id"},
            {"tag_id": "tag_id"},
        )
        kept_book_tags2s._raw_delete(alias)

        # One transaction: the whole step is one, as which rows go depends on the
        # others.
        insert_select(
            connection,
            Book_tags,
            {"id": "id", "book_id": "book_id", "tag_id": "tag_id"},
            kept_book_tags_rows.exclude(Exists(there_2)),
        )
        reset_sequences(connection, Book_tags)
        kept_book_tags_rows._raw_delete(alias)

    record_unapplied(connection, "library", "0004_deduplicate_and_repoint_data_2")


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


def repoint(queryset, name, kept, size=500):
    """Let a foreign key point at what is kept, where it points at what is not: kept is a dict of keys.

    To look the kept row up for each row that points there would take long.
    """
    field = queryset.model._meta.get_field(name)
    keys = list(kept)
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        cases = [
            When(**{name: key}, then=Value(kept[key], field.target_field))
            for key in some
        ]
        queryset.filter(**{f"{name}__in": some}).update(**{name: Case(*cases)})


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_deduplicate_and_repoint_data"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, elidable=True),
    ]

# --- library/migrations/0005_deduplicate_and_repoint_data_3.py
# Compiled by migspec from library/migspecs/deduplicate_and_repoint.yaml, step 3. Change the spec, not this file.
# spec 8e4a2eb09323, file 4 of 4, code 7839650ae8fc

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Window
from django.db.models.functions import RowNumber


class KeptPublisher(models.Model):
    """What is taken from Publisher."""

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=100)
    city = models.CharField(max_length=60)
    country = models.CharField(max_length=2)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_3_kept_publisher"


class KeptBook2(models.Model):
    """What is taken from Book."""

    id = models.BigIntegerField(primary_key=True)
    publisher_id = models.BigIntegerField(null=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_deduplicate_and_repoint_3_kept_book2"


def forwards(apps, schema_editor):
    """Delete the rows of Publisher that repeat city and country, but the first by -name
    and id.
    """
    Publisher = apps.get_model("library", "Publisher")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    repeated_publishers = publishers.annotate(
        nth=Window(
            RowNumber(), partition_by=["city", "country"], order_by=["-name", "id"]
        )
    ).filter(nth__gt=1)
    books = Book._base_manager.using(alias)

    # One transaction: which rows go depends on the others.
    gone = publishers.filter(pk__in=repeated_publishers.values("pk"))
    keep_old(connection, KeptPublisher, gone)
    keep_old(connection, KeptBook2, books.filter(publisher__in=gone))
    gone.delete()
    record_applied(connection, "library", "0005_deduplicate_and_repoint_data_3")


def backwards(apps, schema_editor):
    """Insert the deleted rows of Publisher again.

    Set Book.publisher back.
    """
    Publisher = apps.get_model("library", "Publisher")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return
    check_kept(
        connection, KeptPublisher, "library/migspecs/deduplicate_and_repoint.yaml:18"
    )

    kept_publishers = KeptPublisher._base_manager.using(alias)
    publishers = Publisher._base_manager.using(alias)
    there = publishers.filter(id=OuterRef("id"))
    books = Book._base_manager.using(alias)
    kept_book2s = KeptBook2._base_manager.using(alias)

    # One transaction: the whole step is one, as which rows go depends on the
    # others.
    insert_select(
        connection,
        Publisher,
        {"id": "id", "name": "name", "city": "city", "country": "country"},
        kept_publishers.exclude(Exists(there)),
    )
    reset_sequences(connection, Publisher)

    # One transaction: the whole step is one, as which rows go depends on the
    # others.
    update_from(
        connection, books, KeptBook2, {"id": "id"}, {"publisher_id": "publisher_id"}
    )
    kept_publishers._raw_delete(alias)
    kept_book2s._raw_delete(alias)


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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_deduplicate_and_repoint_data_2"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]
