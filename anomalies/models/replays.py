"""Detection tried out: over stored readings (a replay), or beside the champion on live ones (shadow)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mlops.models import ModelVersion
from sensors.models import Asset, Sensor
from smartmaint.accounts.models import Organization


class ReplayQuerySet(models.QuerySet["Replay"]):
    def open(self) -> Self:
        return self.filter(state__in=Replay.OPEN)


class Replay(models.Model):
    """Settings, or a sensor's new limits, over the last days of stored readings, beside the present ones.

    `place` and `reached_at` say how far it came: so many assets are done, the next up to this moment.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        DISCARDED = "discarded", _("discarded")

    OPEN = (State.RUNNING,)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="replays")
    scope = models.CharField(max_length=100, help_text="organization, asset:3 or sensor:7")
    settings = models.JSONField(default=dict, help_text="Sensitivity and budget that are tried.")
    limits = models.JSONField(default=dict, help_text="A sensor's new fixed limits: lower, upper.")
    version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.SET_NULL, related_name="+", help_text="What came of it."
    )
    days = models.PositiveSmallIntegerField()
    since = models.DateTimeField(help_text="Alarms count from here on; readings before it only teach.")
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    step = models.PositiveIntegerField(default=0)
    place = models.PositiveIntegerField(default=0)
    assets = models.PositiveIntegerField(default=0)
    reached_at = models.DateTimeField(null=True)
    span = models.FloatField(default=86_400.0, help_text="Seconds of readings that the next step hears.")
    readings = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0.0, help_text="Of work, for both sides.")
    heard_since = models.DateTimeField(null=True, help_text="The first stored reading that was heard.")
    asset_days = models.FloatField(default=0.0, help_text="Days of one machine that were heard, in all.")
    result = models.JSONField(default=dict)
    words = models.CharField(max_length=500, blank=True, help_text="The result in one sentence.")
    error = models.CharField(max_length=500, blank=True, help_text="Why it failed.")
    correlation_id = models.UUIDField()
    actor = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    moved_at = models.DateTimeField(help_text="When the latest step ended.")
    ended_at = models.DateTimeField(null=True)

    objects = ReplayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=Q(state="running"), name="replay_one_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["organization", "-asked_at"], name="replay_newest")]

    def __str__(self) -> str:
        return f"{self.days} days of {self.scope}"


class TrialAlarmQuerySet(models.QuerySet["TrialAlarm"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)


class TrialAlarm(models.Model):
    """An alarm that would have been: it is shown in comparisons and nowhere else, and pages nobody.

    Of a replay it is on the `present` or the `proposed` side; of a shadow it belongs to the challenger.
    """

    class Side(models.TextChoices):
        PRESENT = "present", _("as it is")
        PROPOSED = "proposed", _("as proposed")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    replay = models.ForeignKey(Replay, null=True, on_delete=models.CASCADE, related_name="alarms")
    version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.CASCADE, related_name="trial_alarms"
    )
    side = models.CharField(max_length=8, choices=Side, default=Side.PROPOSED)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=32)
    subject_sensor = models.ForeignKey(Sensor, null=True, on_delete=models.CASCADE, related_name="+")
    summary = models.CharField(max_length=500)
    score = models.FloatField()
    started_at = models.DateTimeField()
    raised_at = models.DateTimeField(help_text="The reading that would have raised it.")
    ended_at = models.DateTimeField(null=True)

    objects = TrialAlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["replay", "version", "side", "asset", "cause", "subject_sensor"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="trial_alarm_one_open",
            ),
            models.CheckConstraint(
                condition=Q(replay=None) ^ Q(version=None), name="trial_alarm_of_replay_or_shadow"
            ),
        ]
        indexes = [models.Index(fields=["version", "raised_at"], name="trial_alarm_of_version")]

    def __str__(self) -> str:
        return self.summary
