"""When a technician can work: weekly shifts on the wall's clock, less holidays, absences and bookings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

GRID = timedelta(minutes=15)
DAY = timedelta(days=1)


def city(zone: ZoneInfo | str) -> str:
    """Call a time zone by its place: "Sao Paulo"."""
    return str(zone).rpartition("/")[2].replace("_", " ")


class Period(NamedTuple):
    """From `start` until before `end`, aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class WorkShift:
    """Weekly hours in local time (Monday is 0). Ending at or before its start means the next day."""

    weekday: int
    starts_at: time
    ends_at: time
    works_on_holidays: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """A technician's calendar. `busy` are the bookings that stand."""

    id: int
    name: str
    site_id: int
    site: str
    zone: ZoneInfo
    skills: frozenset[str] = frozenset()
    shifts: tuple[WorkShift, ...] = ()
    absences: tuple[Period, ...] = ()
    holidays: frozenset[date] = frozenset()
    busy: tuple[Period, ...] = ()


def earliest_start(person: Person, work: timedelta, start: datetime, end: datetime) -> datetime | None:
    """Return the first quarter of an hour in [start, end) from which the person is free for all of `work`."""
    for free in free_periods(person, start, end):
        begin = _on_grid(free.start)
        if begin + work <= free.end:
            return begin
    return None


def free_periods(person: Person, start: datetime, end: datetime) -> Iterator[Period]:
    """Yield when the person is at work and neither away nor booked, in order, from `start` on."""
    taken = joined((*person.absences, *person.busy))
    ends = [block.end for block in taken]
    for shift in working_periods(person, start, end):
        cursor = max(shift.start, start)
        for block in taken[bisect_right(ends, cursor) :]:
            if block.start >= shift.end:
                break
            if block.start > cursor:
                yield Period(cursor, block.start)
            cursor = block.end
        if cursor < shift.end:
            yield Period(cursor, shift.end)


def working_periods(person: Person, start: datetime, end: datetime) -> list[Period]:
    """Return the shifts between start and end as moments (UTC), those that touch joined into one.

    Hours are the clock's on the wall: a night shift over a change of clocks is an hour shorter or longer.
    """
    day, last = (start - DAY).astimezone(person.zone).date(), end.astimezone(person.zone).date()
    found: list[Period] = []
    while day <= last:
        found += (_moments(shift, day, person.zone) for shift in person.shifts if _holds(shift, day, person))
        day += DAY
    return [period for period in joined(found) if period.end > start and period.start < end]


def _holds(shift: WorkShift, day: date, person: Person) -> bool:
    return shift.weekday == day.weekday() and (shift.works_on_holidays or day not in person.holidays)


def _moments(shift: WorkShift, day: date, zone: ZoneInfo) -> Period:
    last = day + DAY if shift.ends_at <= shift.starts_at else day
    start, end = datetime.combine(day, shift.starts_at, zone), datetime.combine(last, shift.ends_at, zone)
    return Period(start.astimezone(UTC), end.astimezone(UTC))


def joined(periods: Iterable[Period]) -> list[Period]:
    """Return the periods in order, those that touch or overlap made one."""
    result: list[Period] = []
    for period in sorted(periods):
        if result and period.start <= result[-1].end:
            result[-1] = Period(result[-1].start, max(result[-1].end, period.end))
        else:
            result.append(period)
    return result


def _on_grid(moment: datetime) -> datetime:
    past = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return moment + (GRID - past) if past else moment
