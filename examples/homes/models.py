from django.db import models


class Home(models.Model):
    name = models.CharField(max_length=50)
    address = models.OneToOneField("accounts.Address", on_delete=models.SET_NULL, null=True)
