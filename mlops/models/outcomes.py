"""What people found where a model had said something, or should have: the labels."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from mlops.models.registry import ModelVersion, Purpose
from smartmaint.accounts.models import Organization


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def counting(self) -> Self:
        return self.filter(counts=True)

    def failures(self) -> Self:
        """Keep what was a failure, whether it was announced or not."""
        return self.counting().filter(finding__in=Outcome.FAILURES)


class Outcome(models.Model):
    """A label. `origin` is what it comes from, once each; `subject` is what it judges, such as alert:17.

    What somebody said from the screen does not count any more once a technician has been at the machine.
    """

    class Finding(models.TextChoices):
        TRUE = "true", _("true: there was a fault")
        FALSE = "false", _("false: nothing was wrong")
        EARLY = "early", _("early: the first signs of a fault")
        MISSED = "missed", _("missed: a fault that was not announced")

    class Source(models.TextChoices):
        TECHNICIAN = "technician", _("found at the machine")
        OPERATOR = "operator", _("said from the screen")

    FAILURES = (Finding.TRUE, Finding.EARLY, Finding.MISSED)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="outcomes")
    purpose = models.CharField(max_length=32, choices=Purpose, default=Purpose.ANOMALY)
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.SET_NULL, related_name="outcomes")
    scope = models.CharField(max_length=100, help_text="Where, such as asset:3.")
    origin = models.CharField(max_length=100, help_text="Such as task:<uid>; heard twice, it counts once.")
    subject = models.CharField(max_length=64, blank=True, help_text="Such as alert:17; empty: unannounced.")
    source = models.CharField(max_length=12, choices=Source)
    finding = models.CharField(max_length=8, choices=Finding)
    failure_mode = models.CharField(max_length=16, blank=True, help_text="ISO 14224 code, such as VIB.")
    counts = models.BooleanField(default=True)
    raised_at = models.DateTimeField(null=True, help_text="When the model said it.")
    found_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=100)

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "origin"], name="outcome_once")]
        indexes = [
            models.Index(fields=["organization", "purpose", "scope"], name="outcome_where"),
            models.Index(fields=["organization", "subject"], name="outcome_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.finding} at {self.scope}"
