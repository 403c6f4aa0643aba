"""The swappable user and what hangs on it by a shared key."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    joined = models.DateField(null=True, blank=True)

    objects = BaseUserManager()

    USERNAME_FIELD = "email"


class Profile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    bio = models.TextField()
    phone = models.CharField(max_length=20, blank=True, default="")
    birthday = models.DateField(null=True, blank=True)
    newsletter = models.BooleanField(default=False)
