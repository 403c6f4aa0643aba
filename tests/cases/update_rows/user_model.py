# --- people/migrations/0002_user_model_data.py
# Compiled by migspec from people/migspecs/user_model.yaml, step 1. Change the spec, not this file.
# spec c891e61e8873, file 1 of 4, code 077dede3fe2b

from django.conf import settings
from django.db import migrations, router
from django.db.models import Count
from django.db.models.functions import Lower


def forwards(apps, schema_editor):
    """E-mail addresses are compared in lower case.

    Rolling back changes no rows: case says nothing in an address.
    """
    User = apps.get_model("people", "User")
    alias = schema_editor.connection.alias
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
            "people/migspecs/user_model.yaml:6: User.email is unique, but"
            f" several rows would hold each of these values: {values}"
        )

    # One transaction: the new email is computed from what is written, so a second
    # run would change it again.
    users.update(email=email)


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
# spec c891e61e8873, file 2 of 4, code 60077a144e30

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
# spec c891e61e8873, file 3 of 4, code f3b32fd537e6

import logging

from django.db import migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """The phone number moves to the user."""
    User = apps.get_model("people", "User")
    Profile = apps.get_model("people", "Profile")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)
    profile = Profile._base_manager.using(alias).filter(user_id=OuterRef("id"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(users):
        with transaction.atomic(using=alias):
            page.filter(Exists(profile)).update(
                phone=Subquery(profile.values("phone")[:1])
            )


def backwards(apps, schema_editor):
    """Set Profile.phone from the User of each Profile."""
    Profile = apps.get_model("people", "Profile")
    User = apps.get_model("people", "User")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Profile):
        return

    profiles = Profile._base_manager.using(alias)
    user = User._base_manager.using(alias).filter(id=OuterRef("user_id"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(profiles):
        with transaction.atomic(using=alias):
            page.filter(Exists(user)).update(phone=Subquery(user.values("phone")[:1]))


def key_ranges(queryset, size=BATCH_SIZE):
    """Yield the rows of queryset in ranges of keys, up to the last that is there now."""
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low = None
    while last is not None and low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        logger.info("%s: done up to %s", queryset.model._meta.label, high)
        low = high


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
# spec c891e61e8873, file 4 of 4, code 6eba70d85f01

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0004_user_model_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="profile", name="phone"),
    ]
