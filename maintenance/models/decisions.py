"""What will happen, what should be done, and who said so."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from anomalies.models import Alert
from mlops.models import ModelVersion
from sensors.models import Asset, Sensor
from smartmaint.accounts.models import Organization


class Prediction(models.Model):
    """The time until a sensor reaches its limit or its asset fails, with a 90 % interval, or why none.

    A model that has learnt from assets of its kind says when it fails: then `version` is set, `limit` is not.
    """

    class Outcome(models.TextChoices):
        ESTIMATE = "estimate", _("estimate")
        LIMIT_REACHED = "limit_reached", _("limit reached")
        NO_TREND = "no_trend", _("no trend")
        NO_LIMIT = "no_limit", _("no limit set")
        NOT_ENOUGH_DATA = "not_enough_data", _("not enough data")
        SENSOR_BAD = "sensor_bad", _("sensor bad")
        OUTSIDE_EXPERIENCE = "outside_experience", _("outside what the model has seen")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="predictions")
    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, related_name="prediction")
    sensor = models.ForeignKey(Sensor, null=True, on_delete=models.PROTECT, related_name="predictions")
    outcome = models.CharField(max_length=20, choices=Outcome)
    hours = models.FloatField(null=True, help_text="Median time to the limit or the failure, hours.")
    hours_low = models.FloatField(null=True, help_text="5 % bound, hours.")
    hours_high = models.FloatField(
        null=True, help_text="95 % bound, hours; empty when the limit may never be met."
    )
    limit = models.FloatField(null=True, help_text="In the sensor's unit.")
    reasons = models.JSONField(default=list)
    method = models.CharField(max_length=64)
    version = models.ForeignKey(
        ModelVersion,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The model that says so; empty: the trend of the sensor.",
    )
    contributions = models.JSONField(
        default=list, help_text="What the model's answer owes to each signal: feature, value, contribution."
    )
    correlation_id = models.UUIDField()
    predicted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} for alert {self.alert_id}"


class Action(models.TextChoices):
    ACT = "act", _("act now")
    PLAN = "plan", _("plan work")
    WATCH = "watch", _("watch")
    ASK = "ask", _("ask a human")


class DecisionQuerySet(models.QuerySet["Decision"]):
    def pending(self) -> Self:
        """Keep what waits for a person, now or, where it was deferred, later."""
        return self.filter(status=Decision.Status.PENDING)

    def waiting(self, at: datetime) -> Self:
        return self.pending().exclude(deferred_until__gt=at)

    def deferred(self, at: datetime) -> Self:
        return self.pending().filter(deferred_until__gt=at)

    def resuming(self, at: datetime) -> Self:
        """Keep what was deferred to `at` or before, and was not asked about again since."""
        return self.pending().filter(deferred_until__lte=at)

    def questions_of(self, asset_id: int) -> Self:
        """Keep what a person is asked about the machine because of an alert."""
        return self.pending().filter(asset=asset_id, alert__isnull=False)

    def with_context(self) -> Self:
        rows = self.select_related(
            "asset", "asset__site", "alert", "prediction__sensor", "prediction__version__model"
        )
        return rows.select_related("joining__visit").prefetch_related(joined_rows("joined"))


class Decision(models.Model):
    class Status(models.TextChoices):
        AUTOMATIC = "automatic", _("decided by policy")
        PENDING = "pending", _("waits for a person")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        JOINED = "joined", _("part of another visit")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="decisions")
    request_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    alert = models.ForeignKey(
        Alert, null=True, blank=True, on_delete=models.CASCADE, related_name="decisions"
    )
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="decisions")
    prediction = models.ForeignKey(
        Prediction, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    follows = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="followed_by",
        help_text="The decision that nobody could be booked for, so that a person is asked.",
    )
    title = models.CharField(max_length=200, help_text="The work in a few words.")
    action = models.CharField(max_length=8, choices=Action, help_text="What is to be done, or is proposed.")
    status = models.CharField(max_length=12, choices=Status)
    question = models.CharField(max_length=300, blank=True, help_text="What a person is asked, and why.")
    reasons = models.JSONField(default=list)
    rule_name = models.CharField(max_length=100)
    skill = models.CharField(max_length=64, blank=True)
    work_hours = models.FloatField(default=2)
    due_at = models.DateTimeField()
    takes_proposal = models.BooleanField(
        default=False, help_text="A person agreed to the proposal even where it is late or from another site."
    )
    proposal = models.JSONField(
        null=True,
        blank=True,
        help_text="Whom and when an approval would book as things stood: technician, start, end, reasons.",
    )
    deferred_until = models.DateTimeField(null=True, blank=True)
    cause_event = models.UUIDField(
        null=True, unique=True, help_text="The event that led here: one decision each."
    )
    correlation_id = models.UUIDField()
    decided_at = models.DateTimeField(help_text="When the policy decided or asked.")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prediction"], condition=models.Q(follows=None), name="prediction_decided_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "status", "due_at"], name="decision_inbox")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} on {self.asset}"

    @property
    def parts(self) -> list[Decision]:
        """What one visit would see to: this, and what has joined it."""
        joined = self.joined.all() if self.pk else ()
        return [self, *(row.decision for row in joined)]

    @property
    def alerts(self) -> list[Alert]:
        return list(dict.fromkeys(part.alert for part in self.parts if part.alert))


class Joining(models.Model):
    """A decision that is seen to by the visit, or with the question, of another one on the same machine."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="joining")
    visit = models.ForeignKey(
        Decision,
        on_delete=models.CASCADE,
        related_name="joined",
        help_text="Whose visit or question it is part of. Where that joins another one, so does this.",
    )
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.decision_id} at the visit of {self.visit_id}"


def joined_rows(path: str) -> models.Prefetch[Any]:
    """Return what fetches the rows of `path`, a way to `Decision.joined`, with their decisions and alerts."""
    rows = Joining.objects.select_related("decision__alert", "decision__asset")
    return models.Prefetch(path, rows.order_by("at", "pk"))


class DecisionAnswer(models.Model):
    """What a person said. Approve, reject and modify close a decision; defer may come before."""

    class Answer(models.TextChoices):
        APPROVE = "approve", _("approve")
        REJECT = "reject", _("reject")
        DEFER = "defer", _("defer")
        MODIFY = "modify", _("modify")

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="answers")
    answer = models.CharField(max_length=8, choices=Answer)
    justification = models.CharField(max_length=1000, blank=True)
    notes = models.TextField(blank=True)
    confidence = models.FloatField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision"], condition=~models.Q(answer="defer"), name="decision_answered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer} by {self.actor}"
