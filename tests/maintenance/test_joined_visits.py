"""Two alerts on one machine are seen to by one visit."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connections

from anomalies.events import AlertConfirmed
from anomalies.models import Alert
from maintenance.models import Absence, Decision, Joining, MaintenanceTask, TaskTransition
from maintenance.services import answer_decision, schedule_task, start_task
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict
from smartmaint.events.models import Delivery, EventRecord
from smartmaint.events.outbox import publish
from smartmaint.events.testing import drain
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import NOW, AbsenceFactory, DecisionFactory, working
from tests.sensors.factories import AssetFactory, SensorFactory

Cause = Alert.Cause
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def pump(organization):
    return AssetFactory(organization=organization)


@pytest.fixture
def caller(organization):
    return Caller(organization, frozenset(), "Petra")


def hear(pump, cause=Cause.ABNORMAL_BEHAVIOUR, at=NOW, **values):
    """Confirm an alert of the machine, and let all follow that follows."""
    sensor = SensorFactory(organization=pump.organization, asset=pump)
    said = {"verdict": "confirmed", "confidence": 0.9, **values}
    alert = AlertFactory(asset=pump, cause=cause, subject_sensor=sensor, **said)
    AlertSensorFactory(alert=alert, sensor=sensor)
    confirm(alert, at)
    return alert


def confirm(alert, at):
    told = {"organization_id": alert.organization_id, "correlation_id": alert.correlation_id}
    publish(AlertConfirmed(**told, alert_id=alert.pk))
    settle(at)


def unsure(pump, at=NOW):
    """Confirm an alert that the policy asks a person about."""
    return hear(pump, at=at, confidence=0.3, priority=4)


def decision_of(pump, **values) -> Decision:
    alert = AlertFactory(asset=pump, subject_sensor=SensorFactory(asset=pump))
    return DecisionFactory(asset=pump, alert=alert, **values)


def settle(at=NOW):
    with time_machine.travel(at, tick=False):
        drain()


def mails_to(technician) -> list[str]:
    return [message.subject for message in mail.outbox if message.to == [technician.email]]


def away_until_thursday(technician) -> Absence:
    return AbsenceFactory(technician=technician, period=(NOW, NOW + timedelta(days=2, hours=12)))


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


def test_what_a_person_would_be_asked_joins_a_visit_that_covers_it(pump):
    working(pump.site, "Ana")
    hear(pump)
    asked = unsure(pump)
    assert not Decision.objects.pending().exists()
    assert MaintenanceTask.objects.get().alerts[1] == asked


def test_a_visit_after_the_question_is_due_is_moved_only_if_a_person_says_so(pump, caller):
    away = away_until_thursday(working(pump.site, "Ana"))
    hear(pump)
    away.delete()
    unsure(pump)
    question = Decision.objects.pending().get()
    assert question.question.endswith("Book Ana on Mon 02 Mar 12:00 (UTC)?")
    answer_decision(decision=question, answer="approve", caller=caller, at=NOW)
    settle()
    task = MaintenanceTask.objects.get()
    assert (task.period.lower, len(task.alerts)) == (NOW, 2)


def test_two_questions_about_a_machine_are_one(pump, caller):
    first, second = unsure(pump), unsure(pump, LATER)
    question = Decision.objects.pending().get()
    assert question.alerts == [first, second]
    assert "and 1 more of this machine" in question.question
    working(pump.site, "Ana")
    answer_decision(decision=question, answer="approve", caller=caller, at=LATER)
    settle(LATER)
    assert MaintenanceTask.objects.get().alerts == [first, second]


def test_a_rejection_holds_for_all_that_the_question_lists(pump, caller):
    _, second = unsure(pump), unsure(pump)
    answer_decision(decision=Decision.objects.pending().get(), answer="reject", caller=caller, at=NOW)
    settle()
    assert not Decision.objects.pending().exists()
    assert not MaintenanceTask.objects.exists()
    confirm(second, LATER)
    assert Decision.objects.pending().get().alerts == [second]
    assert "this was rejected" in Decision.objects.pending().get().question


def test_a_deferred_question_is_asked_again_once_there_is_more_to_it(pump, caller):
    unsure(pump)
    answer_decision(decision=Decision.objects.get(), answer="defer", caller=caller, at=NOW)
    unsure(pump, LATER)
    assert len(Decision.objects.waiting(LATER).get().alerts) == 2


def test_a_question_joins_the_visit_that_the_next_alert_leads_to(pump, caller):
    asked = unsure(pump)
    question = Decision.objects.pending().get()
    ana = working(pump.site, "Ana")
    sure = hear(pump, at=LATER)
    assert MaintenanceTask.objects.get().alerts == [sure, asked]
    assert len(mails_to(ana)) == 1
    assert f"Also: {question.title}" in mail.outbox[-1].body
    with pytest.raises(Conflict, match="part of another visit"):
        answer_decision(decision=question, answer="approve", caller=caller, at=LATER)


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
