"""Readings of a whole season, made by the database in minutes instead of sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from sensors.storage.partitions import make_room
from sensors.storage.rollups import roll_up
from smartmaint.embedded.benchmarks.trial import Trial

SPAN = timedelta(days=90)
AT_ONCE = 50  # sensors in a statement

# A reading of each sensor at even steps over the span, a slow wave with a little noise.
FILL = """
INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
SELECT sensor_id, %(since)s + number * %(step)s, 20 + 5 * sin(number / 100.0) + random(), 1
FROM unnest(%(sensors)s::bigint[]) AS sensor_id, generate_series(0, %(count)s - 1) AS number
ON CONFLICT DO NOTHING
"""
SUMMARIES = """
INSERT INTO sensors_sensorsummary AS summary
    (sensor_id, reading_count, first_reading_at, last_reading_at, last_value)
SELECT sensor_id, count(*), min(measured_at), max(measured_at),
    (array_agg(value ORDER BY measured_at DESC))[1]
FROM sensors_reading WHERE sensor_id = ANY(%(sensors)s) GROUP BY sensor_id
ON CONFLICT (sensor_id) DO UPDATE SET reading_count = EXCLUDED.reading_count,
    first_reading_at = EXCLUDED.first_reading_at, last_reading_at = EXCLUDED.last_reading_at,
    last_value = EXCLUDED.last_value, rolled_up_until = NULL
"""


def fill(plant: Trial, each: int, told: Callable[[int], Any] = lambda count: None) -> None:
    """Store `each` readings of each sensor in place of those before, and their summaries and roll-ups.

    `told` hears how many readings were stored, again and again.
    """
    keys, at = list(plant.sensors.values()), datetime.now(UTC)
    plant.forget_readings()
    make_room([at - SPAN, at], at=at)
    for place in range(0, len(keys), AT_ONCE):
        some = keys[place : place + AT_ONCE]
        values: dict[str, Any] = {"sensors": some, "since": at - SPAN, "step": SPAN / each, "count": each}
        with connection.cursor() as cursor:
            cursor.execute(FILL, values)
            cursor.execute(SUMMARIES, values)
        told(each * len(some))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sensors_reading, sensors_sensorsummary")
    while roll_up(keys):
        pass
    _settle()


def _settle() -> None:
    """Write out the filling now, where the role may, or that would go on while the figures are taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role('pg_checkpoint', 'USAGE')")
        if cursor.fetchone()[0]:
            cursor.execute("CHECKPOINT")
