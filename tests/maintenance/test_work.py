"""A booking's life: started, completed with a finding, cancelled, moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from anomalies.models import Alert, AlertTransition, Baseline
from maintenance.models import MaintenanceTask, TaskTransition
from maintenance.services import cancel_task, complete_task, reschedule_task, start_task
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.models import EventRecord
from smartmaint.events.testing import drain
from tests.accounts.factories import MembershipFactory
from tests.anomalies.factories import AlertFactory
from tests.maintenance.factories import NOW, TaskFactory, TechnicianFactory
from tests.sensors.factories import SensorFactory


@pytest.fixture
def task(organization):
    alert = AlertFactory(asset__organization=organization, verdict="confirmed")
    return TaskFactory(asset=alert.asset, alert=alert)


@pytest.fixture
def caller(organization):
    return Caller.of_membership(MembershipFactory(organization=organization, role="technician"))


def test_completing_writes_the_log_and_resolves_the_alert(task, caller):
    start_task(task=task, caller=caller, at=NOW)
    log = complete_task(
        task=task, caller=caller, finding="true", failure_mode="vib", notes="Bearing worn.", at=NOW
    )
    assert (log.finding, log.failure_mode, log.by) == ("true", "VIB", caller.user)
    assert Alert.objects.get().state == Alert.State.NORMAL
    assert EventRecord.objects.filter(name="maintenance.TaskCompleted").count() == 1


def test_a_finding_of_nothing_wrong_is_remembered_as_a_false_alarm(task, caller):
    complete_task(task=task, caller=caller, finding="false", at=NOW)
    assert AlertTransition.objects.get().action == "resolved_as_false"


def test_parts_that_were_replaced_begin_a_new_normal_where_the_technician_says_so(task, caller):
    sensors = [SensorFactory(organization=task.organization, asset=task.asset) for _ in range(2)]
    elsewhere = SensorFactory(organization=task.organization)
    complete_task(task=task, caller=caller, finding="true", notes="New bearing.", new_baseline=True, at=NOW)
    rows = Baseline.objects.all()
    assert {row.sensor for row in rows} == set(sensors) != {elsewhere}
    reason = f"{task.title}: true: there was a fault. New bearing."
    assert {(row.actor, row.reason, row.at) for row in rows} == {(caller.name, reason, NOW)}
    said = TaskTransition.objects.get(action="learns_anew")
    assert "learnt anew, from 2 sensors" in said.reason
    assert Alert.objects.get().state == Alert.State.NORMAL


def test_nothing_is_learnt_anew_unasked_or_where_nothing_measures(task, caller):
    with pytest.raises(Unprocessable, match="no sensor"):
        complete_task(task=task, caller=caller, finding="true", new_baseline=True, at=NOW)
    task.refresh_from_db()
    assert task.status == "scheduled"
    SensorFactory(organization=task.organization, asset=task.asset)
    complete_task(task=task, caller=caller, finding="true", at=NOW)
    assert not Baseline.objects.exists()


def test_completing_leaves_an_alert_alone_that_is_closed_already(task, caller):
    Alert.objects.update(state=Alert.State.NORMAL, closed_at=NOW)
    task.refresh_from_db()
    assert complete_task(task=task, caller=caller, finding="early", at=NOW)


def test_each_step_is_kept_with_who_and_when(task, caller):
    start_task(task=task, caller=caller, at=NOW)
    cancel_task(task=task, caller=caller, reason="The line stands still.", at=NOW)
    steps = TaskTransition.objects.order_by("pk").values_list("action", "actor", "to_status", "reason")
    assert list(steps) == [
        ("started", caller.name, "in_progress", ""),
        ("cancelled", caller.name, "cancelled", "The line stands still."),
    ]


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_is_over_cannot_be_changed(task, caller, status):
    MaintenanceTask.objects.update(status=status)
    for change in (
        lambda: start_task(task=task, caller=caller, at=NOW),
        lambda: complete_task(task=task, caller=caller, finding="true", at=NOW),
        lambda: cancel_task(task=task, caller=caller, reason="no", at=NOW),
        lambda: reschedule_task(task=task, caller=caller, start=NOW + timedelta(days=1), at=NOW),
    ):
        with pytest.raises(Conflict, match=status):
            change()


def test_nothing_is_cancelled_without_a_reason_or_completed_without_a_finding(task, caller):
    with pytest.raises(Unprocessable):
        cancel_task(task=task, caller=caller, reason=" ", at=NOW)
    with pytest.raises(Unprocessable):
        complete_task(task=task, caller=caller, finding="perhaps", at=NOW)


def test_a_cancelled_task_frees_its_time(task, caller):
    cancel_task(task=task, caller=caller, reason="not needed", at=NOW)
    assert TaskFactory(technician=task.technician, asset=task.asset, period=task.period).pk


def test_a_task_moves_to_another_time_and_keeps_its_length(task, caller):
    moved = reschedule_task(task=task, caller=caller, start=NOW + timedelta(days=1), at=NOW)
    assert (moved.period.lower, moved.period.upper) == (NOW + timedelta(hours=24), NOW + timedelta(hours=26))
    assert "It was" in TaskTransition.objects.get().reason


def test_moving_onto_another_booking_says_which(task, caller):
    other = TechnicianFactory(site=task.asset.site, name="Bruno")
    TaskFactory(technician=other, asset=task.asset, period=task.period, title="Change the filter")
    with pytest.raises(Conflict, match=r"Bruno is booked Mon 02 Mar 13:00 to 15:00 UTC: Change the filter\."):
        reschedule_task(task=task, caller=caller, technician=other, at=NOW)
    assert MaintenanceTask.objects.get(pk=task.pk).technician != other


def test_a_task_is_not_moved_into_the_past_or_to_a_stranger(task, caller):
    for wrong in ({"start": NOW - timedelta(hours=1)}, {"technician": TechnicianFactory()}):
        with pytest.raises(Unprocessable):
            reschedule_task(task=task, caller=caller, at=NOW, **wrong)


def test_the_technician_hears_of_what_changed(task, caller):
    reschedule_task(task=task, caller=caller, start=NOW + timedelta(days=1), at=NOW)
    cancel_task(task=task, caller=caller, reason="not needed", at=NOW)
    drain()
    told = [message for message in mail.outbox if message.to == [task.technician.email]]
    assert sorted(message.subject.split()[0] for message in told) == ["Cancelled:", "Moved"]
