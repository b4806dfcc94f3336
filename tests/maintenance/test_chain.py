"""From a confirmed alert to a booking that somebody is told of, by the real agents."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from anomalies.events import AlertConfirmed
from anomalies.models import Alert
from maintenance.models import Absence, Decision, MaintenanceTask, Notification, Prediction
from smartmaint.events.models import Delivery, EventRecord
from smartmaint.events.outbox import publish
from smartmaint.events.testing import drain
from tests.accounts.factories import MembershipFactory
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import NOW, AbsenceFactory, working


@pytest.fixture
def confirmed(organization):
    alert = AlertFactory(asset__organization=organization, verdict="confirmed", confidence=0.9)
    AlertSensorFactory(alert=alert)
    return alert


def hear(alert: Alert) -> None:
    publish(
        AlertConfirmed(
            organization_id=alert.organization_id, correlation_id=alert.correlation_id, alert_id=alert.pk
        )
    )
    with time_machine.travel(NOW, tick=False):
        drain()


def test_a_confirmed_alert_ends_in_a_booking_that_the_technician_is_told_of(confirmed):
    ana = working(confirmed.asset.site, "Ana")
    hear(confirmed)
    task = MaintenanceTask.objects.get()
    assert (task.technician, task.alert, task.correlation_id) == (ana, confirmed, confirmed.correlation_id)
    assert task.period.lower == NOW
    assert [message.to for message in mail.outbox if task.title in message.subject] == [[ana.email]]


def test_every_step_of_the_journey_carries_its_id(confirmed):
    working(confirmed.asset.site, "Ana")
    hear(confirmed)
    names = set(
        EventRecord.objects.filter(correlation_id=confirmed.correlation_id).values_list("name", flat=True)
    )
    assert names >= {
        "anomalies.AlertConfirmed",
        "maintenance.FailurePredicted",
        "maintenance.ActionDecided",
        "maintenance.TaskScheduled",
        "maintenance.NotificationQueued",
    }


def test_hearing_it_twice_changes_nothing(confirmed):
    working(confirmed.asset.site, "Ana")
    hear(confirmed)
    mails = len(mail.outbox)
    before = [model.objects.count() for model in (Prediction, Decision, MaintenanceTask)]
    Delivery.objects.update(state=Delivery.State.WAITING, due_at=NOW, attempts=0)
    with time_machine.travel(NOW, tick=False):
        drain()
    assert [model.objects.count() for model in (Prediction, Decision, MaintenanceTask)] == before == [1, 1, 1]
    assert len(mail.outbox) == mails


def test_a_person_is_asked_with_the_reason_when_everybody_is_absent(confirmed):
    planner = MembershipFactory(organization=confirmed.organization, role="planner").user
    AbsenceFactory(technician=working(confirmed.asset.site, "Ana"))
    hear(confirmed)
    asked = Decision.objects.pending().get()
    assert not MaintenanceTask.objects.exists()
    assert "Ana: is away." in asked.reasons
    assert any(message.to == [planner.email] for message in mail.outbox)


def test_a_person_is_asked_when_there_is_no_technician_at_all(confirmed):
    hear(confirmed)
    assert "There is no technician." in Decision.objects.pending().get().question


def test_work_that_nobody_can_do_in_time_is_proposed_for_later(confirmed):
    ana = working(confirmed.asset.site, "Ana")
    Absence.objects.create(technician=ana, period=(NOW - timedelta(days=1), NOW + timedelta(days=10)))
    hear(confirmed)
    proposal = Decision.objects.pending().get().proposal
    assert proposal["technician"] == "Ana"
    assert proposal["start"] == "2026-03-12T12:00:00+00:00"


def test_an_alert_from_filled_in_history_books_nobody(confirmed):
    working(confirmed.asset.site, "Ana")
    Alert.objects.update(historical=True)
    hear(confirmed)
    assert not Prediction.objects.exists()
    assert not Notification.objects.exists()
