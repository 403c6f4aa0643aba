# --- library/migrations/0002_literal_table_update_by_key_schema.py
# Compiled by migspec from library/migspecs/literal_table_update_by_key.yaml, steps 1 to 3. Change the spec, not this file.
# spec 7aa77864d367, file 1 of 2, code 62ff454fbcfc

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="colour",
            field=models.CharField(max_length=10, null=True),
        ),
        migrations.AddField(
            model_name="tag", name="weight", field=models.IntegerField(default=0)
        ),
        migrations.AddField(
            model_name="contribution",
            name="share",
            field=models.IntegerField(null=True),
        ),
    ]

# --- library/migrations/0003_literal_table_update_by_key_data.py
# Compiled by migspec from library/migspecs/literal_table_update_by_key.yaml, steps 4, 5. Change the spec, not this file.
# spec 7aa77864d367, file 2 of 2, code d2d7161a3456

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, F, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
COLOUR_BY_SLUG = {
    "poetry": "blue",
    "prose": "red",
}
WEIGHT_BY_SLUG = {
    "poetry": 3,
    "not there": 9,
}
SHARE_BY_ROLE_POSITION = [
    ("author", 1, 60),
    ("author", 2, 30),
    ("editor", 1, 10),
]


def forwards_tag_colour(apps, schema_editor):
    """Set Tag.colour and weight by the value of slug where slug__in=['poetry', 'prose',
    'not there'].
    """
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)
    colour_field = Tag._meta.get_field("colour")
    weight_field = Tag._meta.get_field("weight")
    colour = Case(
        *(When(slug=old, then=Value(new)) for old, new in COLOUR_BY_SLUG.items()),
        default=F("colour"),
        output_field=colour_field,
    )
    weight = Case(
        *(When(slug=old, then=Value(new)) for old, new in WEIGHT_BY_SLUG.items()),
        default=F("weight"),
        output_field=weight_field,
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.filter(slug__in=["poetry", "prose", "not there"]).update(
                colour=colour, weight=weight
            )


def forwards_contribution_share(apps, schema_editor):
    """Set Contribution.share by the values of role and position where
    role__in=['author', 'editor'] and position__in=[1, 2].
    """
    Contribution = apps.get_model("library", "Contribution")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Contribution):
        return

    contributions = Contribution._base_manager.using(alias)
    share_field = Contribution._meta.get_field("share")
    share = Case(
        *(
            When(role=role, position=position, then=Value(new))
            for role, position, new in SHARE_BY_ROLE_POSITION
        ),
        default=F("share"),
        output_field=share_field,
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(contributions):
        with transaction.atomic(using=alias):
            page.filter(role__in=["author", "editor"], position__in=[1, 2]).update(
                share=share
            )


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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_literal_table_update_by_key_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_tag_colour,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_contribution_share,
            migrations.RunPython.noop,
            hints={"model_name": "contribution"},
            elidable=True,
        ),
    ]
