from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mlops.models import ModelVersion
from sensors.models import Asset, Sensor
from smartmaint.accounts.models import Organization

_LOOKUPS = {"asset": "asset__code", "since": "raised_at__gte"}


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        return self.exclude(state=Alert.State.NORMAL)

    def for_asset(self, asset: Asset) -> Self:
        return self.filter(asset=asset)

    def visible(self) -> Self:
        """Keep what people should see: not yet judged, or confirmed."""
        return self.exclude(verdict=Alert.Verdict.DISMISSED)

    def of_sensor(self, sensor: Sensor) -> Self:
        """Keep those that the sensor moved in, and those of its own trouble."""
        moved = AlertSensor.objects.filter(sensor=sensor).values("alert")
        own = Alert.objects.filter(subject_sensor=sensor).values("pk")
        return self.filter(pk__in=moved.union(own))

    def paging(self) -> Self:
        return self.open().visible().exclude(historical=True)

    def same_trouble(self, *, asset_id: int, cause: str, subject_sensor_id: int | None) -> Self:
        return self.filter(asset_id=asset_id, cause=cause, subject_sensor_id=subject_sensor_id)

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Keep what was going on at some moment from `start` to `end`; what has not ended still goes on."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gte=start), started_at__lte=end)

    def matching(self, **wanted: Any) -> Self:
        """Keep what the given filters name; one that is None filters nothing."""
        given = {name: value for name, value in wanted.items() if value is not None}
        state = given.pop("state", None)
        rows = self.filter(**{_LOOKUPS.get(name, name): value for name, value in given.items()})
        if state == "open":
            return rows.open()
        return rows.filter(state=Alert.State.NORMAL if state == "closed" else state) if state else rows

    def with_context(self) -> Self:
        return self.select_related("asset", "asset__site", "subject_sensor").prefetch_related(
            "alert_sensors__sensor"
        )


class Alert(models.Model):
    """One lasting trouble of one asset with one cause, with its ISA-18.2 state."""

    class State(models.TextChoices):
        UNACKNOWLEDGED = "unacknowledged", _("unacknowledged")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        RTN_UNACKNOWLEDGED = "rtn_unacknowledged", _("returned to normal, unacknowledged")
        NORMAL = "normal", _("normal")

    class Cause(models.TextChoices):
        ABNORMAL_BEHAVIOUR = "abnormal_behaviour", _("abnormal behaviour")
        LIMIT_EXCEEDED = "limit_exceeded", _("limit exceeded")
        SENSOR_STUCK = "sensor_stuck", _("sensor stuck")
        SENSOR_SILENT = "sensor_silent", _("sensor silent")
        SENSOR_CLOCK = "sensor_clock", _("sensor clock jumps")

    class Verdict(models.TextChoices):
        PENDING = "pending", _("being validated")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("dismissed")

    class Priority(models.IntegerChoices):
        HIGH = 1, _("1 high")
        MEDIUM = 2, _("2 medium")
        LOW = 3, _("3 low")
        NOTE = 4, _("note")

    SENSOR_TROUBLE = (Cause.SENSOR_STUCK, Cause.SENSOR_SILENT, Cause.SENSOR_CLOCK)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="alerts")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="alerts")
    cause = models.CharField(max_length=32, choices=Cause)
    subject_sensor = models.ForeignKey(
        Sensor,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Set when the sensor itself is in trouble, not the machine.",
    )
    state = models.CharField(max_length=32, choices=State, default=State.UNACKNOWLEDGED)
    priority = models.PositiveSmallIntegerField(
        choices=Priority, help_text="What people see: the detector's, lowered where the evidence is thin."
    )
    detected_priority = models.PositiveSmallIntegerField(
        choices=Priority, help_text="The highest that the detector has asked for."
    )
    summary = models.CharField(max_length=500)
    reasons = models.JSONField(default=list)
    score = models.FloatField(help_text="Surprise: -log10 of how often normal behaviour looks this odd.")
    verdict = models.CharField(max_length=16, choices=Verdict, default=Verdict.PENDING)
    confidence = models.FloatField(null=True)
    verdict_reasons = models.JSONField(default=list)
    needs_verdict = models.BooleanField(
        default=True, help_text="New, or worse than it was when it was last judged."
    )
    judged_until = models.DateTimeField(
        null=True, blank=True, help_text="The newest reading that the verdict knew of."
    )
    historical = models.BooleanField(
        default=False, help_text="Found in history that was filled in; pages nobody."
    )
    detector = models.CharField(max_length=64, help_text="The detector's name and version.")
    settings_version = models.ForeignKey(
        ModelVersion,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The settings that raised it; empty: those that the product comes with.",
    )
    correlation_id = models.UUIDField()
    started_at = models.DateTimeField(help_text="When the trouble began, by the readings' own time.")
    latest_at = models.DateTimeField(help_text="The newest reading that showed it.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When the readings were normal again.")
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "cause", "subject_sensor"],
                condition=~Q(state="normal"),
                nulls_distinct=False,
                name="one_open_alert_per_asset_and_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-raised_at"], name="alert_recent"),
            models.Index(fields=["asset", "-started_at"], name="alert_of_asset"),
            models.Index(
                fields=["organization", "priority"], condition=~Q(state="normal"), name="alert_open"
            ),
            models.Index(fields=["correlation_id"], name="alert_journey"),
        ]

    def __str__(self) -> str:
        return self.summary

    @property
    def is_open(self) -> bool:
        return self.state != self.State.NORMAL

    @property
    def is_sensor_trouble(self) -> bool:
        return self.cause in self.SENSOR_TROUBLE


class AlertSensor(models.Model):
    """A sensor that moved, and how far from its normal band."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="alert_sensors")
    sensor = models.ForeignKey(Sensor, on_delete=models.PROTECT, related_name="alert_sensors")
    score = models.FloatField()
    share = models.FloatField(help_text="Part of the alert's evidence, 0 to 1.")
    value = models.FloatField(help_text="In the sensor's unit, at its most abnormal.")
    normal_low = models.FloatField(null=True)
    normal_high = models.FloatField(null=True)
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "sensor"], name="alert_sensor_once")]

    def __str__(self) -> str:
        return f"{self.sensor_id} in alert {self.alert_id}"


class AlertTransition(models.Model):
    """A change of an alert: who, when, why. Comments are changes that keep the state."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="transitions")
    action = models.CharField(
        max_length=32, help_text="raised, confirmed, dismissed, acknowledged, resolved, ..."
    )
    from_state = models.CharField(max_length=32, blank=True)
    to_state = models.CharField(max_length=32)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(
        max_length=100, help_text="The person, the token or the agent, as it was called then."
    )
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["alert", "at"], name="alert_history")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"


class FeedPosition(models.Model):
    """The number of an organization's latest feed entry; its row lock keeps the numbers in commit order."""

    organization = models.OneToOneField(
        Organization, primary_key=True, on_delete=models.CASCADE, related_name="feed_position"
    )
    latest = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.latest}"


class FeedEntry(models.Model):
    """One frame of the live feed; a program that was away reads on from the last number it saw."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    type = models.CharField(max_length=40)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")
    body = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "seq"], name="feed_seq_once")]
        indexes = [models.Index(fields=["at"], name="feed_age")]

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"
