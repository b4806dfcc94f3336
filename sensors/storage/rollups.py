"""The hourly and daily roll-ups: how far they reach, what in them is stale, and making that anew.

A sensor's hours before `rolled_up_until` are in the roll-ups. Whoever stores a reading there adds a stale
span in the same transaction; hours in a stale span are read from the readings themselves until they are made
anew. So an answer is right at once, however late anybody rolls up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from sensors.storage.cutting import DAY, HOUR, Span, whole

ROLL_UP_LOCK = 0x5EED_0110  # any number; nobody else takes this advisory lock
MOST_AT_ONCE = timedelta(days=31)  # of one sensor, together: some seconds at a reading a second
MOST_SPANS = 2000
LARGEST = 1e300  # a mean of greater values would not fit into a double's sum

# Summaries are locked in the order in which stores lock them. A store that waits for one sees the new limit.
ADVANCE = """
WITH ahead AS (
    SELECT sensor_id, date_trunc('hour', last_reading_at, 'UTC') AS until,
        COALESCE(rolled_up_until, date_trunc('hour', first_reading_at, 'UTC')) AS since
    FROM sensors_sensorsummary
    WHERE (%(sensors)s::bigint[] IS NULL OR sensor_id = ANY(%(sensors)s))
        AND last_reading_at >= COALESCE(rolled_up_until, '-infinity') + interval '1 hour'
    ORDER BY sensor_id FOR NO KEY UPDATE
), moved AS (
    UPDATE sensors_sensorsummary AS summary SET rolled_up_until = ahead.until
    FROM ahead WHERE summary.sensor_id = ahead.sensor_id
)
INSERT INTO sensors_stalespan (sensor_id, first_at, last_at)
SELECT sensor_id, since, until - interval '1 microsecond' FROM ahead WHERE since < until
"""

TAKE = """
WITH oldest AS (
    SELECT id, greatest(last_at - first_at, interval '1 hour') AS work FROM sensors_stalespan
    WHERE %(sensors)s::bigint[] IS NULL OR sensor_id = ANY(%(sensors)s)
    ORDER BY id LIMIT %(limit)s
), portion AS (
    SELECT id, sum(work) OVER (ORDER BY id) - work AS work_before FROM oldest
)
DELETE FROM sensors_stalespan
WHERE id IN (SELECT id FROM portion WHERE work_before < %(most)s)
RETURNING sensor_id, first_at, last_at
"""

PUT_BACK = """
INSERT INTO sensors_stalespan (sensor_id, first_at, last_at)
SELECT * FROM unnest(%(sensors)s::bigint[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
"""

# The epoch is negated so that of equal values the earliest reading is named.
FIGURES = f"""
    count(*) AS reading_count,
    sum(LEAST(GREATEST(value, -{LARGEST}), {LARGEST})) AS value_sum,
    min(value) AS value_min,
    max(value) AS value_max,
    to_timestamp((min(ARRAY[value, extract(epoch FROM measured_at)::float8]))[2]) AS min_at,
    to_timestamp(-(max(ARRAY[value, -extract(epoch FROM measured_at)::float8]))[2]) AS max_at
"""

UPSERT = """
ON CONFLICT (sensor_id, started_at) DO UPDATE SET
    reading_count = EXCLUDED.reading_count, value_sum = EXCLUDED.value_sum,
    value_min = EXCLUDED.value_min, value_max = EXCLUDED.value_max,
    min_at = EXCLUDED.min_at, max_at = EXCLUDED.max_at
"""

COLUMNS = "sensor_id, started_at, reading_count, value_sum, value_min, value_max, min_at, max_at"
SPANS = "unnest(%(sensors)s::bigint[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])"

# A period without readings is left alone: its readings may have gone by their age.
HOURLY = f"""
INSERT INTO sensors_reading_hourly ({COLUMNS})
SELECT span.sensor_id, period.*
FROM {SPANS} AS span (sensor_id, since, until) CROSS JOIN LATERAL (
    SELECT date_bin('1 hour', measured_at, 'epoch') AS started_at, {FIGURES}
    FROM sensors_reading AS reading
    WHERE reading.sensor_id = span.sensor_id
        AND reading.measured_at >= span.since AND reading.measured_at < span.until
    GROUP BY 1
) AS period
{UPSERT}
"""  # noqa: S608

DAILY = f"""
INSERT INTO sensors_reading_daily ({COLUMNS})
SELECT span.sensor_id, period.*
FROM {SPANS} AS span (sensor_id, since, until) CROSS JOIN LATERAL (
    SELECT date_bin('1 day', started_at, 'epoch') AS started_at,
        sum(reading_count)::bigint, sum(value_sum), min(value_min), max(value_max),
        to_timestamp((min(ARRAY[value_min, extract(epoch FROM min_at)::float8]))[2]),
        to_timestamp(-(max(ARRAY[value_max, -extract(epoch FROM max_at)::float8]))[2])
    FROM sensors_reading_hourly AS hour
    WHERE hour.sensor_id = span.sensor_id AND hour.started_at >= span.since AND hour.started_at < span.until
    GROUP BY 1
) AS period
{UPSERT}
"""  # noqa: S608

Stale = tuple[int, datetime, datetime]


def roll_up(sensor_ids: Sequence[int] | None = None) -> int:
    """Bring the roll-ups of these sensors (or of all) up to their newest whole hour, in one transaction.

    Return how many spans were made anew; at most a month of one sensor's readings in all, so call again
    until it is 0. Where somebody else rolls up at this moment, nothing is made anew.
    """
    with transaction.atomic():
        advance(sensor_ids)
        return _make_anew(sensor_ids) if _alone() else 0


def advance(sensor_ids: Sequence[int] | None = None) -> None:
    """Let the roll-ups reach up to the newest reading's hour; what is new in them is stale at first."""
    _run(ADVANCE, sensors=_listed(sensor_ids))


def _alone() -> bool:
    """Tell whether nobody else makes roll-ups now, and keep it so until the transaction ends: an older
    snapshot's sums must not be written over a newer one's."""
    return bool(_run("SELECT pg_try_advisory_xact_lock(%(lock)s)", lock=ROLL_UP_LOCK)[0][0])


def _make_anew(sensor_ids: Sequence[int] | None) -> int:
    """Take stale spans, then read: what comes in between has left a span of its own."""
    taken = _run(TAKE, sensors=_listed(sensor_ids), limit=MOST_SPANS, most=MOST_AT_ONCE)
    now, later = _portion(taken)
    if later:
        sensors, firsts, lasts = (list(column) for column in zip(*later, strict=True))
        _run(PUT_BACK, sensors=sensors, firsts=firsts, lasts=lasts)
    _write(HOURLY, now, HOUR)
    _write(DAILY, now, DAY)
    return len(now)


def _portion(stale: Iterable[Stale]) -> tuple[list[Stale], list[Stale]]:
    """Part the spans into what is made anew at once and what must wait, cutting one in two where need be."""
    now: list[Stale] = []
    later: list[Stale] = []
    left = MOST_AT_ONCE
    for sensor_id, first, last in stale:
        here = min(last, first + left) if left else first
        if left:
            now.append((sensor_id, first, here))
        if not left or here < last:
            later.append((sensor_id, here, last))
        left = max(left - max(here - first, HOUR), timedelta())
    return now, later


def _write(statement: str, stale: Iterable[Stale], width: timedelta) -> None:
    by_sensor: dict[int, list[tuple[datetime, datetime]]] = {}
    for sensor_id, first, last in stale:
        by_sensor.setdefault(sensor_id, []).append((first, last))
    rows = [
        (sensor_id, span) for sensor_id, spans in sorted(by_sensor.items()) for span in whole(spans, width)
    ]
    _run(
        statement,
        sensors=[sensor_id for sensor_id, _ in rows],
        sinces=[span.since for _, span in rows],
        untils=[span.until for _, span in rows],
    )


def stale_spans(sensor_id: int) -> tuple[datetime | None, list[Span]]:
    """Return how far the sensor's roll-ups reach and what in them is stale, [first, last] each."""
    rows = _run(
        "SELECT summary.rolled_up_until, stale.first_at, stale.last_at FROM sensors_sensorsummary AS summary"
        " LEFT JOIN sensors_stalespan AS stale USING (sensor_id) WHERE sensor_id = %(sensor)s",
        sensor=sensor_id,
    )
    until = rows[0][0] if rows else None
    return until, [Span(first, last) for _, first, last in rows if first is not None]


def _listed(sensor_ids: Sequence[int] | None) -> list[int] | None:
    return None if sensor_ids is None else list(sensor_ids)


def _run(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
