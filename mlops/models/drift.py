"""What was looked at for drift, when, and what was found."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mlops.models.registry import ModelVersion
from mlops.models.training import TrainingJob
from smartmaint.accounts.models import Organization


class DriftCheck(models.Model):
    """One look, at one sensor or at all there is. What is found is corrected for all tests of the check."""

    class Cause(models.TextChoices):
        HAND = "hand", _("by hand")
        API = "api", _("a program")
        SCHEDULE = "schedule", _("schedule")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("did not come to its end")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="drift_checks")
    cause = models.CharField(max_length=10, choices=Cause)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    whole = models.BooleanField(default=False, help_text="It looks at all sensors and model inputs.")
    threshold = models.FloatField(help_text="Of the corrected p-value.")
    min_samples = models.PositiveIntegerField()
    window_minutes = models.PositiveIntegerField(null=True, help_text="Empty: chosen for each subject.")
    subjects = models.PositiveIntegerField(default=0, help_text="To look at.")
    looked = models.PositiveIntegerField(default=0, help_text="Looked at so far.")
    drifted = models.PositiveIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    position = models.BigIntegerField(default=0, help_text="The last that was looked at.")
    correlation_id = models.UUIDField()
    actor = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state="running", whole=True),
                name="drift_check_one_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["organization", "whole", "-started_at"], name="drift_check_newest")]

    def __str__(self) -> str:
        return f"{self.drifted} of {self.looked} drifted"


class DriftFindingQuerySet(models.QuerySet["DriftFinding"]):
    def current(self) -> Self:
        """Keep the newest of each subject."""
        return self.filter(current=True)

    def drifted(self) -> Self:
        return self.filter(outcome=DriftFinding.Outcome.DRIFTED)


class DriftFinding(models.Model):
    """What one look at one sensor, or at one input of a model, gave."""

    class Outcome(models.TextChoices):
        MEASURED = "measured", _("measured, not yet judged")
        DRIFTED = "drifted", _("drifted")
        STABLE = "stable", _("stable")
        NOT_ENOUGH_DATA = "not_enough_data", _("not enough data")
        SENSOR_BAD = "sensor_bad", _("sensor bad")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    drift_check = models.ForeignKey(DriftCheck, on_delete=models.CASCADE, related_name="findings")
    purpose = models.CharField(max_length=32)
    scope = models.CharField(max_length=100, help_text="Such as sensor:7 or asset-class:pump.")
    input = models.CharField(max_length=100, blank=True, help_text="Of a model; empty: the sensor itself.")
    name = models.CharField(max_length=330, help_text="As people call it.")
    unit = models.CharField(max_length=32, blank=True)
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome)
    reasons = models.JSONField(default=list)
    ks = models.FloatField(null=True)
    p = models.FloatField(null=True, help_text="Before correction.")
    p_corrected = models.FloatField(null=True)
    psi = models.FloatField(null=True)
    psi_by_chance = models.FloatField(null=True)
    excess = models.FloatField(null=True, help_text="The stability index beyond chance: the effect.")
    worth = models.FloatField(null=True, help_text="Independent rows that the window is worth.")
    median = models.FloatField(null=True)
    median_before = models.FloatField(null=True)
    shift = models.FloatField(null=True, help_text="Of the median, in the reference's spread.")
    spread = models.FloatField(null=True, help_text="By the reference's.")
    histogram = models.JSONField(default=dict)
    readings = models.PositiveIntegerField(default=0, help_text="In the window, counted as far as needed.")
    window_from = models.DateTimeField(null=True)
    window_until = models.DateTimeField(null=True)
    reference_from = models.DateTimeField(null=True)
    reference_until = models.DateTimeField(null=True)
    blocks = models.PositiveSmallIntegerField(default=0, help_text="Stretches of the reference.")
    same_hours = models.BooleanField(default=False, help_text="The reference has the window's hours.")
    since = models.DateTimeField(null=True, help_text="When it was first found drifted, without a break.")
    found_at = models.DateTimeField()
    current = models.BooleanField(default=False)
    job = models.ForeignKey(TrainingJob, null=True, on_delete=models.SET_NULL, related_name="drift_findings")

    objects = DriftFindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drift_check", "purpose", "scope", "input"], name="drift_finding_once"
            ),
            models.UniqueConstraint(
                fields=["organization", "purpose", "scope", "input"],
                condition=Q(current=True),
                name="drift_finding_current_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "outcome", "-excess"],
                condition=Q(current=True),
                name="drift_finding_current",
            ),
            models.Index(
                fields=["organization", "purpose", "scope", "input", "-found_at"],
                name="drift_history",
            ),
            models.Index(fields=["found_at"], name="drift_finding_age"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.purpose, self.scope, self.input
