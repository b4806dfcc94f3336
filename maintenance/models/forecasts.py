"""What a sensor will read next, kept as it was said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maintenance.outlook import Wish
from sensors.models import Sensor
from smartmaint.accounts.models import Organization


class ForecastQuerySet(models.QuerySet["Forecast"]):
    def like(self, sensor: Sensor, wish: Wish) -> Self:
        """Keep those of the sensor with this cadence, horizon and history."""
        return self.filter(
            sensor=sensor,
            cadence_minutes=wish.cadence_minutes,
            horizon_steps=wish.horizon_steps,
            history_window=wish.history_window,
        )

    def waiting(self) -> Self:
        return self.filter(state=Forecast.State.WAITING)

    def made(self) -> Self:
        """Keep those that are ready, or refused for a reason."""
        return self.filter(state__in=(Forecast.State.READY, Forecast.State.REFUSED))

    def fresh(self, at: datetime) -> Self:
        return self.made().filter(expires_at__gt=at)


class Forecast(models.Model):
    """The next readings of a sensor, step by step with a 90 % interval, or why there are none."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being made")
        READY = "ready", _("ready")
        REFUSED = "refused", _("refused")

    class Refusal(models.TextChoices):
        NOT_ENOUGH_DATA = "not_enough_data", _("not enough data")
        SENSOR_BAD = "sensor_bad", _("sensor bad")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="forecasts")
    sensor = models.ForeignKey(Sensor, on_delete=models.CASCADE, related_name="forecasts")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    cadence_minutes = models.PositiveIntegerField()
    horizon_steps = models.PositiveIntegerField()
    history_window = models.PositiveIntegerField(help_text="Steps that it may learn from.")
    method = models.CharField(max_length=32, blank=True)
    refusal = models.CharField(max_length=20, choices=Refusal, blank=True)
    reasons = models.JSONField(default=list)
    starts_at = models.DateTimeField(null=True, help_text="Begin of the first step that is forecast.")
    steps = models.JSONField(default=list, help_text="Of each step: value, low, high, in the sensor's unit.")
    back_test = models.JSONField(default=list, help_text="Of each method: errors, or why it was not tried.")
    crossings = models.JSONField(default=list, help_text="Of each limit in sight: when it is met.")
    history_steps = models.PositiveIntegerField(default=0, help_text="Steps that it did learn from.")
    correlation_id = models.UUIDField()
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="Until then the same question has this answer.")

    objects = ForecastQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sensor", "cadence_minutes", "horizon_steps", "history_window"],
                condition=Q(state="waiting"),
                name="forecast_waits_once",
            )
        ]
        indexes = [
            models.Index(fields=["sensor", "cadence_minutes", "-asked_at"], name="forecast_newest"),
            models.Index(fields=["asked_at"], name="forecast_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.horizon_steps} steps of {self.cadence_minutes} min"

    @property
    def wish(self) -> Wish:
        return Wish(self.cadence_minutes, self.horizon_steps, self.history_window)

    @property
    def cadence(self) -> timedelta:
        return timedelta(minutes=self.cadence_minutes)

    def times(self) -> list[datetime]:
        """Return the begin of each step that is forecast."""
        start = self.starts_at
        return [start + number * self.cadence for number in range(len(self.steps))] if start else []
