"""The customers, as they were."""

from __future__ import annotations

from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=50)


class Person(models.Model):
    name = models.CharField(max_length=50)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    mail = models.EmailField(blank=True, default="")
    born = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["name"]


class Lead(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    source = models.CharField(max_length=20)


class Fax(models.Model):
    number = models.CharField(max_length=20)
