from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=100)
    city = models.CharField(max_length=60)


class Order(models.Model):
    number = models.PositiveIntegerField(unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    state = models.IntegerField(help_text="1 new, 2 paid, 3 sent")
    total = models.DecimalField(max_digits=8, decimal_places=2)
