"""When people said that what was normal for a sensor is normal no more."""

from __future__ import annotations

from django.db import models

from sensors.models import Sensor
from smartmaint.accounts.models import Organization


class Baseline(models.Model):
    """A sensor is learnt anew from a moment on, such as after its machine was repaired."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    sensor = models.ForeignKey(Sensor, on_delete=models.CASCADE, related_name="baselines")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    actor = models.CharField(max_length=100)

    class Meta:
        indexes = [models.Index(fields=["sensor", "-at"], name="baseline_of_sensor")]

    def __str__(self) -> str:
        return f"{self.sensor} anew from {self.at:%Y-%m-%d %H:%M}"
