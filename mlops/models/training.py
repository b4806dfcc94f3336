from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mlops.models.registry import Model, ModelVersion, Purpose
from smartmaint.accounts.models import Organization


class TrainingJobQuerySet(models.QuerySet["TrainingJob"]):
    def open(self) -> Self:
        return self.filter(state__in=TrainingJob.OPEN)


class TrainingJob(models.Model):
    """A training that was asked for, and how it ended. One at a time for each purpose and scope."""

    class Cause(models.TextChoices):
        HAND = "hand", _("by hand")
        DRIFT = "drift", _("drift")
        SCHEDULE = "schedule", _("schedule")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        PROMOTED = "promoted", _("a better model serves now")
        KEPT = "kept", _("the champion stays")
        NOT_ENOUGH = "not_enough", _("not enough data")
        FAILED = "failed", _("failed")

    OPEN = (State.WAITING, State.RUNNING)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="training_jobs")
    purpose = models.CharField(max_length=32, choices=Purpose)
    scope = models.CharField(max_length=100)
    cause = models.CharField(max_length=10, choices=Cause)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    step = models.CharField(max_length=100, blank=True, help_text="What it does now, in words.")
    outcome = models.CharField(max_length=2000, blank=True, help_text="How it ended, in words.")
    comparison = models.JSONField(default=dict, help_text="Candidate and champion on the held-out part.")
    model = models.ForeignKey(Model, null=True, on_delete=models.SET_NULL, related_name="jobs")
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.SET_NULL, related_name="jobs")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began it.")
    correlation_id = models.UUIDField()
    actor = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = TrainingJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "purpose", "scope"],
                condition=Q(state__in=["waiting", "running"]),
                name="training_one_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["organization", "-asked_at"], name="training_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.scope}: {self.state}"
