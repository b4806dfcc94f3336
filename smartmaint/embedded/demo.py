"""The people of the demo plant: who can repair what, and when they work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from django.db import transaction

from maintenance.models import Shift, Skill, Technician
from sensors.models import Site
from smartmaint.accounts.models import Membership, Organization
from smartmaint.embedded.plant.site import SITE

SKILLS = {"mechanical": "Mechanics", "electrical": "Electrics", "instrumentation": "Instrumentation"}
EVERY_DAY = tuple(range(7))


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
def seed_demo(*, organization: Organization) -> None:
    """Give the organization the demo plant's site and technicians, once; three shifts cover every day."""
    if Technician.objects.filter(organization=organization).exists():
        return
    site, _ = Site.objects.get_or_create(organization=organization, code=SITE.code, defaults=SITE.fields())
    for person in PEOPLE:
        _employ(person, site)
    _give_sign_in(organization)


def _employ(person: Person, site: Site) -> None:
    organization = site.organization
    technician = Technician.objects.create(organization=organization, site=site, name=person.name)
    for code in person.skills:
        skill, _ = Skill.objects.get_or_create(
            organization=organization, code=code, defaults={"name": SKILLS[code]}
        )
        technician.skills.add(skill)
    Shift.objects.bulk_create(
        Shift(
            technician=technician,
            weekday=weekday,
            starts_at=person.starts_at,
            ends_at=person.ends_at,
            works_on_holidays=True,
        )
        for weekday in EVERY_DAY
    )


def _give_sign_in(organization: Organization) -> None:
    """Let the first sign-in with the role technician be the first technician."""
    member = organization.memberships.filter(role=Membership.Role.TECHNICIAN).order_by("pk").first()
    if member is not None:
        first = Technician.objects.filter(organization=organization).order_by("pk")[:1]
        Technician.objects.filter(pk__in=first).update(user=member.user)
