"""Books and their loans: status codes, relations of every kind, a JSON column and a UUID key."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Author(models.Model):
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)
    email = models.EmailField(null=True, blank=True, unique=True)
    born = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["last_name", "first_name"]
        indexes = [models.Index(fields=["last_name", "first_name"], name="author_name_idx")]


class Publisher(models.Model):
    name = models.CharField(max_length=100, unique=True)
    city = models.CharField(max_length=60, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")


class Tag(models.Model):
    slug = models.SlugField(unique=True)
    label = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=200)
    isbn = models.CharField(max_length=13, unique=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    publisher = models.ForeignKey(Publisher, on_delete=models.SET_NULL, null=True, blank=True)
    status = models.IntegerField(help_text="1 planned, 2 in print, 3 out of print")
    pages = models.PositiveIntegerField(null=True, blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    published = models.DateField(null=True, blank=True)
    summary = models.TextField()
    details = models.JSONField(default=dict, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)
    contributors = models.ManyToManyField(Author, through="Contribution", related_name="contributions")

    class Meta:
        indexes = [models.Index(fields=["status"], name="book_status_idx")]
        constraints = [models.CheckConstraint(condition=models.Q(price__gte=0), name="book_price_not_negative")]


class Contribution(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    role = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "author", "role"], name="contribution_once")]


class Loan(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="loans")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="loans")
    lent_at = models.DateTimeField()
    due = models.DateField()
    returned_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, default="")
