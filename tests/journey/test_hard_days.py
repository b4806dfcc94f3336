"""The journey on days when calendars are hard, and when nobody can come."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from anomalies.services import resolve_alert
from maintenance.models import Absence, Decision, MaintenanceTask, Notification, Shift
from maintenance.services import answer_decision, complete_task
from sensors.models import Site
from smartmaint.accounts.callers import Caller
from smartmaint.events.testing import drain
from smartmaint.events.trace import trace
from tests.accounts.factories import MembershipFactory
from tests.journey.plant import MONDAY, break_down, has_limit

pytestmark = pytest.mark.xdist_group("journey")

SATURDAY_NOON = MONDAY + timedelta(days=5, hours=15)


def move_to(pump, **place) -> None:
    Site.objects.filter(pk=pump.site_id).update(**place)
    pump.site.refresh_from_db()


def booking(alert) -> MaintenanceTask:
    return MaintenanceTask.objects.get(alert=alert)


def test_on_a_public_holiday_the_next_working_day_is_booked(pump):
    good_friday = datetime(2026, 4, 3, 13, tzinfo=UTC)
    Shift.objects.filter(weekday__gte=5).delete()
    task = booking(break_down(pump, good_friday))
    assert task.period.lower.astimezone(pump.site.zone).isoformat() == "2026-04-06T08:00:00-03:00"


def test_who_works_on_holidays_is_booked_on_one(pump):
    Shift.objects.update(works_on_holidays=True)
    task = booking(break_down(pump, datetime(2026, 4, 3, 13, tzinfo=UTC)))
    assert task.period.lower == datetime(2026, 4, 3, 13, tzinfo=UTC)


def test_a_person_is_asked_with_the_reason_when_everybody_is_absent(pump):
    planner = MembershipFactory(organization=pump.organization, role="planner").user
    for technician in pump.site.technicians.all():
        Absence.objects.create(technician=technician, period=(MONDAY - timedelta(days=1), None))
    alert = break_down(pump, MONDAY + timedelta(hours=12))
    asked = Decision.objects.pending().get(alert=alert)
    assert {"Ana: is away.", "Bruno: is away."} <= set(asked.reasons)
    assert asked.proposal is None
    assert Notification.objects.filter(
        recipient=planner.email, status="sent", body__contains="is away"
    ).exists()


def test_what_cannot_wait_for_the_next_shift_is_proposed_and_booked_when_approved(pump):
    has_limit()
    Shift.objects.filter(weekday__gte=5).delete()
    alert = break_down(pump, SATURDAY_NOON)
    asked = Decision.objects.pending().get(alert=alert)
    assert asked.action == "act"
    assert asked.proposal["start"] == "2026-03-09T11:00:00+00:00"
    caller = Caller(pump.organization, frozenset(), "planner")
    with time_machine.travel(SATURDAY_NOON, tick=False):
        answer_decision(decision=asked, answer="approve", caller=caller, at=SATURDAY_NOON)
        drain()
    assert booking(alert).period.lower.isoformat() == asked.proposal["start"]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"], ids=["spring", "autumn"])
@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_on_days_when_clocks_change_work_lies_inside_the_shift(pump, day, hour):
    move_to(pump, timezone="Europe/Berlin", country="DE", subdivision="BE")
    at = datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(hours=hour)
    task = booking(break_down(pump, at))
    start, end = (moment.astimezone(pump.site.zone) for moment in (task.period.lower, task.period.upper))
    assert task.period.upper - task.period.lower == timedelta(hours=2)
    assert task.period.lower >= at
    in_day = start.time() >= time(8) and end.time() <= time(16)
    in_night = start.time() >= time(22) or end.time() <= time(6)
    assert in_night if task.technician.name == "Bruno" else in_day


def test_a_site_with_an_odd_time_zone_works_by_its_own_clock(pump):
    move_to(pump, timezone="Asia/Kathmandu", country="", subdivision="")
    task = booking(break_down(pump, MONDAY + timedelta(hours=12)))
    assert task.period.lower.isoformat() == "2026-03-03T02:15:00+00:00"


def test_the_whole_journey_is_one_trace(pump):
    alert = break_down(pump, MONDAY + timedelta(hours=12))
    names = [step.name for step in trace(organization=pump.organization, correlation_id=alert.correlation_id)]
    chain = ["ReadingsStored", "AlertRaised", "AlertConfirmed", "FailurePredicted", "ActionDecided"]
    told = [name for name in names if name.rpartition(".")[2] in {*chain, "TaskScheduled"}]
    assert [name.rpartition(".")[2] for name in told] == [*chain, "TaskScheduled"]


def test_the_finding_at_the_machine_closes_the_alert(pump):
    alert = break_down(pump, MONDAY + timedelta(hours=12))
    caller = Caller(pump.organization, frozenset(), "Ana")
    at = MONDAY + timedelta(days=1)
    complete_task(task=booking(alert), caller=caller, finding="true", failure_mode="VIB", at=at)
    alert.refresh_from_db()
    assert not alert.is_open


def test_a_visit_stands_when_the_trouble_goes_away_by_itself(pump):
    alert = break_down(pump, MONDAY + timedelta(hours=12))
    caller, at = Caller(pump.organization, frozenset(), "operator"), MONDAY + timedelta(hours=13)
    with time_machine.travel(at, tick=False):
        resolve_alert(alert=alert, caller=caller, reason="quiet again", at=at)
        drain()
    task = booking(alert)
    assert (task.status, task.trouble_is_over) == ("scheduled", True)
    assert Notification.objects.filter(subject__contains="a visit is still booked").exists()
