"""The shop, as it was."""

from __future__ import annotations

from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=50, unique=True)
    price = models.FloatField(default=0)
    code = models.CharField(max_length=10, db_index=True)
    color = models.CharField(max_length=10)
    weight = models.IntegerField(null=True, db_comment="in grams")

    class Meta:
        indexes = [
            models.Index(fields=["price"], name="product_price_idx"),
            models.Index(fields=["color"], name="product_color_idx"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(price__gte=0), name="price_not_negative")]


class Order(models.Model):
    number = models.IntegerField()
    year = models.IntegerField()
    buyer = models.ForeignKey("crm.Person", on_delete=models.CASCADE)
    note = models.TextField()
    paid = models.BooleanField(default=False)

    class Meta:
        unique_together = [("number", "buyer")]
