# --- people/migrations/0002_toggle_and_reverse_schema.py
# Compiled by migspec from people/migspecs/toggle_and_reverse.yaml, step 1. Change the spec, not this file.
# spec 209405a583f6, file 1 of 3, code 37057fb228af

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="profile", name="opted_out", field=models.BooleanField(null=True)
        ),
    ]

# --- people/migrations/0003_toggle_and_reverse_data.py
# Compiled by migspec from people/migspecs/toggle_and_reverse.yaml, step 2. Change the spec, not this file.
# spec 209405a583f6, file 2 of 3, code b7ae97926cc9

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
OPTED_OUT_BY_NEWSLETTER = {
    True: False,
    False: True,
}


def forwards(apps, schema_editor):
    """What was asked is now asked the other way round."""
    Profile = apps.get_model("people", "Profile")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Profile):
        return

    profiles = Profile._base_manager.using(alias)
    opted_out = Case(
        *(
            When(newsletter=old, then=Value(new))
            for old, new in OPTED_OUT_BY_NEWSLETTER.items()
        )
    )

    unmapped = (
        profiles.alias(new_opted_out=opted_out)
        .filter(new_opted_out=None)
        .order_by("newsletter")
    )
    if values := list(unmapped.values_list("newsletter", flat=True).distinct()[:5]):
        raise ValueError(
            "people/migspecs/toggle_and_reverse.yaml:9: the map of "
            f"Profile.opted_out does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(profiles):
        with transaction.atomic(using=alias):
            page.update(opted_out=opted_out)


def backwards(apps, schema_editor):
    """Set Profile.newsletter by the value of opted_out where opted_out is not NULL."""
    Profile = apps.get_model("people", "Profile")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Profile):
        return

    profiles = Profile._base_manager.using(alias)
    newsletter = Case(
        *(
            When(opted_out=old, then=Value(new))
            for old, new in OPTED_OUT_BY_NEWSLETTER.items()
        )
    )

    unmapped = (
        profiles.filter(opted_out__isnull=False)
        .alias(new_newsletter=newsletter)
        .filter(new_newsletter=None)
        .order_by("opted_out")
    )
    if values := list(unmapped.values_list("opted_out", flat=True).distinct()[:5]):
        raise ValueError(
            "people/migspecs/toggle_and_reverse.yaml:9: the map of "
            f"Profile.newsletter does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(profiles):
        with transaction.atomic(using=alias):
            page.filter(opted_out__isnull=False).update(newsletter=newsletter)


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
        ("people", "0002_toggle_and_reverse_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "profile"}, elidable=True
        ),
    ]

# --- people/migrations/0004_toggle_and_reverse_cleanup.py
# Compiled by migspec from people/migspecs/toggle_and_reverse.yaml, steps 3, 4. Change the spec, not this file.
# spec 209405a583f6, file 3 of 3, code b75f4f7c1f6e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0003_toggle_and_reverse_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="profile", name="opted_out", field=models.BooleanField()
        ),
        migrations.RemoveField(model_name="profile", name="newsletter"),
    ]
