"""The people of the demo plant: who can repair what, and when they work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from maintenance.models import Shift, Skill, Technician
from maintenance.services import ensure_policy, save_technician
from sensors.models import Site
from smartmaint.accounts.models import Membership, Organization
from smartmaint.embedded.plant.site import SITE

SKILLS = {"mechanical": "Mechanics", "electrical": "Electrics", "instrumentation": "Instrumentation"}


@dataclass(frozen=True, kw_only=True)
class Person:
    name: str
    skills: tuple[str, ...]
    starts_at: time
    ends_at: time


PEOPLE = (
    Person(
        name="Ana Souza",
        skills=("mechanical", "instrumentation"),
        starts_at=time(6),
        ends_at=time(14),
    ),
    Person(
        name="Bruno Lima",
        skills=("mechanical", "electrical"),
        starts_at=time(14),
        ends_at=time(22),
    ),
    Person(
        name="Carla Mendes",
        skills=("mechanical", "electrical", "instrumentation"),
        starts_at=time(22),
        ends_at=time(6),
    ),
    Person(
        name="Diego Rocha",
        skills=("electrical", "instrumentation"),
        starts_at=time(8),
        ends_at=time(17),
    ),
)


@transaction.atomic
def seed_demo(*, organization: Organization, at: datetime) -> None:
    """Give the organization the demo plant's site and technicians, once; three shifts cover every day.

    Who signs in as technician is the mechanic on shift `at` the time: the first work is likely theirs.
    """
    if Technician.objects.filter(organization=organization).exists():
        return
    ensure_policy(organization=organization)
    site, _ = Site.objects.get_or_create(organization=organization, code=SITE.code, defaults=SITE.fields())
    skills = {code: _ensure_skill(organization, code, name) for code, name in SKILLS.items()}
    member = organization.memberships.filter(role=Membership.Role.TECHNICIAN).order_by("pk").first()
    present = mechanic_on_shift(at.astimezone(SITE.zone).time())
    for person in PEOPLE:
        technician = Technician(organization=organization, site=site, name=person.name)
        technician.user = member.user if member and person is present else None
        save_technician(
            technician=technician, skills=[skills[code] for code in person.skills], shifts=_shifts(person)
        )


def mechanic_on_shift(clock: time) -> Person:
    """Return who of the three shifts works when the plant's clock shows this time."""
    return next(person for person in PEOPLE if "mechanical" in person.skills and _works(person, clock))


def _works(person: Person, clock: time) -> bool:
    if person.starts_at < person.ends_at:
        return person.starts_at <= clock < person.ends_at
    return clock >= person.starts_at or clock < person.ends_at


def _ensure_skill(organization: Organization, code: str, name: str) -> Skill:
    return Skill.objects.get_or_create(organization=organization, code=code, defaults={"name": name})[0]


def _shifts(person: Person) -> list[Shift]:
    hours = {"starts_at": person.starts_at, "ends_at": person.ends_at, "works_on_holidays": True}
    return [Shift(weekday=weekday, **hours) for weekday in Shift.Weekday]
