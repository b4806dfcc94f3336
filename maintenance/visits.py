"""Can one visit see to two troubles of a machine?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be done at a machine. `kinds` are its inspections, by the skill each needs, "" for none."""

    skills: frozenset[str]
    kinds: frozenset[str]
    hours: float
    due: datetime


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A booking, and what its technician can do."""

    skills: frozenset[str]
    start: datetime
    end: datetime


def together(first: Work, more: Work) -> Work:
    """Return the work of both: another inspection of the same kind takes no more time, other work does."""
    same = more.kinds <= first.kinds
    return Work(
        skills=first.skills | more.skills,
        kinds=first.kinds | more.kinds,
        hours=max(first.hours, more.hours) if same else first.hours + more.hours,
        due=min(first.due, more.due),
    )


def covers(visit: Visit, work: Work, due: datetime) -> bool:
    """Tell whether the visit as it is booked is long enough, ends in time, and by somebody who can do it."""
    long_enough = visit.start + timedelta(hours=work.hours) <= visit.end
    return work.skills <= visit.skills and long_enough and visit.end <= due
