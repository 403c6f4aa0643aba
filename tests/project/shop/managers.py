"""A manager that migrations carry."""

from __future__ import annotations

from typing import Any

from django.db import models


class ActiveManager(models.Manager):
    use_in_migrations = True

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(active=True)
