"""Which roll-ups answer for a stretch of time, and where the readings themselves must. Plain rules, UTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
MOST_GAPS = 8  # more are read as one, so that a statement stays short


class Span(NamedTuple):
    """since <= t < until."""

    since: datetime
    until: datetime


class Sources(NamedTuple):
    """Disjoint spans that together are what was asked for: by readings, by hours and by days."""

    raw: Sequence[Span]
    hourly: Sequence[Span] = ()
    daily: Sequence[Span] = ()


def floor(moment: datetime, width: timedelta) -> datetime:
    return moment - (moment - ORIGIN) % width


def ceiling(moment: datetime, width: timedelta) -> datetime:
    return moment + (ORIGIN - moment) % width


def whole(spans: Iterable[tuple[datetime, datetime]], width: timedelta) -> list[Span]:
    """Return the whole periods that hold first <= t <= last of any of the spans, merged, in order."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        since, until = floor(first, width), floor(last, width) + width
        if merged and since <= merged[-1].until:
            merged[-1] = Span(merged[-1].since, max(until, merged[-1].until))
        else:
            merged.append(Span(since, until))
    return merged


def overlaps(spans: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """Return what lies in both."""
    both = (
        Span(max(span.since, other.since), min(span.until, other.until)) for span in spans for other in others
    )
    return [span for span in both if span.since < span.until]


def cut(
    asked: Span,
    *,
    rolled_up_until: datetime | None,
    stale: Iterable[tuple[datetime, datetime]] = (),
    width: timedelta = HOUR,
) -> Sources:
    """Say where the answer comes from, so that it is what the readings themselves would give.

    Hours before `rolled_up_until` are rolled up, but for those that hold a `stale` span [first, last]: there
    readings came in since. With a `width` of days, whole days come from the days' roll-up.
    """
    if rolled_up_until is None or asked.since >= min(asked.until, rolled_up_until) or width < HOUR:
        return Sources([asked])
    known = Span(ceiling(asked.since, HOUR), min(floor(asked.until, HOUR), rolled_up_until))
    hourly = _without(known, _few(whole(stale, HOUR)))
    daily: list[Span] = []
    if width % DAY == timedelta():
        old = Span(known.since, floor(known.until, DAY))
        for span in _without(old, _few(whole(stale, DAY))):
            daily += _filled(Span(ceiling(span.since, DAY), floor(span.until, DAY)))
    hourly = [part for span in hourly for part in _without(span, daily)]
    return Sources(_without(asked, sorted([*hourly, *daily])), hourly, daily)


def _few(gaps: list[Span]) -> list[Span]:
    return [Span(gaps[0].since, gaps[-1].until)] if len(gaps) > MOST_GAPS else gaps


def _without(span: Span, gaps: Iterable[Span]) -> list[Span]:
    """Return what is left of the span without the gaps, which are disjoint and in order."""
    left: list[Span] = []
    since = span.since
    for gap in gaps:
        left += _filled(Span(since, min(gap.since, span.until)))
        since = max(since, gap.until)
    return left + _filled(Span(since, span.until))


def _filled(span: Span) -> list[Span]:
    return [span] if span.since < span.until else []
