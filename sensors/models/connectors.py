"""What is kept of the connections to machines: how each is doing, and which sensors are cut off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from sensors.models.plant import Sensor
from smartmaint.accounts.models import Organization

SIGN_OF_LIFE = timedelta(seconds=20)


class ConnectorStatusQuerySet(models.QuerySet["ConnectorStatus"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization).order_by("kind", "name")


class ConnectorStatus(models.Model):
    """How an entry of the connectors' file is doing for one organization; written every two seconds by the
    process that runs it. Counts run since the row was made."""

    class State(models.TextChoices):
        CONNECTING = "connecting", _("connecting")
        CONNECTED = "connected", _("connected")
        WAITING = "waiting", _("trying again")
        HELD = "held", _("waiting for the database")
        STOPPED = "stopped", _("stopped")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="connectors")
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    address = models.CharField(max_length=300)
    state = models.CharField(max_length=16, choices=State, default=State.CONNECTING)
    since = models.DateTimeField()
    message_count = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    rate = models.FloatField(default=0, help_text="Messages a second, of late.")
    last_message_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(help_text="The process's last sign of life.")

    objects = ConnectorStatusQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="connector_status_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    def is_gone(self, at: datetime) -> bool:
        """Tell whether the process that should write this row no longer does."""
        return self.state != self.State.STOPPED and self.seen_at < at - SIGN_OF_LIFE

    def is_well(self, at: datetime) -> bool:
        return self.state == self.State.CONNECTED and not self.is_gone(at)


class StaleSensor(models.Model):
    """A sensor whose machine told that it is cut off: its last value says nothing of now."""

    sensor = models.OneToOneField(Sensor, primary_key=True, on_delete=models.CASCADE, related_name="stale")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sensor_id} since {self.since:%F %T}"
