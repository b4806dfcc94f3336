"""The ledger: what was said against what took effect. Nothing here is unique, so that doubles show."""

from __future__ import annotations

from django.db import models


class Said(models.Model):
    number = models.IntegerField()


class Heard(models.Model):
    number = models.IntegerField()
    agent = models.CharField(max_length=30)
    waited_ms = models.FloatField()
    together = models.IntegerField(default=1)
