"""What is kept of a request beside its readings: what was refused, and what was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import Organization


class QuarantineQuerySet(models.QuerySet["QuarantinedReading"]):
    def waiting(self) -> Self:
        return self.filter(state=QuarantinedReading.State.WAITING)

    def matching(
        self, *, state: str = "", code: str = "", sensor: str = "", since: datetime | None = None
    ) -> Self:
        """Keep those that fit what is given: the reason, the sensor's code, refused at `since` or later."""
        given = {"state": state, "code": code, "sensor_code": sensor, "received_at__gte": since}
        return self.filter(**{name: value for name, value in given.items() if value})


class QuarantinedReading(models.Model):
    """A reading that was refused, as it came, with the latest reason. Nothing that was sent is lost: it waits
    until it is stored after all, or somebody discards it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        STORED = "stored", _("stored")
        DISCARDED = "discarded", _("discarded")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="quarantine")
    sensor_code = models.CharField(max_length=128, blank=True)
    payload = models.JSONField()
    correction = models.JSONField(null=True, help_text="Sent again instead of `payload`.")
    code = models.CharField(max_length=40)
    detail = models.CharField(max_length=500)
    source = models.CharField(max_length=40, default="api", help_text="The way it came in.")
    correlation_id = models.UUIDField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Times sent again.")
    handled_at = models.DateTimeField(null=True, help_text="When it was stored or discarded.")

    objects = QuarantineQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-received_at"], name="quarantine_recent"),
            models.Index(fields=["organization", "state", "code", "id"], name="quarantine_reasons"),
            models.Index(fields=["organization", "sensor_code", "id"], name="quarantine_sensors"),
            models.Index(
                fields=["handled_at"], condition=Q(handled_at__isnull=False), name="quarantine_handled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sensor_code}: {self.code}"

    @property
    def latest(self) -> Any:
        """What is tried next."""
        return self.payload if self.correction is None else self.correction


class QuarantineTransition(models.Model):
    """A change of a refused reading: who, when, why."""

    class Action(models.TextChoices):
        RESUBMITTED = "resubmitted", _("sent again")
        CORRECTED = "corrected", _("corrected and sent again")
        DISCARDED = "discarded", _("discarded")
        RESTORED = "restored", _("restored")

    reading = models.ForeignKey(QuarantinedReading, on_delete=models.CASCADE, related_name="transitions")
    action = models.CharField(max_length=12, choices=Action)
    to_state = models.CharField(max_length=10, choices=QuarantinedReading.State)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(max_length=100, help_text="The person or the token, as it was called then.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was refused again or discarded.")

    class Meta:
        indexes = [models.Index(fields=["reading", "at"], name="quarantine_history")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"


class IdempotencyKey(models.Model):
    """The first answer to a request that a machine may send twice."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    payload_digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.key
