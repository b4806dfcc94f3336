from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections

from smartmaint.events.consumer import consume
from smartmaint.events.models import Delivery, EventRecord
from smartmaint.events.testing import drain
from tests.events.conftest import answer, messages_due, state_of
from tests.events.words import Answered

LATER = timedelta(days=1)
calls: list[list[int]] = []


def hear(events):
    calls.append([event.number for event in events])
    for event in events:
        if event.number < 0:
            raise ValueError("poison")
        answer(event)


def answered() -> list[int]:
    records = EventRecord.objects.filter(name=Answered.name)
    return sorted(record.payload["number"] for record in records)


def test_a_batch_agent_hears_all_that_waits_at_once(say, listen):
    calls.clear()
    listen(hear, batch=True)
    say(*range(300))
    drain()
    assert calls == [list(range(300))]


def test_organizations_do_not_share_a_batch(say, listen, other_organization):
    calls.clear()
    listen(hear, batch=True)
    say(1, 2)
    say(3, organization=other_organization)
    drain()
    assert sorted(calls) == [[1, 2], [3]]


def test_while_a_batch_is_under_way_the_next_one_gathers(say, listen):
    listen(hear, batch=True)
    say(1)
    ((agent, first),) = messages_due()
    say(2, 3)
    assert messages_due() == []
    consume(agent, first)
    ((_, second),) = messages_due()
    assert len(second) == 2


def test_a_long_gathering_does_not_hold_back_other_agents(say, listen):
    listen(hear, batch=True)
    say(0)
    messages_due()
    say(*range(600))
    for _ in range(2):
        assert messages_due() == []
    listen(answer)
    say(1)
    assert [agent.name for agent, _ in messages_due()] == ["events.answer"]


def test_a_poison_event_takes_no_companions_along(say, listen):
    calls.clear()
    listen(hear, batch=True)
    *good, poison = say(1, 2, 3, -1)
    drain(failures=True)
    assert answered() == [1, 2, 3]
    assert [state_of(event).state for event in good] == [Delivery.State.DONE] * 3
    assert (state_of(poison).state, state_of(poison).attempts) == (Delivery.State.WAITING, 2)


def test_an_event_that_cannot_be_read_takes_no_companions_along(say, listen):
    listen(hear, batch=True)
    _, broken, _ = say(1, 2, 3)
    messages = messages_due()
    EventRecord.objects.filter(pk=broken.event_id).update(payload={"number": "many"})
    for agent, ids in messages:
        consume(agent, ids)
    assert answered() == [1, 3]
    assert "ValidationError" in state_of(broken).error


def test_a_poison_event_dies_after_five_attempts_while_others_flow(say, listen):
    listen(hear, batch=True)
    (poison,) = say(-1)
    for number in range(1, 7):
        say(number)
        for agent, ids in messages_due(LATER):
            consume(agent, ids)
    assert answered() == [1, 2, 3, 4, 5, 6]
    assert (state_of(poison).state, state_of(poison).attempts) == (Delivery.State.DEAD, 5)


def test_after_a_worker_died_in_a_batch_each_event_goes_alone_the_least_tried_first(say, listen):
    calls.clear()
    listen(hear, batch=True)
    killer, victim, _ = say(1, 2, 3)
    ((agent, ids),) = messages_due()
    for event, attempts in ((killer, 2), (victim, 1)):
        Delivery.objects.filter(event=event.event_id).update(attempts=attempts)
    consume(agent, ids)
    assert calls == [[3], [2], [1]]


def test_a_backlog_waits_in_the_database_and_not_on_the_queue(say, listen):
    listen(answer)
    say(*range(1200))
    sent = sum(len(messages_due()) for _ in range(5))
    assert sent == 500
    assert Delivery.objects.filter(state=Delivery.State.WAITING).count() == 700


@pytest.mark.django_db(transaction=True)
def test_two_batches_of_an_organization_never_run_at_the_same_time(say, listen, organization):
    listen(hear, batch=True)
    say(1, 2)
    ((agent, ids),) = messages_due()
    lane = f"SELECT pg_advisory_{{}}lock(hashtextextended('{agent.name}:{organization.pk}', 0))"
    with connections["default"].copy().cursor() as other_worker:
        other_worker.execute(lane.format(""))
        consume(agent, ids)
        assert answered() == []
        other_worker.execute(lane.format("un"))
        other_worker.connection.close()
    for agent, ids in messages_due(LATER):
        consume(agent, ids)
    assert answered() == [1, 2]
