"""Two alerts on one machine are seen to by one visit."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections

from maintenance.models import Decision, Joining, MaintenanceTask, TaskTransition
from maintenance.services import schedule_task, start_task
from smartmaint.accounts.callers import Caller
from smartmaint.events.models import Delivery, EventRecord
from tests.maintenance.confirming import (
    LATER,
    Cause,
    away_until_thursday,
    decision_of,
    hear,
    mails_to,
    settle,
)
from tests.maintenance.factories import NOW, working
from tests.sensors.factories import AssetFactory


@pytest.fixture
def pump(organization):
    return AssetFactory(organization=organization)


@pytest.fixture
def caller(organization):
    return Caller(organization, frozenset(), "Petra")


def test_the_second_alert_joins_the_visit_and_who_goes_is_told_of_each_once(pump):
    ana = working(pump.site, "Ana")
    first, second = hear(pump), hear(pump, Cause.LIMIT_EXCEEDED, LATER, priority=1)
    task = MaintenanceTask.objects.get()
    assert (task.alerts, task.priority, task.period.lower) == ([first, second], 1, NOW)
    booked, joined = mails_to(ana)
    assert booked == f"Mon 02 Mar 12:00 to 14:00 (UTC): {task.title}"
    assert joined == f"{booked}, and also: Inspect {pump}: limit exceeded"
    steps = TaskTransition.objects.order_by("pk").values_list("action", "reason")
    assert list(steps)[1] == ("joined", f"Also: Inspect {pump}: limit exceeded.")


def test_the_journey_of_the_second_alert_ends_at_the_visit(pump):
    working(pump.site, "Ana")
    hear(pump)
    second = hear(pump, Cause.LIMIT_EXCEEDED)
    names = EventRecord.objects.filter(correlation_id=second.correlation_id).values_list("name", flat=True)
    assert {"maintenance.DecisionJoined", "maintenance.VisitExtended"} <= set(names)
    assert "maintenance.TaskScheduled" not in names


def test_hearing_of_the_second_alert_again_changes_nothing(pump):
    working(pump.site, "Ana")
    hear(pump)
    hear(pump, Cause.LIMIT_EXCEEDED)
    mails = len(mail.outbox)
    Delivery.objects.update(state=Delivery.State.WAITING, due_at=NOW, attempts=0)
    settle()
    assert (MaintenanceTask.objects.count(), Joining.objects.count(), len(mail.outbox)) == (1, 1, mails)
    assert Decision.objects.count() == 2


def test_a_more_urgent_alert_moves_the_visit_earlier_and_whoever_was_booked_is_free(pump):
    ana = working(pump.site, "Ana")
    away_until_thursday(ana)
    hear(pump)
    assert MaintenanceTask.objects.get().period.lower.weekday() == 3
    bruno = working(pump.site, "Bruno")
    hear(pump, Cause.LIMIT_EXCEEDED, LATER)
    task = MaintenanceTask.objects.get()
    assert (task.technician, task.period.lower) == (bruno, LATER)
    assert "Bruno works at" in task.reasons[0]
    assert [subject.split(":")[0] for subject in mails_to(ana)][1:] == ["Your time is free again"]
    assert mails_to(bruno)[0].startswith("Moved to Mon 02 Mar 13:00 to 15:00 (UTC)")
    assert "It was Ana, Thu 05 Mar 08:00 to 10:00 UTC" in TaskTransition.objects.last().reason


def test_a_visit_that_is_in_time_stays_where_it_is(pump):
    away = away_until_thursday(working(pump.site, "Ana"))
    hear(pump)
    away.delete()
    hear(pump)
    task = MaintenanceTask.objects.get()
    assert (task.period.lower.weekday(), len(task.alerts)) == (3, 2)


def test_other_work_makes_the_visit_longer_where_one_technician_can_do_both(pump):
    ana = working(pump.site, "Ana", skills=("instrumentation",))
    working(pump.site, "Bruno")
    hear(pump)
    MaintenanceTask.objects.update(technician=ana)
    hear(pump, Cause.SENSOR_STUCK)
    task = MaintenanceTask.objects.get()
    assert (task.technician, task.period.upper - task.period.lower) == (ana, timedelta(hours=3))
    assert len(task.alerts) == 2


def test_a_second_visit_says_why_where_nobody_can_do_both(pump):
    working(pump.site, "Ana", skills=("vibration",))
    working(pump.site, "Bruno", skills=("instrumentation",))
    for skill in ("vibration", "instrumentation"):
        schedule_task(decision=decision_of(pump, skill=skill), at=NOW)
    one, two = MaintenanceTask.objects.order_by("pk")
    assert (one.technician.name, two.technician.name) == ("Ana", "Bruno")
    assert two.reasons[-1] == (
        "Not at the visit of Ana, Mon 02 Mar 12:00 (UTC): "
        "No technician has the skills instrumentation and vibration."
    )


@pytest.mark.parametrize("begun", [True, False])
def test_a_visit_that_has_begun_or_is_late_is_not_joined(pump, caller, begun):
    working(pump.site, "Ana", days=range(7))
    hear(pump)
    if begun:
        start_task(task=MaintenanceTask.objects.get(), caller=caller, at=NOW)
    hear(pump, Cause.LIMIT_EXCEEDED, at=LATER if begun else NOW + timedelta(days=1))
    assert MaintenanceTask.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_alerts_at_the_same_moment_one_books_and_the_others_join():
    pump, barrier = AssetFactory(), threading.Barrier(6)
    working(pump.site, "Ana")
    working(pump.site, "Bruno")
    decisions = [decision_of(pump) for _ in range(6)]

    def schedule(decision: Decision) -> None:
        barrier.wait()
        try:
            schedule_task(decision=decision, at=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(schedule, decisions))
    assert set(MaintenanceTask.objects.get().alerts) == {decision.alert for decision in decisions}


def test_alerts_of_different_machines_are_visited_apart(pump):
    working(pump.site, "Ana")
    hear(pump)
    hear(AssetFactory(organization=pump.organization, site=pump.site))
    assert MaintenanceTask.objects.count() == 2
