"""A sensor's readings summed up by periods of UTC: by the roll-ups as far as they go, else by readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from sensors.models import Reading, Sensor
from sensors.storage.cutting import DAY, HOUR, Sources, Span, cut, floor
from sensors.storage.rollups import FIGURES, stale_spans

BUCKETS = {"1m": timedelta(minutes=1), "1h": HOUR, "1d": DAY}

# Each part has the bounds of a span of its own, so that PostgreSQL plans with the months it needs only.
RAW = f"""
SELECT date_bin(%(width)s, measured_at, 'epoch') AS started_at, {FIGURES}
FROM sensors_reading
WHERE sensor_id = %(sensor)s AND measured_at >= {{since}} AND measured_at < {{until}} GROUP BY 1
"""  # noqa: S608
HOURLY = """
SELECT started_at, reading_count, value_sum, value_min, value_max, min_at, max_at
FROM sensors_reading_hourly
WHERE sensor_id = %(sensor)s AND started_at >= {since} AND started_at < {until}
"""
DAILY = HOURLY.replace("hourly", "daily")

# A mean lies between least and greatest: of huge values the sum is not the whole truth.
SUMS = """
SELECT date_bin(%(width)s, started_at, 'epoch') AS period,
    GREATEST(min(value_min), LEAST(max(value_max), sum(value_sum) / sum(reading_count))),
    min(value_min), max(value_max), sum(reading_count)::bigint
FROM ({parts}) AS part GROUP BY period ORDER BY period
"""

NEWEST_HOUR = """
SELECT started_at FROM sensors_reading_hourly
WHERE sensor_id = %(sensor)s AND started_at >= %(start)s AND started_at < %(end)s
    AND started_at + interval '1 hour' <= %(end)s
ORDER BY started_at DESC LIMIT 1
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
    parts, values = union(sensor, find_sources(sensor, Span(start, end), width), width)
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(parts=parts), values)
        return [Bucket(*row) for row in cursor.fetchall()]


def find_sources(sensor: Sensor, asked: Span, width: timedelta) -> Sources:
    """Say where the answer for `asked` comes from, as things are at this moment."""
    rolled_up_until, stale = stale_spans(sensor.pk)
    return cut(asked, rolled_up_until=rolled_up_until, stale=stale, width=width)


def union(sensor: Sensor, sources: Sources, width: timedelta) -> tuple[str, dict[str, Any]]:
    """Return a query of all sources with its parameters: start of a period, then the roll-ups' columns."""
    values: dict[str, Any] = {"sensor": sensor.pk, "width": width}
    parts: list[str] = []
    for template, spans in ((RAW, sources.raw), (HOURLY, sources.hourly), (DAILY, sources.daily)):
        for span in spans:
            names = {"since": f"since_{len(parts)}", "until": f"until_{len(parts)}"}
            values |= {names["since"]: span.since, names["until"]: span.until}
            parts.append(template.format(**{key: f"%({name})s" for key, name in names.items()}))
    return " UNION ALL ".join(f"({part})" for part in parts), values


def newest_before(sensor: Sensor, start: datetime, end: datetime, width: timedelta) -> datetime | None:
    """Return the start of the period that holds the newest reading with start <= t < end.

    Readings that went by their age count, as far as whole hours of them are in the roll-ups.
    """
    newest = Reading.objects.filter(sensor=sensor).between(start, end).order_by("-measured_at")
    moments = [newest.values_list("measured_at", flat=True).first(), _newest_hour(sensor, start, end)]
    return max((floor(moment, width) for moment in moments if moment), default=None)


def _newest_hour(sensor: Sensor, start: datetime, end: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_HOUR, {"sensor": sensor.pk, "start": start, "end": end})
        row = cursor.fetchone()
    return row[0] if row else None
