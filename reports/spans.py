"""Which stretch of time a chart shows: a range up to now, or from and to as the person zoomed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

RANGES = {
    "1h": ("1 h", timedelta(hours=1)),
    "8h": ("8 h", timedelta(hours=8)),
    "24h": ("24 h", timedelta(days=1)),
    "7d": ("7 d", timedelta(days=7)),
    "30d": ("30 d", timedelta(days=30)),
}
DEFAULT = "8h"
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=3650)


@dataclass(frozen=True)
class Span:
    """`name` is a key of RANGES, or empty where the person zoomed."""

    start: datetime
    end: datetime
    name: str = ""

    def holds(self, at: datetime) -> bool:
        return self.start <= at <= self.end


def read_span(query: QueryDict, now: datetime, newest: datetime | None) -> Span:
    """Return the zoomed stretch, else the named range up to now, or to the newest reading if that is old.

    A range that would be empty because the readings are old shows where they are.
    """
    start, end = _moment(query.get("from", "")), _moment(query.get("to", ""))
    if start and end and SHORTEST <= end - start <= LONGEST:
        return Span(start, end)
    name = query.get("range", DEFAULT)
    name = name if name in RANGES else DEFAULT
    length = RANGES[name][1]
    last = now if newest is None or newest > now - length else newest
    return Span(last - length, last, name)


def _moment(text: str) -> datetime | None:
    """Read RFC 3339, or what Plotly sends: a blank for the T and no offset, meaning UTC."""
    try:
        at = parse_datetime(text.strip())
        return at and (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
