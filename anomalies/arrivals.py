"""Which readings a batch of events tells of, who told, and the way to read them in bounded memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection

from anomalies.detection.grouping import Origin
from anomalies.detection.scan import Rows
from sensors.events import ReadingsStored

CHUNK = 50_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JUST_BEFORE = timedelta(microseconds=1)

SQL = """
    SELECT wanted.place, (extract(epoch FROM reading.measured_at) * 1000000)::bigint,
           reading.value, reading.quality
    FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
         AS wanted(place, sensor_id, after, until)
    JOIN sensors_reading AS reading
      ON reading.sensor_id = wanted.sensor_id
     AND reading.measured_at > wanted.after AND reading.measured_at <= wanted.until
    ORDER BY reading.measured_at
    FETCH FIRST %s ROWS WITH TIES
"""

SQL_EACH = """
    SELECT wanted.place, (extract(epoch FROM reading.measured_at) * 1000000)::bigint,
           reading.value, reading.quality
    FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
         AS wanted(place, sensor_id, after, until)
    CROSS JOIN LATERAL (
        SELECT measured_at, value, quality FROM sensors_reading
        WHERE sensor_id = wanted.sensor_id AND measured_at > wanted.after AND measured_at <= wanted.until
        ORDER BY measured_at {order} LIMIT %s
    ) AS reading
    ORDER BY reading.measured_at
"""


@dataclass(frozen=True)
class Span:
    """Readings of one sensor, from first to last, that one event told of."""

    first: datetime
    last: datetime
    event: ReadingsStored


@dataclass(frozen=True)
class Arrivals:
    """The spans of each sensor, in the order of their events."""

    spans: dict[int, list[Span]]

    def first(self, sensor_id: int) -> datetime:
        return min(span.first for span in self.spans[sensor_id])

    def last(self, sensor_id: int) -> datetime:
        return max(span.last for span in self.spans[sensor_id])

    def all_late(self, sensor_id: int) -> bool:
        return all(span.event.late for span in self.spans[sensor_id])

    def any_late(self, sensor_id: int) -> bool:
        return any(span.event.late for span in self.spans[sensor_id])

    def origin(self, sensor_id: int, seconds: float) -> Origin:
        """Return the event that told of the reading at this time; where several did, the first."""
        at = moment_of(seconds)
        spans = self.spans[sensor_id]
        span = next(
            (span for span in spans if span.first - JUST_BEFORE <= at <= span.last + JUST_BEFORE), None
        )
        event = (span or spans[-1]).event
        return Origin(event.correlation_id, event.event_id, event.late)


@dataclass(frozen=True)
class Wanted:
    """Readings of a sensor in after < measured_at <= until; `place` is its index in the states."""

    place: int
    sensor_id: int
    after: datetime
    until: datetime


def arrivals_of(events: Iterable[ReadingsStored]) -> Arrivals:
    spans: dict[int, list[Span]] = defaultdict(list)
    for event in events:
        for sensor_id, (first, last) in event.spans.items():
            spans[sensor_id].append(Span(_parse(first), _parse(last), event))
    return Arrivals(dict(spans))


def rest_of(
    events: Iterable[ReadingsStored], until: dict[int, datetime], reached: datetime
) -> list[ReadingsStored]:
    """Return the events that tell of what is left of `events`: of each sensor after `reached`, up to `until`.

    They count nothing: their readings were counted when they were stored.
    """
    rest = []
    for event in events:
        spans = {
            sensor_id: (max(_parse(first), reached + JUST_BEFORE).isoformat(), until[sensor_id].isoformat())
            for sensor_id, (first, _) in event.spans.items()
            if until.get(sensor_id, reached) > reached
        }
        if spans:
            rest.append(replace(event, event_id=uuid4(), caused_by=event.event_id, spans=spans, count=0))
    return rest


def read_rows(wanted: list[Wanted], most: int) -> Iterator[Rows]:
    """Yield some `most` of the wanted readings, the earliest, by time, 50,000 at a time.

    All of one moment come together. Needs a transaction, as the cursor is named.
    """
    if not wanted:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(SQL, [*_columns(wanted), most])
        while chunk := cursor.fetchmany(CHUNK):
            yield _rows(chunk)


def read_last(wanted: list[Wanted], each: int) -> Iterator[Rows]:
    """Yield the last `each` of the wanted readings of each place, by time."""
    return _read_each(wanted, "DESC", each)


def read_first(wanted: list[Wanted], each: int) -> Iterator[Rows]:
    """Yield the first `each` of the wanted readings of each place, by time."""
    return _read_each(wanted, "ASC", each)


def _read_each(wanted: list[Wanted], order: str, each: int) -> Iterator[Rows]:
    if not wanted:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(SQL_EACH.format(order=order), [*_columns(wanted), each])
        while chunk := cursor.fetchmany(CHUNK):
            yield _rows(chunk)


def _columns(wanted: list[Wanted]) -> list[list[Any]]:
    columns = zip(*((one.place, one.sensor_id, one.after, one.until) for one in wanted), strict=True)
    return [list(column) for column in columns]


def _rows(chunk: Sequence[tuple[Any, ...]]) -> Rows:
    place, micros, value, quality = zip(*chunk, strict=True)
    return Rows(np.array(place), np.array(micros) / 1e6, np.array(value), np.array(quality))


def moment_of(seconds: float) -> datetime:
    """Return the moment to the microsecond (a float of seconds since 1970 holds no more)."""
    return EPOCH + timedelta(microseconds=round(seconds * 1e6))


def _parse(text: str) -> datetime:
    return datetime.fromisoformat(text)
