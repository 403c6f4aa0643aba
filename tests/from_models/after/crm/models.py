"""The customers: another name for a model and for a field, one model less."""

from __future__ import annotations

from crm.managers import ActiveManager, PersonQuerySet
from django.db import models
from django.utils.translation import gettext_lazy as _


class Company(models.Model):
    name = models.CharField(max_length=80, help_text="As in the register:\nwithout the legal form.")
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="branches")

    class Meta:
        db_table = "companies"
        db_table_comment = "One row for each company that we ever wrote to."
        verbose_name_plural = _("companies")


class Person(models.Model):
    name = models.CharField(max_length=50)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    email = models.EmailField(blank=True, default="")
    born = models.DateField()
    active = models.BooleanField(default=True)

    objects = ActiveManager()
    everybody = PersonQuerySet.as_manager()

    class Meta:
        ordering = ("-name", "company")
        get_latest_by = ("born", "name")
        permissions = [("write_to_person", "Can write to a person")]


class Prospect(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    source = models.CharField(max_length=20)

    class Meta:
        order_with_respect_to = "person"
