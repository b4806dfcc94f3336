"""Sends readings the way they come in, and lets detection hear of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from anomalies.detect import detect_anomalies
from sensors.events import ReadingsStored
from sensors.models import Reading, Sensor
from tests.mlops.signals import START, Floats

BEGIN = datetime.fromtimestamp(START, UTC)
MINUTE = timedelta(minutes=1)


def moment(row: int) -> datetime:
    return BEGIN + row * MINUTE


def store(sensor: Sensor, values: Sequence[float] | Floats, start: int = 0, quality: float = 1.0) -> None:
    """Store one reading a minute, the first at row `start`."""
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=moment(start + row), value=float(value), quality=quality)
        for row, value in enumerate(values)
    )


def told(sensor: Sensor, first: int, last: int, late: bool = False) -> ReadingsStored:
    """Return the event that tells of rows first..last."""
    spans = {sensor.pk: (moment(first).isoformat(), moment(last).isoformat())}
    return ReadingsStored(
        organization_id=sensor.organization_id, spans=spans, count=last - first + 1, late=late
    )


def feed(
    sensor: Sensor, values: Sequence[float] | Floats, start: int = 0, late: bool = False
) -> ReadingsStored:
    """Store readings and let detection hear of them at the time of the newest."""
    store(sensor, values, start)
    event = told(sensor, start, start + len(values) - 1, late)
    detect_anomalies(events=[event], at=moment(start + len(values)))
    return event
