"""A sensor's readings as a line to draw: few points, each of them a reading, no extreme lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection
from tsdownsample import MinMaxLTTBDownsampler

from sensors.models import Reading, Sensor
from sensors.storage.buckets import find_sources, union
from sensors.storage.cutting import DAY, HOUR, Span

MOST_POINTS = 2000
READ_WHOLE = 20_000
FEWEST_THINNED = 3
LONG = 7 * 24  # hours with readings: from there on a point per hour and extreme is enough, whatever was asked

Line = tuple[list[datetime], list[float]]

# Of each stretch of time the least and the greatest value, each with its own instant.
EXTREMES = """
WITH stretch AS (
    SELECT min(ARRAY[value, extract(epoch FROM measured_at)::float8]) AS low,
        max(ARRAY[value, extract(epoch FROM measured_at)::float8]) AS high
    FROM sensors_reading
    WHERE sensor_id = %(sensor)s AND measured_at >= %(start)s AND measured_at < %(end)s
    GROUP BY width_bucket(extract(epoch FROM measured_at)::float8, %(first)s, %(last)s, %(count)s)
)
SELECT DISTINCT point[2] AS instant, point[1] FROM stretch, LATERAL (VALUES (low), (high)) AS of (point)
ORDER BY instant
"""

EXTENT = """
SELECT count(*), COALESCE(sum(reading_count), 0)::bigint FROM sensors_reading_hourly
WHERE sensor_id = %(sensor)s AND started_at >= %(start)s AND started_at < %(end)s
"""

PEAKS = """
WITH period AS ({parts})
SELECT min_at, value_min FROM period UNION SELECT max_at, value_max FROM period ORDER BY 1
"""


def load_series(sensor: Sensor, start: datetime, end: datetime, points: int = MOST_POINTS) -> Line:
    """Return times (UTC, ascending) and values of start <= t < end: at most `points`, and at most 2,000.

    A short range is thinned by MinMaxLTTB (Van Der Donckt et al. 2023). Of a long one the least and the
    greatest reading of each hour or day are thinned, which the roll-ups know; of one in between the database
    returns the least and the greatest of each of `points` / 2 stretches.
    """
    points = min(points, MOST_POINTS)
    hours, count = _extent(sensor, start, end)
    if count > READ_WHOLE and hours >= min(LONG, points / 2):
        return _thinned(*_peaks(sensor, Span(start, end), DAY if hours / 24 >= points / 2 else HOUR), points)
    rows = Reading.objects.filter(sensor=sensor).between(start, end)
    found = list(rows.order_by("measured_at").values_list("measured_at", "value")[: READ_WHOLE + 1])
    if len(found) > READ_WHOLE:
        return _extremes(sensor, start, end, points)
    return _thinned([row[0] for row in found], [row[1] for row in found], points)


def _extent(sensor: Sensor, start: datetime, end: datetime) -> tuple[int, int]:
    """Return how many hours of the range are in the roll-ups, and how many readings they sum up."""
    with connection.cursor() as cursor:
        cursor.execute(EXTENT, {"sensor": sensor.pk, "start": start, "end": end})
        return cursor.fetchone()


def _peaks(sensor: Sensor, asked: Span, width: timedelta) -> Line:
    """Return the least and the greatest reading of each period."""
    parts, values = union(sensor, find_sources(sensor, asked, width), width)
    with connection.cursor() as cursor:
        cursor.execute(PEAKS.format(parts=parts), values)
        rows = cursor.fetchall()
    return [row[0] for row in rows], [row[1] for row in rows]


def _thinned(times: list[datetime], values: list[float], points: int) -> Line:
    if len(values) <= points:
        return times, values
    keep = _thin(times, values, points)
    return [times[index] for index in keep], [values[index] for index in keep]


def _thin(times: list[datetime], values: list[float], points: int) -> list[int]:
    """Return which to keep: what MinMaxLTTB chooses, and always the least and the greatest."""
    line = np.asarray(values)
    keep = {int(line.argmin()), int(line.argmax()), len(values) - 1}
    if points >= FEWEST_THINNED + len(keep):
        instants = np.fromiter((moment.timestamp() for moment in times), float, len(times))
        chosen = MinMaxLTTBDownsampler().downsample(instants, line, n_out=points - len(keep))
        keep.update(int(index) for index in chosen)
    return sorted(keep)


def _extremes(sensor: Sensor, start: datetime, end: datetime, points: int) -> Line:
    limits = {"first": start.timestamp(), "last": end.timestamp(), "count": max(points // 2, 1)}
    with connection.cursor() as cursor:
        cursor.execute(EXTREMES, {"sensor": sensor.pk, "start": start, "end": end, **limits})
        rows = cursor.fetchall()
    return [datetime.fromtimestamp(instant, UTC) for instant, _ in rows], [value for _, value in rows]
