"""Who can do the work, and when? The earliest free time of the right person, or why there is none.

A slot is booked without asking when it is at the asset's own site and ends before the work is due. A slot
that is late, or of another site's technician, is only proposed: a person has to agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from maintenance.worktime import Person, city, earliest_start

HORIZON = timedelta(days=28)


@dataclass(frozen=True, kw_only=True)
class Request:
    """Work of length `work` at a site, wanted after `earliest` and done by `due`.

    `keeps`: who is booked for it already, and stays where nobody is free earlier.
    """

    site_id: int
    work: timedelta
    earliest: datetime
    due: datetime
    skills: frozenset[str] = frozenset()
    keeps: int | None = None

    @property
    def until(self) -> datetime:
        """How far ahead the calendars are searched."""
        return max(self.due, self.earliest) + HORIZON

    @property
    def needs(self) -> str:
        """The skills in words; empty where anybody can do it."""
        return _skills(self.skills)

    def start_of(self, person: Person) -> datetime | None:
        return earliest_start(person, self.work, self.earliest, self.until)


@dataclass(frozen=True, kw_only=True)
class Slot:
    person_id: int
    person: str
    start: datetime
    end: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NoSlot:
    """Nobody can be booked without asking. `proposal` is the best that a person could agree to."""

    reasons: tuple[str, ...]
    proposal: Slot | None = None


class _Candidate(NamedTuple):
    person: Person
    start: datetime


def best_slot(request: Request, people: Sequence[Person]) -> Slot | NoSlot:
    """Choose the earliest slot of a technician of the site with the skill; the least booked one on a tie."""
    if not people:
        return NoSlot(reasons=("There is no technician.",))
    able = [person for person in people if request.skills <= person.skills]
    if not able:
        return NoSlot(reasons=(f"No technician has {request.needs}.",))
    found = _candidates(request, able)
    own = [candidate for candidate in found if candidate.person.site_id == request.site_id]
    in_time = [candidate for candidate in own if candidate.start + request.work <= request.due]
    if in_time:
        return _slot(request, in_time[0], people)
    return _no_slot(request, people, able, own or found)


def _no_slot(
    request: Request, people: Sequence[Person], able: Sequence[Person], found: Sequence[_Candidate]
) -> NoSlot:
    proposal = _slot(request, found[0], people) if found else None
    return NoSlot(reasons=tuple(_why_not(request, able, found)), proposal=proposal)


def _candidates(request: Request, people: Iterable[Person]) -> list[_Candidate]:
    """Return each one's earliest slot, best first. Ids settle ties, so the same input gives the same plan."""
    starts = ((person, request.start_of(person)) for person in people)
    found = [_Candidate(person, start) for person, start in starts if start is not None]
    return sorted(
        found,
        key=lambda one: (one.start, one.person.id != request.keeps, _booked(one.person), one.person.id),
    )


def _booked(person: Person) -> timedelta:
    return sum((period.end - period.start for period in person.busy), timedelta())


def _slot(request: Request, chosen: _Candidate, people: Sequence[Person]) -> Slot:
    person, end = chosen.person, chosen.start + request.work
    return Slot(
        person_id=person.id,
        person=person.name,
        start=chosen.start,
        end=end,
        reasons=(
            _why_person(request, person),
            _why_time(request, chosen, end),
            *_others(request, people, chosen),
        ),
    )


def _why_person(request: Request, person: Person) -> str:
    skills = f"has {request.needs} and " if request.skills else ""
    return f"{person.name} {skills}works at {person.site}."


def _why_time(request: Request, chosen: _Candidate, end: datetime) -> str:
    zone = chosen.person.zone
    late = "" if end <= request.due else f", after it is due ({_said(request.due, zone)})"
    free = f"{_said(chosen.start, zone)} to {end.astimezone(zone):%H:%M} ({city(zone)})"
    return f"The first free time is {free}{late}."


def _others(request: Request, people: Sequence[Person], chosen: _Candidate) -> Iterator[str]:
    """Say of each other technician why not; of many, of the first few."""
    others = [person for person in people if person.id != chosen.person.id]
    for person in others[:5]:
        yield f"{person.name}: {_why_other(request, person, chosen)}."
    if len(others) > 5:
        yield f"{len(others) - 5} more were considered."


def _why_other(request: Request, person: Person, chosen: _Candidate) -> str:
    if lacking := request.skills - person.skills:
        return f"lacks {_skills(lacking)}"
    if person.site_id != request.site_id:
        return f"works at {person.site}"
    start = request.start_of(person)
    if start is None:
        return _obstacle(request, person, request.until)
    if start == chosen.start:
        return "is free at the same time and has as much or more work booked"
    return f"is free later, {_said(start, person.zone)}"


def _why_not(request: Request, able: Sequence[Person], found: Sequence[_Candidate]) -> Iterator[str]:
    own = [person for person in able if person.site_id == request.site_id]
    if not own:
        skills = f" has {request.needs}" if request.skills else ""
        yield f"No technician of the asset's site{skills}."
        return
    until = request.due if any(one.person.site_id == request.site_id for one in found) else request.until
    zone = own[0].zone
    yield f"Nobody is free for {_length(request.work)} before {_said(until, zone)} ({city(zone)})."
    for person in own[:8]:
        yield f"{person.name}: {_obstacle(request, person, until)}."


def _obstacle(request: Request, person: Person, until: datetime) -> str:
    """Say what keeps the person from the work until then: the first thing in the way, the firmest first."""
    if not person.shifts:
        return "has no shifts"
    steps = (
        (replace(person, busy=(), absences=(), holidays=frozenset()), "has no shift that is long enough"),
        (replace(person, busy=(), absences=()), "has a public holiday or a day without work"),
        (replace(person, busy=()), "is away"),
    )
    for freer, obstacle in steps:
        start = earliest_start(freer, request.work, request.earliest, until)
        if start is None or start + request.work > until:
            return obstacle
    return "is booked"


def _skills(codes: frozenset[str]) -> str:
    word = "skill" if len(codes) == 1 else "skills"
    return f"the {word} {' and '.join(sorted(codes))}" if codes else ""


def _length(work: timedelta) -> str:
    return f"{work.total_seconds() / 3600:g} h"


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"
