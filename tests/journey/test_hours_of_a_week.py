"""From a reading of a clear fault to a booked technician, with the clock at each hour of a week."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail

from maintenance.models import Decision, MaintenanceTask, Notification
from tests.journey.plant import MINUTE, MONDAY, break_down

pytestmark = pytest.mark.xdist_group("journey")

QUARTER = timedelta(minutes=15)
WORK = timedelta(hours=2)


def on_duty(moment: datetime) -> bool:
    """Tell whether Ana (weekdays) or Bruno (Saturday's and Sunday's nights) is at work, by the plain rota."""
    weekday, hour = moment.weekday(), moment.hour
    day = weekday < 5 and 8 <= hour < 16
    night = (weekday in {5, 6} and hour >= 22) or (weekday in {6, 0} and hour < 6)
    return day or night


def first_free(at: datetime) -> datetime:
    """Search the rota quarter by quarter; only one of the two is ever at work."""
    start = at.replace(minute=0)
    while not (start >= at and all(on_duty(start + QUARTER * step) for step in range(8))):
        start += QUARTER
    return start


@pytest.mark.parametrize("hour", range(168))
def test_a_fault_at_any_hour_of_the_week_ends_in_a_booking(pump, hour):
    at = MONDAY + timedelta(hours=hour) + 40 * MINUTE
    alert = break_down(pump, at)
    task = MaintenanceTask.objects.select_related("technician").get(alert=alert)
    begins = first_free(at.astimezone(pump.site.zone))
    assert (task.period.lower, task.period.upper) == (begins, begins + WORK)
    assert task.technician.name == ("Ana" if begins.weekday() < 5 and begins.hour >= 8 else "Bruno")
    assert task.period.upper <= Decision.objects.get(alert=alert).due_at
    assert task.reasons
    assert Notification.objects.get(recipient=task.technician.email).status == Notification.Status.SENT
    assert mail.outbox
