"""Readings of stretches of time, evenly spread over each: what a distribution is known by, at any rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from sensors.models import Reading
from sensors.storage.cutting import Span

# Of each slot its first reading: one look into the index each, so a reading a second costs no more than one
# an hour. The bounds are parameters of the inner query, so that only the months they lie in are opened.
SAMPLE = """
SELECT span.number, reading.value
FROM unnest(%(sinces)s::timestamptz[], %(untils)s::timestamptz[])
    WITH ORDINALITY AS span (since, until, number)
CROSS JOIN generate_series(0, %(rows)s - 1) AS step
CROSS JOIN LATERAL (
    SELECT value FROM sensors_reading
    WHERE sensor_id = %(sensor)s
        AND measured_at >= span.since + (span.until - span.since) * step / %(rows)s
        AND measured_at < span.since + (span.until - span.since) * (step + 1) / %(rows)s
    ORDER BY measured_at LIMIT 1
) AS reading
ORDER BY span.number, step
"""


def sample(sensor_id: int, spans: Sequence[Span], rows: int) -> list[NDArray[np.float64]]:
    """Return of each span the first readings of its `rows` equal parts, oldest first; fewer where some are
    without a reading."""
    bounds = {"sinces": [span.since for span in spans], "untils": [span.until for span in spans]}
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE, {"sensor": sensor_id, "rows": rows, **bounds})
        found = cursor.fetchall()
    values: list[list[float]] = [[] for _ in spans]
    for number, value in found:
        values[number - 1].append(value)
    return [np.array(some, dtype=float) for some in values]


def count_up_to(sensor_id: int, span: Span, most: int) -> int:
    """Return how many readings the span has, counted as far as `most`."""
    rows = Reading.objects.filter(sensor=sensor_id).between(span.since, span.until)
    return rows.order_by("measured_at")[:most].count()
