import uuid

from django.db import models


class Order(models.Model):
    number = models.CharField(max_length=20)
    token = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    status = models.CharField(max_length=10)
