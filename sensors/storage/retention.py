"""Readings go by their age, a whole month (or chunk) at a time; summaries stay exact, roll-ups stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection

from sensors.storage.months import is_over_age
from sensors.storage.partitions import Partition, give_way, is_partitioned
from sensors.storage.rollups import advance
from sensors.storage.upkeep import bring_rollups_up_to_date, list_parts

# The last hour of a sensor that says nothing any more was never whole: now it is.
CLOSE_HOURS = """
WITH silent AS (
    SELECT sensor_id, rolled_up_until AS since, last_reading_at FROM sensors_sensorsummary
    WHERE rolled_up_until < %(until)s AND last_reading_at < %(until)s AND last_reading_at >= rolled_up_until
    ORDER BY sensor_id FOR NO KEY UPDATE
), moved AS (
    UPDATE sensors_sensorsummary AS summary SET rolled_up_until = %(until)s
    FROM silent WHERE summary.sensor_id = silent.sensor_id
)
INSERT INTO sensors_stalespan (sensor_id, first_at, last_at)
SELECT sensor_id, since, last_reading_at FROM silent
"""

UNFINISHED = """
SELECT EXISTS (SELECT FROM sensors_stalespan WHERE first_at < %(until)s AND last_at >= %(since)s)
    OR EXISTS (
        SELECT FROM sensors_sensorsummary
        WHERE COALESCE(rolled_up_until, '-infinity') < %(until)s AND first_reading_at < %(until)s
    )
"""

COUNT = "SELECT sensor_id, count(*) FROM {part} GROUP BY sensor_id ORDER BY sensor_id"

FORGET = """
WITH gone AS (
    SELECT * FROM unnest(%(sensors)s::bigint[], %(counts)s::bigint[]) AS gone (sensor_id, gone_count)
)
UPDATE sensors_sensorsummary AS summary SET
    reading_count = reading_count - gone_count,
    first_reading_at = COALESCE(
        (SELECT measured_at FROM sensors_reading AS reading WHERE reading.sensor_id = gone.sensor_id
            AND measured_at < %(since)s ORDER BY measured_at LIMIT 1),
        (SELECT measured_at FROM sensors_reading AS reading WHERE reading.sensor_id = gone.sensor_id
            AND measured_at >= %(until)s ORDER BY measured_at LIMIT 1)
    )
FROM gone WHERE summary.sensor_id = gone.sensor_id
"""

DROP_CHUNKS = """
SELECT drop_chunks(
    'sensors_reading', newer_than => %(since)s::timestamptz, older_than => %(until)s::timestamptz
)
"""


def drop_old_readings(*, at: datetime, keep: timedelta) -> int:
    """Drop the months that are over age; return how many. With `keep` zero nothing goes.

    A month goes when all its hours are rolled up, and when its lock is to be had at once; else next time.
    """
    if not keep:
        return 0
    old = [part for part in list_parts() if is_over_age(part.until, part.made_at, at, keep)]
    return sum(_is_finished(part) and give_way(partial(_drop, part)) for part in old)


def _is_finished(part: Partition) -> bool:
    """Roll up what is left of the month, and tell whether all of it is."""
    advance()
    with connection.cursor() as cursor:
        cursor.execute(CLOSE_HOURS, {"until": part.until})
    bring_rollups_up_to_date()
    return _is_rolled_up(part)


def _is_rolled_up(part: Partition) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(UNFINISHED, {"since": part.since, "until": part.until})
        return not cursor.fetchone()[0]


def _drop(part: Partition) -> bool:
    """Count while nobody writes to the month, then keep everybody out for as short as it takes.

    No store can wait for a summary that is locked here: none is under way once the table is ours.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {part.name} IN SHARE MODE")
        if not _is_rolled_up(part):
            return False
        cursor.execute(COUNT.format(part=part.name))
        gone = cursor.fetchall()
        cursor.execute("LOCK TABLE sensors_reading IN ACCESS EXCLUSIVE MODE")
        sensors, counts = [row[0] for row in gone], [row[1] for row in gone]
        values: dict[str, Any] = {
            "since": part.since,
            "until": part.until,
            "sensors": sensors,
            "counts": counts,
        }
        cursor.execute(FORGET, values)
        if is_partitioned():
            cursor.execute(f"DROP TABLE {part.name}")
        else:
            cursor.execute(DROP_CHUNKS, values)
    return True
