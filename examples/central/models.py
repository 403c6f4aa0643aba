from django.db import models


class Identity(models.Model):
    central_id = models.BigIntegerField(primary_key=True)
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)


class Balance(models.Model):
    central_id = models.BigIntegerField(primary_key=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)


class Central(models.Model):
    number = models.CharField(max_length=20)
    identity_link = models.ForeignObject(
        Identity,
        on_delete=models.CASCADE,
        from_fields=["id"],
        to_fields=["central_id"],
        unique=True,
        editable=False,
    )
    balance_link = models.ForeignObject(
        Balance,
        on_delete=models.CASCADE,
        from_fields=["id"],
        to_fields=["central_id"],
        unique=True,
        editable=False,
    )
