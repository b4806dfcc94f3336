"""Weeks of a sensor's readings with a daily cycle, ending at a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from sensors.models import Sensor, SensorSummary
from sensors.storage.months import months_between
from sensors.storage.partitions import attach_month

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
EVERY = timedelta(minutes=20)
STORE = """
INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
SELECT %s, at, value, 1 FROM unnest(%s::timestamptz[], %s::float8[]) AS reading (at, value)
"""


def remember(
    sensor: Sensor, *, days: float, moved: float = 0.0, moved_days: float = 3.0, until: datetime = NOW
) -> None:
    """Store a reading each 20 minutes; in the last days the level is `moved` higher (noise has spread 1)."""
    count = int(timedelta(days=days) / EVERY)
    times = [until - EVERY * (count - place) for place in range(count)]
    rng = np.random.default_rng(sensor.pk % 97)
    turns = np.array([time.hour * 60 + time.minute for time in times]) / 1440
    values = 20 + 2 * np.sin(2 * np.pi * turns) + rng.normal(size=count)
    values[-int(timedelta(days=moved_days) / EVERY) :] += moved
    store(sensor, times, values)


def store(sensor: Sensor, times: list[datetime], values: NDArray[np.float64]) -> None:
    for month in months_between(times[0], times[-1]):
        attach_month(month, at=times[-1])
    with connection.cursor() as cursor:
        cursor.execute(STORE, [sensor.pk, times, values.tolist()])
    SensorSummary.objects.update_or_create(
        sensor=sensor,
        defaults={
            "reading_count": len(times),
            "first_reading_at": times[0],
            "last_reading_at": times[-1],
        },
    )
