"""What a model says, hour by hour, of whether a machine fails within its horizon."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from mlops.models import ModelVersion
from sensors.models import Asset
from smartmaint.accounts.models import Organization

CURRENT = timedelta(hours=3)  # older ones say nothing of now
WORTH_SAYING = 0.01
MOST_REASONS = 4


class FailureEstimateQuerySet(models.QuerySet["FailureEstimate"]):
    def current(self, at: datetime) -> Self:
        """Keep what still says something at this moment, the newest first."""
        return self.filter(hour__gt=at - CURRENT, hour__lte=at).order_by("-hour")


class FailureEstimate(models.Model):
    """The probability of a failure within the horizon after an hour, or why there is none."""

    class Refusal(models.TextChoices):
        NONE = "", _("none")
        NOT_ENOUGH_DATA = "not_enough_data", _("not enough data")
        SENSOR_BAD = "sensor_bad", _("sensor bad")
        OUTSIDE_EXPERIENCE = "outside_experience", _("outside of what it has seen")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="failure_estimates")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField(help_text="Readings before are known to it.")
    horizon_hours = models.FloatField()
    probability = models.FloatField(null=True)
    refusal = models.CharField(max_length=20, choices=Refusal, blank=True)
    detail = models.CharField(max_length=300, blank=True, help_text="Why there is no estimate.")
    contributions = models.JSONField(
        default=list, help_text="Of each signal: feature, value, and what the probability owes to it."
    )
    at = models.DateTimeField()

    objects = FailureEstimateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "hour"], name="failure_estimate_once"),
            models.CheckConstraint(
                condition=models.Q(probability=None, refusal__gt="")
                | models.Q(probability__gte=0, probability__lte=1, refusal=""),
                name="failure_estimate_or_refusal",
            ),
        ]
        indexes = [models.Index(fields=["hour"], name="failure_estimate_age")]

    def __str__(self) -> str:
        said = self.get_refusal_display() if self.probability is None else f"{self.probability:.0%}"
        return f"{said} for {self.asset_id} at {self.hour:%F %H:%M}"

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The signals that the probability owes most to."""
        return [one for one in self.contributions if abs(one["contribution"]) >= WORTH_SAYING][:MOST_REASONS]
