from __future__ import annotations

from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from smartmaint.events.consumer import consume
from smartmaint.events.models import Delivery, EventRecord
from smartmaint.events.testing import drain
from tests.events.conftest import answer, messages_due, state_of
from tests.events.words import Answered

LATER = timedelta(days=1)


def answers() -> int:
    return EventRecord.objects.filter(name=Answered.name).count()


def fail(event):
    answer(event)
    raise ValueError("no such pump")


def time_out(event):
    raise SoftTimeLimitExceeded


def test_a_message_that_comes_three_times_takes_effect_once(say, listen):
    listen(answer)
    say(1)
    ((agent, ids),) = messages_due()
    for _ in range(3):
        consume(agent, ids)
    assert answers() == 1


def test_a_duplicate_that_comes_while_the_agent_runs_is_left_out(say, listen):
    def ask_again(event):
        consume(agent, ids)
        answer(event)

    listen(ask_again)
    say(1)
    ((agent, ids),) = messages_due()
    consume(agent, ids)
    assert (answers(), Delivery.objects.get(agent=agent.name).attempts) == (1, 1)


def test_an_agent_ignores_a_message_about_a_delivery_of_another_agent(say, listen):
    listen(answer)
    other = listen(fail, on=Answered)
    (event,) = say(1)
    ((_, ids),) = messages_due()
    consume(other, ids)
    assert state_of(event).state == Delivery.State.SENT


def test_a_failure_undoes_the_effect_keeps_the_error_and_tries_again_later(say, listen):
    listen(fail)
    (event,) = say(1)
    before = timezone.now()
    drain(failures=True)
    delivery = state_of(event)
    assert (answers(), delivery.state, delivery.attempts) == (0, Delivery.State.WAITING, 1)
    assert delivery.error == "ValueError: no such pump"
    assert delivery.due_at >= before + settings.EVENTS_BACKOFF


def test_each_wait_is_four_times_the_one_before(say, listen):
    listen(fail)
    (event,) = say(1)
    waits = []
    for _ in range(3):
        for agent, ids in messages_due(LATER):
            consume(agent, ids)
        waits.append(round((state_of(event).due_at - timezone.now()) / settings.EVENTS_BACKOFF))
    assert waits == [1, 4, 16]


def test_after_five_failures_it_is_a_dead_letter_and_is_not_sent_again(say, listen):
    listen(fail)
    (event,) = say(1)
    for _ in range(7):
        for agent, ids in messages_due(LATER):
            consume(agent, ids)
    assert (state_of(event).state, state_of(event).attempts) == (Delivery.State.DEAD, 5)
    assert messages_due(LATER) == []


def test_a_worker_that_dies_without_a_word_at_each_attempt_leaves_a_dead_letter(say, listen):
    listen(answer)
    (event,) = say(1)
    ((agent, ids),) = messages_due()
    Delivery.objects.update(attempts=5, state=Delivery.State.RUNNING, due_at=timezone.now())
    consume(agent, ids)
    assert (answers(), state_of(event).state) == (0, Delivery.State.DEAD)
    assert "died in attempt 5" in state_of(event).error


def test_running_out_of_time_is_a_failure_and_ends_the_task(say, listen):
    listen(time_out)
    (event,) = say(1)
    ((agent, ids),) = messages_due()
    with pytest.raises(SoftTimeLimitExceeded):
        consume(agent, ids)
    assert state_of(event).state == Delivery.State.WAITING


@pytest.mark.django_db(transaction=True)
def test_an_agent_outside_a_transaction_runs_in_none(say, listen):
    seen = []

    def look(event):
        from django.db import connection

        seen.append(connection.in_atomic_block)

    listen(look, transactional=False)
    say(1)
    drain()
    assert seen == [False]
