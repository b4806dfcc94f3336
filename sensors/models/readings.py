"""What sensors said, and what is kept of it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Func, Q

from sensors.models.plant import Sensor
from smartmaint.accounts.models import Organization


class ReadingQuerySet(models.QuerySet["Reading"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(sensor__organization=organization)

    def between(self, start: datetime | None, end: datetime | None) -> Self:
        """Keep start <= measured_at < end."""
        rows = self if start is None else self.filter(measured_at__gte=start)
        return rows if end is None else rows.filter(measured_at__lt=end)


class Reading(models.Model):
    """One value of one sensor at one instant, in the sensor's unit. The database refuses a second one."""

    pk = models.CompositePrimaryKey("sensor_id", "measured_at")
    sensor = models.ForeignKey(
        Sensor,
        on_delete=models.CASCADE,
        related_name="readings",
        db_index=False,
        db_constraint=False,  # a check per row would halve the speed: the summary's row holds the sensor
    )
    measured_at = models.DateTimeField()
    value = models.FloatField()
    quality = models.FloatField(default=1.0)
    arrived_in = models.BigIntegerField(
        null=True,
        editable=False,
        db_default=Func(function="txid_current"),
        help_text="The transaction that stored it: what an incremental export knows news by.",
    )

    objects = ReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__gt=float("-inf")) & Q(value__lt=float("inf")), name="reading_value_finite"
            ),
            models.CheckConstraint(condition=Q(quality__gte=0, quality__lte=1), name="reading_quality_range"),
        ]

    def __str__(self) -> str:
        return f"{self.sensor_id} {self.measured_at:%F %T} {self.value:g}"


class SensorSummary(models.Model):
    """What is stored of a sensor, kept exact in the transaction that stores."""

    sensor = models.OneToOneField(Sensor, primary_key=True, on_delete=models.CASCADE, related_name="summary")
    reading_count = models.BigIntegerField(default=0)
    first_reading_at = models.DateTimeField(null=True)
    last_reading_at = models.DateTimeField(null=True)
    last_value = models.FloatField(null=True)
    rolled_up_until = models.DateTimeField(
        null=True, help_text="Whole hours before are in the roll-ups, but for stale spans."
    )

    def __str__(self) -> str:
        return f"{self.reading_count} readings of {self.sensor_id}"


class StaleSpan(models.Model):
    """Hours of a sensor whose roll-ups must be made anew: readings came in for them since.

    Only ever added by whoever stores, in the same transaction, and deleted by whoever rolls up.
    """

    sensor = models.ForeignKey(Sensor, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sensor_id}: {self.first_at:%F %T} to {self.last_at:%F %T}"


class StorageRun(models.Model):
    """When a job that tends the storage was last done."""

    job = models.CharField(max_length=40, primary_key=True)
    finished_at = models.DateTimeField()
    count = models.BigIntegerField(help_text="Spans, months or chunks that it dealt with.")

    def __str__(self) -> str:
        return f"{self.job}: {self.count}"
