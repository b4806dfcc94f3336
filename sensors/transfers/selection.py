"""Which readings go out, and reading them: sensor by sensor, in order of time, a page at a time.

No page is remembered and no cursor kept open, so that millions of readings take the memory of one page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from sensors.models import Sensor
from sensors.storage.buckets import BUCKETS, load_buckets
from smartmaint.accounts.models import Organization

PAGE = 10_000  # rows
MOMENT = timedelta(microseconds=1)
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
RAW = ("sensor", "asset", "timestamp", "value", "unit", "quality")
SUMMED = ("sensor", "asset", "timestamp", "avg", "min", "max", "count", "unit")
BUCKETS_AT_ONCE = 720

READINGS = """
SELECT measured_at, value, quality FROM sensors_reading
WHERE sensor_id = %(sensor)s AND measured_at > %(after)s AND measured_at < %(end)s {news}
ORDER BY measured_at LIMIT %(page)s
"""
NEWS = """AND arrived_in >= txid_snapshot_xmin(%(seen)s::txid_snapshot)
    AND NOT txid_visible_in_snapshot(arrived_in, %(seen)s::txid_snapshot)"""


class Source(NamedTuple):
    """A sensor whose readings go out, and the span that they lie in."""

    pk: int
    code: str
    asset: str
    unit: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Page:
    """Rows of one sensor: (measured_at, value, quality), or (started_at, avg, min, max, count)."""

    source: Source
    rows: list[tuple[Any, ...]]


def find_sources(
    organization: Organization, *, sensors: Iterable[int] = (), assets: Iterable[int] = ()
) -> list[Source]:
    """Return the chosen sensors that have readings, by code; without a choice all of them."""
    rows = Sensor.objects.filter(organization=organization, summary__first_reading_at__isnull=False)
    wanted = Q(pk__in=list(sensors)) | Q(asset__in=list(assets))
    if sensors or assets:
        rows = rows.filter(wanted)
    fields = ("pk", "code", "asset__code", "unit", "summary__first_reading_at", "summary__last_reading_at")
    return [Source(*row) for row in rows.order_by("code").values_list(*fields)]


def read_raw(
    source: Source, start: datetime, end: datetime, *, unseen_by: str | None = None
) -> Iterator[Page]:
    """Yield the readings of start <= t < end; with a snapshot only those that it does not see."""
    sql = READINGS.format(news=NEWS if unseen_by else "")
    after = max(start, source.first_at) - MOMENT
    end = min(end, source.last_at + MOMENT)
    limits: dict[str, Any] = {"sensor": source.pk, "end": end, "page": PAGE, "seen": unseen_by}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**limits, "after": after})
            rows = cursor.fetchall()
        if rows:
            yield Page(source, rows)
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def read_buckets(source: Source, start: datetime, end: datetime, bucket: str) -> Iterator[Page]:
    """Yield hours ("1h") or days ("1d") of UTC that begin within start <= t < end."""
    width, sensor = BUCKETS[bucket], Sensor(pk=source.pk)
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    start, end = max(start, source.first_at), min(end, source.last_at + MOMENT)
    start -= (start - origin) % width
    while start < end:
        until = min(start + width * BUCKETS_AT_ONCE, end)
        found = load_buckets(sensor, start, until, width)
        if found:
            yield Page(source, [(one.timestamp, one.avg, one.min, one.max, one.count) for one in found])
        start = until


def read_all(sources: Iterable[Source], read: Callable[[Source], Iterator[Page]]) -> Iterator[Page]:
    """Yield the pages of all sensors, one sensor after the other."""
    for source in sources:
        yield from read(source)
