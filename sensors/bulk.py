"""The one statement that stores readings: duplicates ignored, summaries kept exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

import psycopg
from django.db import connection

# Rows are written in one order (sensor, instant), and summaries after them in the same order, so that two
# requests with the same readings wait for each other and cannot deadlock. What is new below the roll-ups
# limit, as the locked summary says it, makes them stale (sensors/storage/rollups.py).
STORE = """
WITH stored AS (
    INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
    SELECT sensor_id, measured_at, value, quality
    FROM unnest(%b::bigint[], %b::timestamptz[], %b::float8[], %b::float8[])
        WITH ORDINALITY AS sent (sensor_id, measured_at, value, quality, position)
    ORDER BY sensor_id, measured_at, position
    ON CONFLICT (sensor_id, measured_at) DO NOTHING
    RETURNING sensor_id, measured_at, value
), news AS (
    SELECT sensor_id, count(*) AS new_count, min(measured_at) AS first_at, max(measured_at) AS last_at,
        (array_agg(value ORDER BY measured_at DESC))[1] AS last_value
    FROM stored GROUP BY sensor_id
), kept AS (
    INSERT INTO sensors_sensorsummary AS summary
        (sensor_id, reading_count, first_reading_at, last_reading_at, last_value)
    SELECT sensor_id, new_count, first_at, last_at, last_value FROM news ORDER BY sensor_id
    ON CONFLICT (sensor_id) DO UPDATE SET
        reading_count = summary.reading_count + EXCLUDED.reading_count,
        first_reading_at = LEAST(summary.first_reading_at, EXCLUDED.first_reading_at),
        last_reading_at = GREATEST(summary.last_reading_at, EXCLUDED.last_reading_at),
        last_value = CASE WHEN summary.last_reading_at > EXCLUDED.last_reading_at
            THEN summary.last_value ELSE EXCLUDED.last_value END
    RETURNING sensor_id, last_reading_at, rolled_up_until
), stale AS (
    INSERT INTO sensors_stalespan (sensor_id, first_at, last_at)
    SELECT sensor_id, first_at, LEAST(last_at, rolled_up_until) FROM news JOIN kept USING (sensor_id)
    WHERE first_at < rolled_up_until
)
SELECT sensor_id, new_count, first_at, last_at, last_reading_at FROM news JOIN kept USING (sensor_id)
"""


class Row(NamedTuple):
    """A reading that may be stored; `sensor_id` is the sensor's primary key."""

    sensor_id: int
    measured_at: datetime
    value: float
    quality: float


class Stored(NamedTuple):
    """What is new of one sensor: `latest_at` is its newest reading now, `last_at` that of the new ones."""

    sensor_id: int
    new_count: int
    first_at: datetime
    last_at: datetime
    latest_at: datetime


def write_rows(rows: Sequence[Row]) -> list[Stored]:
    """Store what is not stored yet, in the running transaction. The first of two for one instant wins."""
    if not rows:
        return []
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.ensure_connection()
    driver = cast(psycopg.Connection, connection.connection)
    # Parameters go to the server in binary: Django's own cursor would write them into the SQL text.
    with connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        return [Stored(*row) for row in cursor.execute(STORE, columns)]
