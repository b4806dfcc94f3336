from __future__ import annotations

from datetime import UTC, datetime

import pytest

from maintenance.models import Shift, Technician
from sensors.models import Site
from smartmaint.accounts.models import Membership
from smartmaint.embedded.demo import seed_demo
from smartmaint.embedded.plant.site import SITE
from tests.accounts.factories import MembershipFactory

MORNING = datetime(2026, 3, 2, 12, tzinfo=UTC)


def covers(shift: Shift, hour: int) -> bool:
    if shift.starts_at < shift.ends_at:
        return shift.starts_at.hour <= hour < shift.ends_at.hour
    return hour >= shift.starts_at.hour or hour < shift.ends_at.hour


def test_a_mechanic_is_on_shift_at_each_hour_of_each_day(organization):
    seed_demo(organization=organization, at=MORNING)
    shifts = list(Shift.objects.filter(technician__skills__code="mechanical", works_on_holidays=True))
    hours = {(s.weekday, hour) for s in shifts for hour in range(24) if covers(s, hour)}
    assert len(hours) == 168


def test_the_people_work_at_the_plants_site(organization):
    seed_demo(organization=organization, at=MORNING)
    assert {person.site.code for person in Technician.objects.filter(organization=organization)} == {
        SITE.code
    }
    assert Site.objects.get(organization=organization).timezone == SITE.timezone


def test_a_second_start_changes_nothing(organization):
    seed_demo(organization=organization, at=MORNING)
    Technician.objects.filter(name="Ana Souza").update(name="Ana Silva")
    seed_demo(organization=organization, at=MORNING)
    assert Technician.objects.count() == 4
    assert Technician.objects.filter(name="Ana Silva").exists()


@pytest.mark.parametrize(
    ("hour", "name"), [(9, "Ana Souza"), (17, "Bruno Lima"), (1, "Carla Mendes"), (8, "Carla Mendes")]
)
def test_the_technicians_sign_in_is_the_mechanic_on_shift(organization, hour, name):
    """The hours are UTC's; the plant is three hours behind."""
    member = MembershipFactory(organization=organization, role=Membership.Role.TECHNICIAN)
    seed_demo(organization=organization, at=datetime(2026, 3, 2, hour, tzinfo=UTC))
    assert Technician.objects.get(user=member.user).name == name
