"""The one statement that stores readings: duplicates ignored, summaries kept exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any, NamedTuple, cast

import psycopg
from django.db import connection

from sensors.directory import Directory

# Rows are written in one order (sensor, instant), and summaries after them in the same order, so that two
# requests with the same readings wait for each other and cannot deadlock. What is new below the roll-ups
# limit, as the locked summary says it, makes them stale (sensors/storage/rollups.py). Nothing is written
# where the sensors are no longer those that the rows were made with.
STORE = """
WITH stored AS (
    INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
    SELECT sensor_id, measured_at, value, quality
    FROM unnest(%b::bigint[], %b::timestamptz[], %b::float8[], %b::float8[])
        WITH ORDINALITY AS sent (sensor_id, measured_at, value, quality, position)
    WHERE (SELECT max(version) FROM sensors_directory WHERE organization_id = %b)
        IS NOT DISTINCT FROM %b::bigint
    ORDER BY sensor_id, measured_at, position
    ON CONFLICT (sensor_id, measured_at) DO NOTHING
    RETURNING sensor_id, measured_at, value
), news AS (
    SELECT sensor_id, count(*) AS new_count, min(measured_at) AS first_at, max(measured_at) AS last_at,
        CASE WHEN %b::boolean THEN array_agg(measured_at) END AS moments,
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
    SELECT sensor_id, first_at, LEAST(last_at, rolled_up_until - interval '1 microsecond')
    FROM news JOIN kept USING (sensor_id) WHERE first_at < rolled_up_until
)
SELECT sensor_id, new_count, first_at, last_at, last_reading_at, moments FROM news JOIN kept USING (sensor_id)
"""

# Asked only where something was not stored: it was there before, or twice in what was sent.
CONFLICTS = """
SELECT sent.position - 1, kept.value
FROM unnest(%b::bigint[], %b::timestamptz[], %b::float8[])
    WITH ORDINALITY AS sent (sensor_id, measured_at, value, position)
JOIN sensors_reading AS kept USING (sensor_id, measured_at)
WHERE kept.value <> sent.value
"""
CHANGED = "SELECT max(version) FROM sensors_directory WHERE organization_id = %b"


class DirectoryChanged(Exception):
    """A sensor was added, changed or deleted meanwhile; nothing was stored."""


class Rows(NamedTuple):
    """Readings that may be stored, by column, all of one length.

    `positions` says which of what was sent each row is; `sensor_ids` are primary keys, `values` in the
    sensor's unit.
    """

    positions: Sequence[int]
    sensor_ids: list[int]
    moments: list[datetime]
    values: list[float]
    qualities: list[float]


class Stored(NamedTuple):
    """What is new of one sensor: `latest_at` is its newest reading now, `last_at` that of the new ones.
    `moments` are all of the new ones, where they were asked for."""

    sensor_id: int
    new_count: int
    first_at: datetime
    last_at: datetime
    latest_at: datetime
    moments: Sequence[datetime] | None = None


class Question(NamedTuple):
    """A statement with its parameters, and what looks at the answer and raises what must stop it all."""

    statement: str
    parameters: Sequence[object]
    judge: Callable[[list[tuple[Any, ...]]], None]


def write_rows(
    rows: Rows, directory: Directory, *, with_moments: bool = False, beforehand: Question | None = None
) -> list[Stored]:
    """Store what is not stored yet, in the running transaction. The first of two for one instant wins.

    `beforehand` is asked in the same round trip.

    Raises:
        DirectoryChanged: the directory that the rows were made with is out of date.
    """
    asked = [(beforehand.statement, beforehand.parameters)] if beforehand else []
    parameters = [*rows[1:], directory.organization_id, directory.version, with_moments]
    to_store = [(STORE, parameters)] if rows.positions else []
    answers = _ask(*asked, *to_store)
    if beforehand:
        beforehand.judge(answers.pop(0))
    if not to_store:
        return []
    stored = [Stored(*row) for row in answers[0]]
    if not stored and _ask((CHANGED, [directory.organization_id]))[0][0][0] != directory.version:
        raise DirectoryChanged
    return stored


def find_conflicts(rows: Rows) -> dict[int, float]:
    """Return by place in `rows` the value that is stored for the instant, where it is another one."""
    return dict(_ask((CONFLICTS, [rows.sensor_ids, rows.moments, rows.values]))[0])


def _ask(*questions: tuple[str, Sequence[object]]) -> list[list[tuple[Any, ...]]]:
    """Run prepared statements in one round trip. Parameters go to the server in binary: Django's own cursor
    would write them into the text, and the server would plan it anew each time."""
    if not questions:
        return []
    driver = _preparing_driver()
    together = driver.pipeline() if len(questions) > 1 else nullcontext()
    with connection.wrap_database_errors, together:
        cursors = [
            psycopg.Cursor(driver).execute(statement, parameters, prepare=True, binary=True)
            for statement, parameters in questions
        ]
        return [cursor.fetchall() for cursor in cursors]


@contextmanager
def pipelined() -> Iterator[None]:
    """Send what is asked inside without waiting for answers that nobody fetches. An error of one may be
    raised by a later one; so it is for the end of a transaction."""
    with connection.wrap_database_errors, _preparing_driver().pipeline():
        yield


def _preparing_driver() -> psycopg.Connection:
    connection.ensure_connection()
    driver = cast(psycopg.Connection, connection.connection)
    if driver.prepare_threshold is None:
        driver.prepare_threshold = 2**31  # Django's own statements stay as they are
    return driver
