"""What is done on a server with TimescaleDB: the chunks, and refreshing the continuous aggregates.

TimescaleDB's own refresh policies look back a week. What comes in later than that, and every hour that
becomes whole, is in a stale span; those spans are refreshed here, and only where there are chunks: the
roll-ups of readings that went by their age must stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from sensors.storage.cutting import DAY, HOUR, Span, ceiling, floor, overlaps, whole
from sensors.storage.partitions import Partition
from sensors.storage.rollups import ROLL_UP_LOCK, advance

MOST_SPANS = 20_000
MOST_AT_ONCE = timedelta(days=7)  # in one call, of all sensors
CALLS = 8

CHUNKS = """
SELECT format('%I.%I', chunk_schema, chunk_name), range_start, range_end, chunk_creation_time
FROM timescaledb_information.chunks WHERE hypertable_name = 'sensors_reading' ORDER BY range_start
"""

STALE = "SELECT id, first_at, last_at FROM sensors_stalespan ORDER BY id LIMIT %s"

# Forced, as a policy that refreshes the same hours at this moment has taken their invalidations already.
REFRESH = "CALL refresh_continuous_aggregate(%s, %s::timestamptz, %s::timestamptz, force => true)"


def keeps_rollups() -> bool:
    """Tell whether the roll-ups are continuous aggregates; else they are tables of our own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'v' FROM pg_class WHERE oid = 'sensors_reading_hourly'::regclass")
        return bool(cursor.fetchone()[0])


def list_chunks() -> list[Partition]:
    with connection.cursor() as cursor:
        cursor.execute(CHUNKS)
        return [Partition(*row) for row in cursor.fetchall()]


def refresh_rollups() -> int:
    """Refresh what is stale, the oldest first, outside of any transaction; return how many spans it was.

    Some weeks at most, so call again until it is 0. Where somebody else refreshes, nothing is done.
    """
    advance()
    with _alone() as alone, connection.cursor() as cursor:
        if not alone:
            return 0
        cursor.execute(STALE, [MOST_SPANS])
        rows = cursor.fetchall()
        windows = list(_windows((first, last) for _, first, last in rows))
        for window in windows[:CALLS]:
            cursor.execute(REFRESH, ["sensors_reading_hourly", *window])
            cursor.execute(REFRESH, ["sensors_reading_daily", *_days(window)])
        done = windows[CALLS - 1].until if len(windows) > CALLS else None
        _forget([row[0] for row in rows], done)
        return len(rows)


def _windows(stale: Iterable[tuple[datetime, datetime]]) -> Iterator[Span]:
    """Yield the hours to refresh, in order, no more than a week at a time."""
    chunks = whole(((chunk.since, chunk.until - HOUR) for chunk in list_chunks()), HOUR)
    for span in overlaps(whole(stale, HOUR), chunks):
        since = span.since
        while since < span.until:
            until = min(span.until, since + MOST_AT_ONCE)
            yield Span(since, until)
            since = until


def _days(window: Span) -> Span:
    return Span(floor(window.since, DAY), ceiling(window.until, DAY))


def _forget(ids: list[int], done: datetime | None) -> None:
    """Delete the spans as far as they lie before `done`; None: whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sensors_stalespan WHERE id = ANY(%(ids)s)"
            " AND (%(done)s::timestamptz IS NULL OR last_at < %(done)s)",
            {"ids": ids, "done": done},
        )
        cursor.execute(
            "UPDATE sensors_stalespan SET first_at = %(done)s"
            " WHERE id = ANY(%(ids)s) AND first_at < %(done)s",
            {"ids": ids, "done": done},
        )


@contextmanager
def _alone() -> Iterator[bool]:
    """Tell whether nobody else refreshes, and keep it so; the lock is the connection's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ROLL_UP_LOCK])
        alone = bool(cursor.fetchone()[0])
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ROLL_UP_LOCK])
