"""The other half of the ring."""

from __future__ import annotations

from django.db import models


class Player(models.Model):
    team = models.ForeignKey("ring.Team", on_delete=models.CASCADE)
