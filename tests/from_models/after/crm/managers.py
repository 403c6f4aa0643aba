"""Managers that migrations have too."""

from __future__ import annotations

from django.db import models


class ActiveManager(models.Manager):
    use_in_migrations = True


class PersonQuerySet(models.QuerySet):
    use_in_migrations = True
