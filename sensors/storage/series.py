"""A sensor's readings as a line to draw: few points, each of them a reading, no extreme lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from sensors.models import Sensor
from sensors.storage.buckets import find_sources, union
from sensors.storage.cutting import DAY, HOUR, ORIGIN, Span

MOST_POINTS = 2000
READ_WHOLE = 20_000
FEWEST_THINNED = 3
LONG = 6 * 24  # hours with readings: from there on a point per hour and extreme is enough, whatever was asked

# Instants come as microseconds since 1970: to read thousands as datetimes takes ten times as long.
WHOLE = """
SELECT (extract(epoch FROM measured_at) * 1000000)::bigint, value FROM sensors_reading
WHERE sensor_id = %(sensor)s AND measured_at >= %(start)s AND measured_at < %(end)s
ORDER BY measured_at LIMIT %(limit)s
"""

# Of each stretch of time the least and the greatest value, each with its own instant.
EXTREMES = """
WITH stretch AS (
    SELECT min(ARRAY[value, extract(epoch FROM measured_at)::float8]) AS low,
        max(ARRAY[value, extract(epoch FROM measured_at)::float8]) AS high
    FROM sensors_reading
    WHERE sensor_id = %(sensor)s AND measured_at >= %(start)s AND measured_at < %(end)s
    GROUP BY width_bucket(extract(epoch FROM measured_at)::float8, %(first)s, %(last)s, %(count)s)
)
SELECT DISTINCT (point[2] * 1000000)::bigint AS instant, point[1]
FROM stretch, LATERAL (VALUES (low), (high)) AS of (point)
ORDER BY instant
"""

EXTENT = """
SELECT count(*), COALESCE(sum(reading_count), 0)::bigint FROM sensors_reading_hourly
WHERE sensor_id = %(sensor)s AND started_at >= %(start)s AND started_at < %(end)s
"""

PEAKS = """
WITH period AS ({parts})
SELECT (extract(epoch FROM min_at) * 1000000)::bigint, value_min FROM period
UNION SELECT (extract(epoch FROM max_at) * 1000000)::bigint, value_max FROM period ORDER BY 1
"""

Line = tuple[NDArray[np.int64], NDArray[np.float64]]


def load_series(
    sensor: Sensor, start: datetime, end: datetime, points: int = MOST_POINTS
) -> tuple[list[datetime], list[float]]:
    """Return times (UTC, ascending) and values of start <= t < end: at most `points`, and at most 2,000.

    A short range is thinned by MinMaxLTTB (Van Der Donckt et al. 2023). Of a long one the least and the
    greatest reading of each hour or day are thinned, which the roll-ups know; of one in between the database
    returns the least and the greatest of each of `points` / 2 stretches.
    """
    instants, values = _thinned(*_load(sensor, Span(start, end), min(points, MOST_POINTS)))
    times = [ORIGIN + timedelta(microseconds=instant) for instant in instants.tolist()]
    return times, values.tolist()


def _load(sensor: Sensor, asked: Span, points: int) -> tuple[Line, int]:
    bounds = {"sensor": sensor.pk, "start": asked.since, "end": asked.until}
    ((hours, count),) = _rows(EXTENT, bounds)
    if count > READ_WHOLE and hours >= min(LONG, points / 2):
        return _peaks(sensor, asked, DAY if hours / 24 >= points / 2 else HOUR), points
    if count <= READ_WHOLE:
        line = _line(WHOLE, {**bounds, "limit": READ_WHOLE + 1})
        if len(line[0]) <= READ_WHOLE:
            return line, points
    limits = {"first": asked.since.timestamp(), "last": asked.until.timestamp(), "count": max(points // 2, 1)}
    return _line(EXTREMES, bounds | limits), points


def _peaks(sensor: Sensor, asked: Span, width: timedelta) -> Line:
    """Return the least and the greatest reading of each period."""
    parts, values = union(sensor, find_sources(sensor, asked, width), width)
    return _line(PEAKS.format(parts=parts), values)


def _line(statement: str, values: dict[str, Any]) -> Line:
    rows = _rows(statement, values)
    instants = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    return instants, np.fromiter((row[1] for row in rows), np.float64, len(rows))


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _thinned(line: Line, points: int) -> Line:
    """Keep what MinMaxLTTB chooses, and always the least, the greatest and the last."""
    instants, values = line
    if len(values) <= points:
        return line
    keep = {int(values.argmin()), int(values.argmax()), len(values) - 1}
    if points >= FEWEST_THINNED + len(keep):
        chosen = MinMaxLTTBDownsampler().downsample(instants, values, n_out=points - len(keep))
        keep.update(int(index) for index in chosen)
    places = sorted(keep)
    return instants[places], values[places]
