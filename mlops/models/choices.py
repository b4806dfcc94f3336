"""What people chose against the rule: which model serves a sensor or an asset class."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mlops.models.registry import Model, Purpose
from smartmaint.accounts.models import Organization


class ModelChoice(models.Model):
    """A person's choice; the newest of a subject counts. Without a model: by the rule again."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=32, choices=Purpose)
    subject = models.CharField(max_length=100, help_text="Such as sensor:7, asset:3 or asset-class:pump.")
    model = models.ForeignKey(Model, null=True, on_delete=models.CASCADE, related_name="choices")
    reason = models.CharField(max_length=1000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "purpose", "subject", "-at"], name="model_choice_newest")
        ]

    def __str__(self) -> str:
        return f"{self.model or 'by the rule'} for {self.subject}"
