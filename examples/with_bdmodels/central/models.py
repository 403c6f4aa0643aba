from bdmodels.fields import VirtualParentLink
from bdmodels.models import BrokenDownModel
from django.db import models


class Identity(models.Model):
    identity_id = models.BigIntegerField(primary_key=True)
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)


class Balance(models.Model):
    balance_id = models.BigIntegerField(primary_key=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)


class Central(BrokenDownModel, Identity, Balance):
    id = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
    number = models.CharField(max_length=20)
    identity_ptr = VirtualParentLink(Identity)
    balance_ptr = VirtualParentLink(Balance)
