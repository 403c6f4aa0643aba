# --- shop/migrations/0002_foreign_key_by_natural_key_data.py
# Compiled by migspec from shop/migspecs/foreign_key_by_natural_key.yaml, step 1. Change the spec, not this file.
# spec 4f2fa9a26fa7, file 1 of 1, code c274e846d3b3

import logging
import time

from django.conf import settings
from django.db import connections, migrations, router, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Subquery, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """The user of a customer is the one with the same e-mail address."""
    Customer = apps.get_model("shop", "Customer")
    User = apps.get_model("people", "User")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)
    user_field = Customer._meta.get_field("user")
    user = User._base_manager.using(alias).filter(email=OuterRef("email"))
    user_id = Subquery(user.values("id")[:1])

    shared = (
        customers.values(
            new_value=Case(
                When(Exists(user), user_id__isnull=True, then=user_id),
                default=F("user_id"),
                output_field=user_field,
            )
        )
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, new_value__isnull=False)
        .order_by("new_value")
    )
    if values := list(shared.values_list("new_value", flat=True)[:5]):
        raise ValueError(
            "shop/migspecs/foreign_key_by_natural_key.yaml:7: several "
            "rows would hold each of these values in Customer.user, which"
            f" is unique: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            page.filter(user_id__isnull=True).filter(Exists(user)).update(
                user_id=user_id
            )


def backwards(apps, schema_editor):
    """Set Customer.user to NULL where user_id is not NULL."""
    Customer = apps.get_model("shop", "Customer")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            page.filter(user_id__isnull=False).update(user_id=None)


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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "customer"}, elidable=True
        ),
    ]
