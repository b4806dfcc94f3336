"""A sensor's readings as a line to draw: few points, no extreme lost."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from django.db import connection
from tsdownsample import MinMaxLTTBDownsampler

from sensors.models import Reading, Sensor

MOST_POINTS = 2000
READ_WHOLE = 20_000
FEWEST_THINNED = 3

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


def load_series(
    sensor: Sensor, start: datetime, end: datetime, points: int = MOST_POINTS
) -> tuple[list[datetime], list[float]]:
    """Return times (UTC, ascending) and values of start <= t < end: at most `points`, and at most 2,000.

    A short range is thinned by MinMaxLTTB (Van Der Donckt et al. 2023); of a long one the database returns
    the least and the greatest value of each of `points` / 2 stretches.
    """
    points = min(points, MOST_POINTS)
    rows = Reading.objects.filter(sensor=sensor).between(start, end)
    found = list(rows.order_by("measured_at").values_list("measured_at", "value")[: READ_WHOLE + 1])
    if len(found) > READ_WHOLE:
        return _extremes(sensor, start, end, points)
    times, values = [row[0] for row in found], [row[1] for row in found]
    if len(found) <= points:
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


def _extremes(
    sensor: Sensor, start: datetime, end: datetime, points: int
) -> tuple[list[datetime], list[float]]:
    limits = {"first": start.timestamp(), "last": end.timestamp(), "count": max(points // 2, 1)}
    with connection.cursor() as cursor:
        cursor.execute(EXTREMES, {"sensor": sensor.pk, "start": start, "end": end, **limits})
        rows = cursor.fetchall()
    return [datetime.fromtimestamp(instant, UTC) for instant, _ in rows], [value for _, value in rows]
