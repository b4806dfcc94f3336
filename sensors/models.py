from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import Organization


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is no IANA time zone, such as America/Sao_Paulo.")


class Site(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sites")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    country = models.CharField(
        max_length=2, blank=True, help_text="ISO 3166-1 code; brings the public holidays."
    )
    subdivision = models.CharField(max_length=10, blank=True, help_text="ISO 3166-2 part, such as SP.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="site_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Asset(models.Model):
    """A machine or a part of one. Assets form a tree."""

    class Criticality(models.IntegerChoices):
        A = 1, _("A: stops the plant")
        B = 2, _("B: stops a line")
        C = 3, _("C: can wait")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="assets")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="assets")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    code = models.CharField(max_length=128)
    name = models.CharField(max_length=200)
    asset_class = models.CharField(
        max_length=64, blank=True, help_text="ISO 14224 equipment class, such as pump."
    )
    criticality = models.PositiveSmallIntegerField(choices=Criticality, default=Criticality.B)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="asset_code"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="asset_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Walk up by what is stored now: a parent that was read earlier may have moved since."""
        above, below = self.parent_id, {self.pk}
        while above is not None:
            if above in below:
                raise ValidationError({"parent": "An asset cannot be below itself."})
            below.add(above)
            above = Asset.objects.filter(pk=above).values_list("parent_id", flat=True).first()


class Sensor(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sensors")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="sensors")
    code = models.CharField(max_length=128)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=64, blank=True, help_text="What it measures, such as vibration.")
    unit = models.CharField(max_length=32, blank=True)
    lower_limit = models.FloatField(
        null=True, blank=True, help_text="Below this the asset fails or must stop."
    )
    upper_limit = models.FloatField(
        null=True, blank=True, help_text="Above this the asset fails or must stop."
    )
    expected_interval = models.FloatField(
        null=True, blank=True, help_text="Seconds between readings; empty: learnt from the readings."
    )
    enabled = models.BooleanField(default=True, help_text="Off: readings are stored and not judged.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="sensor_code")]

    def __str__(self) -> str:
        return self.name or self.code


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
    sensor = models.ForeignKey(Sensor, on_delete=models.CASCADE, related_name="readings", db_index=False)
    measured_at = models.DateTimeField()
    value = models.FloatField()
    quality = models.FloatField(default=1.0)

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

    def __str__(self) -> str:
        return f"{self.reading_count} readings of {self.sensor_id}"


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
