"""A sensor's recent readings, thinned in the database: what a prediction looks at."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db import connection

from maintenance.trend import Window
from sensors.models import Reading, Sensor

LONGEST = timedelta(days=30)
SIZES = (20_000, 8_000, 3_200, 1_280, 512, 200, 80)
POINTS = 80
LEAST_QUALITY = 0.5

QUERY = f"""
WITH newest AS (
    SELECT measured_at, value, row_number() OVER (ORDER BY measured_at DESC) AS age
    FROM {Reading._meta.db_table}
    WHERE sensor_id = %(sensor)s AND measured_at > %(since)s AND measured_at <= %(until)s
      AND quality >= %(quality)s
    ORDER BY measured_at DESC
    LIMIT %(most)s
), thinned AS (
    SELECT size, extract(epoch FROM measured_at - %(until)s) / 3600 AS hour, value,
           ntile(%(points)s) OVER (PARTITION BY size ORDER BY measured_at) AS bin
    FROM newest JOIN unnest(%(sizes)s::int[]) AS size ON age <= size
)
SELECT size, avg(hour)::float8, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)
FROM thinned GROUP BY size, bin ORDER BY size DESC, bin
"""  # noqa: S608  (the table's name is Django's)


def recent_windows(sensor: Sensor, until: datetime) -> list[Window]:
    """Return views of the last readings up to `until`, the longest first, of at most 80 medians each."""
    parameters: dict[str, Any] = {
        "sensor": sensor.pk,
        "since": until - LONGEST,
        "until": until,
        "quality": LEAST_QUALITY,
        "most": SIZES[0],
        "sizes": list(SIZES),
        "points": POINTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUERY, parameters)
        rows = cursor.fetchall()
    views = (np.array([row[1:] for row in group]) for _, group in groupby(rows, key=itemgetter(0)))
    return _distinct([Window(view[:, 0], view[:, 1]) for view in views])


def _distinct(windows: list[Window]) -> list[Window]:
    """Leave out views that begin where the one before begins: the history is shorter than both."""
    return [
        window
        for number, window in enumerate(windows)
        if not number or window.hours[0] != windows[number - 1].hours[0]
    ]
