"""Sensors that are cut off: told once when a machine's connection dies, taken back when it is born again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sensors.events import SensorsWentStale
from sensors.models import Sensor, StaleSensor
from smartmaint.accounts.models import Organization
from smartmaint.events.outbox import publish


@transaction.atomic
def mark_stale(*, organization: Organization, codes: Sequence[str], since: datetime) -> None:
    """Note since when the sensors' last values say nothing of now; what is stale already is not told."""
    sensors = Sensor.objects.filter(organization=organization, code__in=codes).order_by("pk")
    fresh = list(sensors.filter(stale=None).select_for_update(of=("self",)))
    StaleSensor.objects.bulk_create([StaleSensor(sensor=sensor, since=since) for sensor in fresh])
    if fresh:
        ids = [sensor.pk for sensor in fresh]
        publish(SensorsWentStale(organization_id=organization.pk, sensor_ids=ids, since=since.isoformat()))


@transaction.atomic
def mark_fresh(*, organization: Organization, codes: Sequence[str]) -> None:
    """Their machine is there again."""
    StaleSensor.objects.filter(sensor__organization=organization, sensor__code__in=codes).delete()
