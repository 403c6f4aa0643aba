"""The shop: most kinds of change that makemigrations knows."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Abs, Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def nobody():
    """Give the user for what belongs to nobody."""


class Status(models.TextChoices):
    NEW = "new", _("New")
    SENT = "sent", _("Sent")


class Stamped(models.Model):
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["made"]


class Tag(Stamped):
    slug = models.SlugField(primary_key=True)
    label = models.CharField(_("label"), max_length=30, validators=[RegexValidator("^[a-z]+$", "lower case: only")])
    until = models.DateField(default=datetime.date(2030, 1, 1))
    rank = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("1.50"))
    settings = models.JSONField(default=dict, blank=True)


class Product(models.Model):
    name = models.CharField(max_length=50)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    code = models.CharField(max_length=10)
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    colour = models.CharField(max_length=10)
    weight = models.IntegerField(null=True, validators=[MaxValueValidator(1000)])
    status = models.CharField(max_length=4, choices=Status.choices, default=Status.NEW)
    size = models.CharField(
        max_length=2, choices={"Letters": {"s": "small", "l": "large"}, "?": "unknown"}, default="?"
    )
    seen = models.DateTimeField(db_default=Now())
    sold = models.DateTimeField(auto_now_add=True)
    tags = models.ManyToManyField(Tag, related_name="products", blank=True)
    doubled = models.GeneratedField(
        expression=models.F("price") * 2,
        output_field=models.DecimalField(max_digits=9, decimal_places=2),
        db_persist=True,
    )
    added = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["price", "-name"], name="product_price_name_idx"),
            models.Index(fields=["colour"], name="product_color_idx"),
            models.Index(Lower("name").desc(), name="product_lower_idx"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=Decimal("0.01")), name="price_positive"),
            models.UniqueConstraint(
                fields=["name"],
                condition=~models.Q(status="sent") & models.Q(weight__isnull=True),
                name="one_name",
                violation_error_message="This name: taken.",
            ),
        ]


class Order(models.Model):
    number = models.IntegerField()
    year = models.IntegerField(default=2020)
    buyer = models.ForeignKey("crm.Person", on_delete=models.CASCADE)
    paid = models.BooleanField(default=False)
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET(nobody), null=True)
    channel = models.CharField(max_length=10)

    class Meta:
        unique_together = [("number", "year")]
        verbose_name = "order of goods"


class Book(Product):
    isbn = models.CharField(max_length=13)
    read = models.DateTimeField(default=timezone.now)
    similar = models.ManyToManyField("self", symmetrical=False, through="Similarity", through_fields=("left", "right"))


class Similarity(models.Model):
    left = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="+")
    right = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("left", Abs("right"), name="once")]


class PaidOrder(Order):
    class Meta:
        proxy = True
        default_permissions = ()
