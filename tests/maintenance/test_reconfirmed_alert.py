"""An alert that was dismissed and is confirmed again ends in a booking or a question, never in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from anomalies.events import AlertConfirmed
from maintenance.models import Decision, MaintenanceTask
from maintenance.services import answer_decision, cancel_task
from smartmaint.accounts.callers import Caller
from smartmaint.events.outbox import publish
from smartmaint.events.testing import drain
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import NOW, working

LATER = NOW + timedelta(days=1)


@pytest.fixture
def alert(organization):
    alert = AlertFactory(asset__organization=organization, verdict="confirmed", confidence=0.9)
    AlertSensorFactory(alert=alert)
    return alert


@pytest.fixture
def caller(organization):
    return Caller(organization, frozenset(), "Petra")


def confirm(alert, at=NOW):
    envelope = {"organization_id": alert.organization_id, "correlation_id": alert.correlation_id}
    publish(AlertConfirmed(**envelope, alert_id=alert.pk))
    with time_machine.travel(at, tick=False):
        drain()


def test_a_person_is_asked_again_after_a_rejection(alert, caller):
    confirm(alert)
    first = Decision.objects.pending().get()
    answer_decision(decision=first, answer="reject", caller=caller, justification="no", at=NOW)
    confirm(alert, LATER)
    again = Decision.objects.pending().get()
    assert again.follows == first
    assert "confirmed again; before, this was rejected" in again.question
    assert again.due_at > LATER
    confirm(alert, LATER)
    assert Decision.objects.pending().get() == again


def test_a_person_is_asked_after_a_cancelled_visit_and_can_book_again(alert, caller):
    working(alert.asset.site, "Ana")
    confirm(alert)
    cancel_task(task=MaintenanceTask.objects.get(), caller=caller, reason="dismissed", at=NOW)
    confirm(alert, LATER)
    again = Decision.objects.pending().get()
    assert again.proposal["technician"] == "Ana"
    answer_decision(decision=again, answer="approve", caller=caller, at=LATER)
    with time_machine.travel(LATER, tick=False):
        drain()
    assert MaintenanceTask.objects.active().get().decision == again


def test_a_visit_that_stands_is_enough(alert):
    working(alert.asset.site, "Ana")
    confirm(alert)
    confirm(alert, LATER)
    assert (MaintenanceTask.objects.count(), Decision.objects.count()) == (1, 1)


@pytest.mark.parametrize(("priority", "asked"), [(4, 0), (1, 1)])
def test_what_is_watched_is_asked_about_once_the_policy_would_not_watch_any_more(alert, priority, asked):
    alert.confidence, alert.priority, alert.asset.criticality = 0.3, 4, 3
    alert.asset.save()
    alert.save()
    confirm(alert)
    assert Decision.objects.get().action == "watch"
    alert.priority, alert.confidence = priority, 0.9
    alert.save()
    confirm(alert, LATER)
    assert Decision.objects.pending().count() == asked
