"""What detection learns from people: thresholds that gave way, and what alerts turned out to be."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from anomalies.models.alerts import Alert
from sensors.models import Asset, Sensor
from smartmaint.accounts.models import Organization


class ThresholdStepQuerySet(models.QuerySet["ThresholdStep"]):
    def standing(self) -> Self:
        return self.filter(undone_at=None)


class ThresholdStep(models.Model):
    """A finding moved the threshold of a sensor, or of all of an asset; it fades, and may be undone."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="threshold_steps")
    sensor = models.ForeignKey(
        Sensor, null=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all of the asset."
    )
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="+")
    change = models.FloatField(help_text="Powers of ten of surprise: above 0 asks for more.")
    reason = models.CharField(max_length=300)
    actor = models.CharField(max_length=100)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=100, blank=True)

    objects = ThresholdStepQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["asset", "at"], name="threshold_step_of_asset")]

    def __str__(self) -> str:
        return self.reason


class Case(models.Model):
    """What an alert turned out to be, with what is needed to find it again when the same comes back."""

    class Finding(models.TextChoices):
        UNSAID = "", _("not looked into")
        TRUE = "true", _("a fault")
        FALSE = "false", _("nothing was wrong")
        EARLY = "early", _("the first signs of a fault")
        MISSED = "missed", _("another fault, that was not announced")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, related_name="case")
    asset_class = models.CharField(max_length=64, blank=True)
    finding = models.CharField(max_length=8, choices=Finding, blank=True)
    failure_mode = models.CharField(max_length=16, blank=True, help_text="ISO 14224 code, such as VIB.")
    notes = models.TextField(blank=True, help_text="What was done.")
    kinds = models.JSONField(default=dict, help_text="The share of each kind of sensor in the alert.")
    shape = models.JSONField(default=list, help_text="The strongest sensor's course before the alert.")
    actor = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization", "-at"], name="case_newest")]

    def __str__(self) -> str:
        return f"{self.finding or 'closed'}: {self.alert_id}"
