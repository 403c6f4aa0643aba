"""New models that point at each other, from one app into another."""

from __future__ import annotations

from django.db import models


class Team(models.Model):
    captain = models.ForeignKey("rung.Player", on_delete=models.PROTECT, related_name="+")
