from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from anomalies.findings import Finding, SensorFinding
from anomalies.models import Alert, AlertSensor
from sensors.models import Asset, Sensor
from tests.sensors.factories import AssetFactory, SensorFactory

STARTED = datetime(2026, 3, 2, 12, tzinfo=UTC)


class AlertFactory(DjangoModelFactory):
    """An alert that was just raised; `AlertSensorFactory` adds the sensors that moved."""

    class Meta:
        model = Alert

    asset = factory.SubFactory(AssetFactory)
    organization = factory.SelfAttribute("asset.organization")
    cause = Alert.Cause.ABNORMAL_BEHAVIOUR
    state = Alert.State.UNACKNOWLEDGED
    priority = Alert.Priority.MEDIUM
    detected_priority = factory.SelfAttribute("priority")
    summary = "Vibration of P-101 has been 4.1 mm/s since 12:00; 1.9 to 2.4 is normal."
    reasons = factory.LazyFunction(lambda: ["4.1 mm/s lies far above the normal band."])
    score = 5.0
    verdict = Alert.Verdict.PENDING
    needs_verdict = factory.LazyAttribute(lambda alert: alert.verdict == Alert.Verdict.PENDING)
    detector = "robust-level 1"
    correlation_id = factory.LazyFunction(uuid4)
    started_at = STARTED
    latest_at = factory.SelfAttribute("started_at")
    raised_at = factory.SelfAttribute("started_at")


class AlertSensorFactory(DjangoModelFactory):
    class Meta:
        model = AlertSensor

    alert = factory.SubFactory(AlertFactory)
    sensor = factory.SubFactory(
        SensorFactory,
        organization=factory.SelfAttribute("..alert.organization"),
        asset=factory.SelfAttribute("..alert.asset"),
    )
    score = 5.0
    share = 1.0
    value = 4.1
    normal_low = 1.9
    normal_high = 2.4
    reason = "4.1 mm/s; 1.9 to 2.4 is normal."


def sensor_finding(sensor: Sensor, **values: Any) -> SensorFinding:
    defaults: dict[str, Any] = {
        "score": 5.0,
        "value": 4.1,
        "normal_low": 1.9,
        "normal_high": 2.4,
        "reason": f"{sensor}: 4.1 mm/s; 1.9 to 2.4 is normal.",
    }
    return SensorFinding(sensor_id=sensor.pk, **defaults | values)


def finding(asset: Asset, *sensors: Sensor, **values: Any) -> Finding:
    """Make what a detector says of `asset`, whose `sensors` moved."""
    defaults: dict[str, Any] = {
        "cause": Alert.Cause.ABNORMAL_BEHAVIOUR,
        "started_at": STARTED,
        "latest_at": values.get("started_at", STARTED),
        "score": 5.0,
        "priority": Alert.Priority.MEDIUM,
        "summary": f"{asset} behaves oddly.",
        "reasons": ("4.1 mm/s lies far above the normal band.",),
        "sensors": tuple(sensor_finding(sensor) for sensor in sensors),
        "detector": "robust-level 1",
        "correlation_id": uuid4(),
    }
    return Finding(organization_id=asset.organization_id, asset_id=asset.pk, **defaults | values)
