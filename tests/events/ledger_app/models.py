"""The ledger: what was said against what took effect. Nothing here is unique, so that doubles show."""

from __future__ import annotations

from django.db import models


class Said(models.Model):
    number = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.number}"


class Heard(models.Model):
    number = models.IntegerField()
    agent = models.CharField(max_length=30)
    waited_ms = models.FloatField()
    together = models.IntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.number} at {self.agent}"
