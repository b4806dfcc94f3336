"""What is kept of a request beside its readings: what was refused, and what was answered."""

from __future__ import annotations

from django.db import models

from smartmaint.accounts.models import Organization


class QuarantinedReading(models.Model):
    """A reading that was refused, as it came, with the reason. Nothing that was sent is lost."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="quarantine")
    sensor_code = models.CharField(max_length=128, blank=True)
    payload = models.JSONField()
    code = models.CharField(max_length=40)
    detail = models.CharField(max_length=500)
    source = models.CharField(max_length=40, default="api", help_text="The way it came in.")
    correlation_id = models.UUIDField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization", "-received_at"], name="quarantine_recent")]

    def __str__(self) -> str:
        return f"{self.sensor_code}: {self.code}"


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
