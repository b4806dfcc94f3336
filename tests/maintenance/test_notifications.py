from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections

from anomalies.events import AlertConfirmed, AlertEnded
from maintenance import messages, notify
from maintenance.models import Notification
from maintenance.services import announce, deliver_due, deliver_notification
from maintenance.services.delivery import LEASE, MOST_ATTEMPTS
from smartmaint.events.models import EventRecord
from tests.accounts.factories import MembershipFactory
from tests.anomalies.factories import AlertFactory
from tests.maintenance.factories import NOW, NotificationFactory, QuestionFactory, TaskFactory


def confirmed(organization, **values):
    alert = AlertFactory(asset__organization=organization, **values)
    return AlertConfirmed(organization_id=organization.pk, alert_id=alert.pk)


def recipients() -> list[str]:
    return list(Notification.objects.order_by("recipient").values_list("recipient", flat=True))


def test_operators_hear_of_a_confirmed_alert(organization):
    for role in ("operator", "viewer", "planner"):
        MembershipFactory(organization=organization, role=role, user__email=f"{role}@acme.example")
    announce(event=confirmed(organization), at=NOW)
    assert recipients() == ["operator@acme.example"]


def test_administrators_hear_where_nobody_else_has_an_address(organization):
    MembershipFactory(organization=organization, role="operator", user__email="")
    MembershipFactory(organization=organization, role="admin", user__email="admin@acme.example")
    announce(event=confirmed(organization), at=NOW)
    assert recipients() == ["admin@acme.example"]


def test_the_log_hears_where_nobody_has_an_address(organization, caplog):
    (row,) = announce(event=confirmed(organization), at=NOW)
    assert deliver_notification(notification_id=row.pk, at=NOW)
    assert row.channel == Notification.Channel.CONSOLE
    assert row.subject in caplog.text


@pytest.mark.parametrize("values", [{"priority": 4}, {"historical": True}])
def test_notes_and_history_page_nobody(organization, values):
    assert announce(event=confirmed(organization, **values), at=NOW) == []


def test_hearing_an_event_twice_queues_once(organization):
    event = confirmed(organization)
    first, second = (announce(event=event, at=NOW) for _ in range(2))
    assert (len(first), second) == (1, [])
    assert EventRecord.objects.filter(name="maintenance.NotificationQueued").count() == 1


def test_planners_hear_when_the_trouble_goes_away_and_the_visit_stays(organization):
    MembershipFactory(organization=organization, role="planner", user__email="planner@acme.example")
    alert = AlertFactory(asset__organization=organization, ended_at=NOW)
    task = TaskFactory(asset=alert.asset, alert=alert)
    announce(event=AlertEnded(organization_id=organization.pk, alert_id=alert.pk), at=NOW)
    assert task.trouble_is_over
    assert recipients() == ["planner@acme.example"]
    assert task.title in Notification.objects.get().body


def test_each_message_leads_to_what_it_is_about(organization, planner, settings):
    settings.BASE_URL = "https://smartmaint.example.com"
    alert = AlertFactory(asset__organization=organization)
    question, task = QuestionFactory(asset=alert.asset), TaskFactory(asset=alert.asset, alert=alert)
    told = [messages.of_alert(alert), messages.of_decision(question)]
    told += [word(task) for word in (messages.of_task, messages.of_moved_task, messages.of_cancelled_task)]
    told.append(messages.of_ended_alert(alert, [task]))
    links = [message.body.rpartition("\n")[2] for message in told]
    assert links[1] == f"https://smartmaint.example.com/decisions/#decision-{question.request_id}"
    assert links[2] == f"https://smartmaint.example.com/work/{task.uid}/"
    for link in links:
        assert planner.get(link.removeprefix("https://smartmaint.example.com")).status_code == 200


def test_a_message_is_sent_once_and_marked(db):
    row = NotificationFactory()
    assert [deliver_notification(notification_id=row.pk, at=NOW) for _ in range(2)] == [True, False]
    row.refresh_from_db()
    assert (row.status, row.sent_at, row.attempts) == (Notification.Status.SENT, NOW, 1)
    assert [message.to for message in mail.outbox] == [["ana@example.com"]]


def broken(notification):
    raise ConnectionRefusedError("no mail server")


def test_what_fails_is_tried_again_later_and_given_up_on_in_the_open(db, monkeypatch):
    monkeypatch.setitem(notify.CHANNELS, "email", broken)
    row, at, waits = NotificationFactory(), NOW, []
    for _ in range(MOST_ATTEMPTS):
        assert deliver_due(at=at) == 0
        row.refresh_from_db()
        waits.append((row.due_at - at).total_seconds())
        at = row.due_at
    assert waits == [30, 60, 120, 240, 480]
    assert (row.status, row.error) == (Notification.Status.FAILED, "ConnectionRefusedError: no mail server")
    assert not Notification.objects.due(at + timedelta(days=1)).exists()


def test_one_that_fails_holds_no_other_back(db, monkeypatch):
    sent = []
    fails = NotificationFactory(subject="bad")
    NotificationFactory(subject="good")
    send = lambda row: broken(row) if row.pk == fails.pk else sent.append(row.subject)  # noqa: E731
    monkeypatch.setitem(notify.CHANNELS, "email", send)
    assert deliver_due(at=NOW) == 1
    assert sent == ["good"]


def test_the_message_of_a_sender_that_died_goes_out_when_its_lease_ends(db):
    NotificationFactory(status=Notification.Status.SENDING, attempts=1, due_at=NOW + LEASE)
    assert deliver_due(at=NOW + LEASE / 2) == 0
    assert deliver_due(at=NOW + LEASE) == 1


def test_a_message_that_kills_its_senders_is_given_up_on(db):
    NotificationFactory(status=Notification.Status.SENDING, attempts=MOST_ATTEMPTS)
    assert deliver_due(at=NOW) == 0
    assert "ended without an answer" in Notification.objects.get(status="failed").error


def test_a_subject_of_several_lines_cannot_smuggle_a_header_in(db):
    row = NotificationFactory(subject="Pump\nBcc: all@example.com")
    assert deliver_notification(notification_id=row.pk, at=NOW)
    assert mail.outbox[0].subject == "Pump Bcc: all@example.com"


@pytest.mark.django_db(transaction=True)
def test_of_many_senders_at_once_one_sends():
    row, barrier = NotificationFactory(), threading.Barrier(8)

    def deliver(_: int) -> bool:
        barrier.wait()
        try:
            return deliver_notification(notification_id=row.pk, at=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(deliver, range(8))) == 1
    assert len(mail.outbox) == 1
