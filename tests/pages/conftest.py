"""A small plant that the pages are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from psycopg.types.range import Range

from anomalies.models import Alert
from maintenance.models import Decision, MaintenanceTask
from sensors.incoming import IncomingReading
from sensors.models import Asset, Sensor
from sensors.services import store_readings
from smartmaint.accounts.models import Organization
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import PredictionFactory, QuestionFactory, TaskFactory, TechnicianFactory
from tests.sensors.factories import AssetFactory, SensorFactory


@dataclass(frozen=True)
class Plant:
    """One pump with one sensor, 120 readings, an alert, a question and a booked task."""

    asset: Asset
    sensor: Sensor
    alert: Alert
    decision: Decision
    task: MaintenanceTask


def send(organization: Organization, code: str, values: list[float], *, every: float = 10) -> None:
    """Store readings that end now, `every` seconds apart."""
    now = timezone.now()
    times = [now - timedelta(seconds=every * (len(values) - number)) for number in range(len(values))]
    readings = [
        IncomingReading(sensor_id=code, value=value, timestamp=at)
        for at, value in zip(times, values, strict=True)
    ]
    store_readings(organization=organization, readings=readings, at=now, source="test")


def raised(asset: Asset, sensor: Sensor, **values: Any) -> Alert:
    """Raise an alert of the sensor twenty minutes ago."""
    at = timezone.now() - timedelta(minutes=20)
    alert = AlertFactory(asset=asset, started_at=at, **{"verdict": "confirmed", "confidence": 0.9} | values)
    AlertSensorFactory(alert=alert, sensor=sensor)
    return alert


@pytest.fixture
def plant(organization: Organization) -> Plant:
    asset = AssetFactory(organization=organization, name="Feed pump")
    sensor = SensorFactory(organization=organization, asset=asset, code="P-1.vibration", upper_limit=7.1)
    send(organization, sensor.code, [2 + number % 5 / 10 for number in range(120)])
    alert = raised(asset, sensor, summary="Vibration is 4.1 mm/s; 1.9 to 2.4 is normal.")
    prediction = PredictionFactory(alert=alert, sensor=sensor)
    now = timezone.now()
    question = {"alert": alert, "prediction": prediction, "due_at": now + timedelta(hours=2)}
    decision = QuestionFactory(asset=asset, **question)
    technician = TechnicianFactory(site=asset.site, name="Rosa Almeida")
    period = Range(now + timedelta(minutes=5), now + timedelta(hours=2))
    task = TaskFactory(asset=asset, alert=alert, technician=technician, period=period)
    return Plant(asset, sensor, alert, decision, task)


@pytest.fixture
def htmx() -> dict[str, str]:
    """Headers of a request for a part of a page."""
    return {"HX-Request": "true"}
