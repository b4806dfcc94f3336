from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from kombu.exceptions import BatchPublishError

from smartmaint.events.models import Delivery, EventRecord
from smartmaint.events.relay import QueueOutOfReach, relay_once
from smartmaint.events.testing import drain
from tests.events.conftest import answer, messages_due, state_of
from tests.events.words import Asked


def refuse(messages):
    raise BatchPublishError("Redis publish batch failed; delivery is uncertain")


@pytest.fixture
def receive():
    """Connect a receiver as any app may, for the length of the test."""
    connected = []

    def connect(function):
        Asked.signal.connect(function)
        connected.append(function)

    yield connect
    for function in connected:
        Asked.signal.disconnect(function)


def test_any_app_may_receive_an_event_by_its_signal(say, receive):
    heard = []

    def note(sender, event, **_):
        heard.append(event)

    receive(note)
    said = say(1, 2)
    drain()
    assert heard == said


def test_a_failing_receiver_stops_neither_the_relay_nor_the_agents(say, listen, receive):
    def stumble(**_):
        raise ZeroDivisionError

    receive(stumble)
    listen(answer)
    (event,) = say(1)
    drain()
    assert state_of(event).state == Delivery.State.DONE


def test_a_receiver_that_breaks_its_transaction_stops_nobody(say, listen, receive):
    def break_it(**_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    receive(break_it)
    listen(answer)
    events = say(1, 2)
    drain()
    assert [state_of(event).state for event in events] == [Delivery.State.DONE] * 2


def test_an_event_of_an_unknown_class_is_set_aside_and_the_others_go_on(say, listen):
    listen(answer)
    strange, known = say(1, 2)
    EventRecord.objects.filter(pk=strange.event_id).update(name="old.Forgotten")
    drain(failures=True)
    letter = state_of(strange)
    assert (letter.state, letter.agent) == (Delivery.State.DEAD, Delivery.RELAY)
    assert "old.Forgotten" in letter.error
    assert state_of(known).state == Delivery.State.DONE


def test_what_waits_for_an_agent_that_no_longer_exists_becomes_a_dead_letter(say, listen):
    listen(answer)
    (event,) = say(1)
    messages_due()
    Delivery.objects.update(agent="events.gone", due_at=timezone.now())
    drain(failures=True)
    assert state_of(event).state == Delivery.State.DEAD
    assert "no agent events.gone" in state_of(event).error


def test_a_queue_out_of_reach_costs_nothing_but_time(say, listen):
    listen(answer)
    (event,) = say(1)
    with pytest.raises(QueueOutOfReach):
        relay_once(send=refuse)
    assert (state_of(event).state, state_of(event).sends) == (Delivery.State.WAITING, 0)
    drain()
    assert state_of(event).state == Delivery.State.DONE


def test_what_was_sent_and_never_began_is_sent_again_ever_more_rarely(say, listen):
    listen(answer)
    (event,) = say(1)
    at = timezone.now()
    leases = []
    for _ in range(7):
        relay_once(at=at, send=lambda messages: None)
        leases.append(round((state_of(event).due_at - at).total_seconds()))
        at = state_of(event).due_at
    assert leases == [30, 60, 120, 240, 480, 600, 600]


def test_what_was_sent_is_not_sent_again_before_its_lease_ends(say, listen):
    listen(answer)
    say(1)
    assert len(messages_due()) == 1
    assert messages_due(timedelta(seconds=29)) == []
