from __future__ import annotations

from django.db import models

from smartmaint.accounts.models import Organization


class ModelState(models.Model):
    """What a streaming model has learnt about one scope so far; a restart goes on from here."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=32, help_text="anomaly, failure or forecast")
    scope = models.CharField(max_length=100, help_text="Such as sensor:7 or asset-class:pump.")
    version = models.CharField(max_length=32, help_text="The detector's name and format version.")
    state = models.BinaryField(help_text="Plain arrays, never pickle.")
    seen_until = models.DateTimeField(null=True, help_text="The newest reading that the state has heard.")
    expected_by = models.DateTimeField(
        null=True, help_text="When the next reading is overdue; empty where nothing is awaited."
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "purpose", "scope"], name="model_state_once")
        ]
        indexes = [models.Index(fields=["purpose", "expected_by"], name="model_state_overdue")]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.scope}"
