"""A sensor's readings summed up by periods of UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from sensors.models import Reading, Sensor

BUCKETS = {"1m": timedelta(minutes=1), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)

SUMS = """
SELECT date_bin(%(width)s, measured_at, %(origin)s) AS started_at,
    avg(value), min(value), max(value), count(*)
FROM sensors_reading
WHERE sensor_id = %(sensor)s AND measured_at >= %(start)s AND measured_at < %(end)s
GROUP BY started_at ORDER BY started_at
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Mean, least, greatest and number of the readings in the period that starts at `timestamp`."""

    timestamp: datetime
    avg: float
    min: float
    max: float
    count: int


def load_buckets(sensor: Sensor, start: datetime, end: datetime, width: timedelta) -> list[Bucket]:
    """Return the periods that have a reading with start <= t < end, oldest first."""
    parameters: dict[str, Any] = {
        "width": width,
        "origin": ORIGIN,
        "sensor": sensor.pk,
        "start": start,
        "end": end,
    }
    with connection.cursor() as cursor:
        cursor.execute(SUMS, parameters)
        return [Bucket(*row) for row in cursor.fetchall()]


def newest_before(sensor: Sensor, start: datetime, end: datetime, width: timedelta) -> datetime | None:
    """Return the start of the period that holds the newest reading with start <= t < end."""
    rows = Reading.objects.filter(sensor=sensor).between(start, end).order_by("-measured_at")
    moment = rows.values_list("measured_at", flat=True).first()
    return None if moment is None else moment - (moment - ORIGIN) % width
