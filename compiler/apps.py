"""The Django app that brings `manage.py migspec`."""

from __future__ import annotations

from django.apps import AppConfig


class MigspecConfig(AppConfig):
    name = "migspec.compiler"
    label = "migspec"
