# --- shop/migrations/0002_two_field_joint_map_schema.py
# Compiled by migspec from shop/migspecs/two_field_joint_map.yaml, steps 1, 2. Change the spec, not this file.
# spec c10794b1b804, file 1 of 2, code 8e1c98830e5a

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="state",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="product", name="shelf", field=models.IntegerField(default=0)
        ),
    ]

# --- shop/migrations/0003_two_field_joint_map_data.py
# Compiled by migspec from shop/migspecs/two_field_joint_map.yaml, step 3. Change the spec, not this file.
# spec c10794b1b804, file 2 of 2, code a7b436ed4966

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, F, OuterRef, Subquery, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
STATE_BY_ACTIVE_CURRENCY = [
    (True, "EUR", "home"),
    (True, "USD", "abroad"),
    (False, "EUR", "gone"),
    (False, "USD", "gone"),
]
SHELF_BY_NAME_ACTIVE = [
    ("Books", True, 3),
    (None, True, 9),
]


def forwards(apps, schema_editor):
    """Set Product.state and shelf."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)
    state_field = Product._meta.get_field("state")
    same_product = Product._base_manager.using(alias).filter(pk=OuterRef("pk"))
    shelf_field = Product._meta.get_field("shelf")
    state = Case(
        *(
            When(active=active, currency=currency, then=Value(new))
            for active, currency, new in STATE_BY_ACTIVE_CURRENCY
        ),
        default=F("state"),
        output_field=state_field,
    )
    shelf = Subquery(
        same_product.values_list(
            Case(
                *(
                    When(category__name=category__name, active=active, then=Value(new))
                    for category__name, active, new in SHELF_BY_NAME_ACTIVE
                ),
                default=OuterRef("shelf"),
                output_field=shelf_field,
            )
        )[:1]
    )

    unmapped = (
        products.annotate(
            is_named=Case(
                *(
                    When(active=active, currency=currency, then=Value(True))
                    for active, currency, new in STATE_BY_ACTIVE_CURRENCY
                ),
                default=Value(False),
            )
        )
        .filter(is_named=False)
        .order_by("active", "currency")
    )
    if values := list(unmapped.values_list("active", "currency").distinct()[:5]):
        raise ValueError(
            "shop/migspecs/two_field_joint_map.yaml:13: the map of "
            "Product.state does not name these values of active, "
            f"currency: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.update(state=state, shelf=shelf)


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
        ("shop", "0002_two_field_joint_map_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "product"},
            elidable=True,
        ),
    ]
