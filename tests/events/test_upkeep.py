from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from smartmaint.events.models import DeadLetter, Delivery, EventRecord
from smartmaint.events.tasks import prune_events
from smartmaint.events.testing import drain
from smartmaint.events.upkeep import discard, prune, recall, reclaim, replay
from tests.events.conftest import answer, messages_due, state_of

SOON = timedelta(minutes=1)


def test_a_replayed_dead_letter_gets_its_effect(dead_letter, admin):
    assert replay(DeadLetter.objects.all(), by=admin.user, at=timezone.now()) == 1
    drain(failures=True)
    assert (state_of(dead_letter.event).state, state_of(dead_letter.event).attempts) == (
        Delivery.State.DONE,
        1,
    )


def test_a_discarded_dead_letter_stays_as_the_record(dead_letter, admin):
    discard(DeadLetter.objects.all(), by=admin.user, at=timezone.now())
    drain(failures=True)
    assert state_of(dead_letter.event).state == Delivery.State.DISCARDED
    assert state_of(dead_letter.event).error == "ValueError: no such pump"


def test_who_settled_a_dead_letter_is_written_down(dead_letter, admin):
    discard(DeadLetter.objects.all(), by=admin.user, at=timezone.now())
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin.user, str(state_of(dead_letter.event).pk))
    assert "Discarded after: ValueError: no such pump" in entry.change_message


def test_a_dead_letter_is_settled_once(dead_letter, admin):
    letters = list(DeadLetter.objects.all())
    discard(letters, by=admin.user, at=timezone.now())
    assert replay(letters, by=admin.user, at=timezone.now()) == 0
    assert state_of(dead_letter.event).state == Delivery.State.DISCARDED


def test_an_event_that_could_not_be_read_is_told_again_on_replay(say, listen, admin):
    listen(answer)
    (event,) = say(1)
    EventRecord.objects.update(name="tests.Unknown")
    drain(failures=True)
    EventRecord.objects.update(name=event.name)
    replay(DeadLetter.objects.all(), by=admin.user, at=timezone.now())
    drain()
    assert (state_of(event).agent, state_of(event).state) == ("events.answer", Delivery.State.DONE)


@pytest.mark.parametrize(("age", "due"), [(4, False), (6, True)])
def test_what_a_dead_worker_had_begun_is_due_again_after_a_grace(say, listen, age, due):
    listen(answer)
    (event,) = say(1)
    messages_due()
    at = timezone.now()
    Delivery.objects.update(
        state=Delivery.State.RUNNING, started_at=at - timedelta(seconds=age), due_at=at + SOON
    )
    assert reclaim(at=at) == due
    assert (state_of(event).due_at <= at) == due


def test_after_an_outage_all_that_was_sent_is_sent_again_at_once(say, listen):
    listen(answer)
    (event,) = say(1)
    messages_due()
    assert messages_due() == []
    recall(at=timezone.now())
    assert len(messages_due()) == 1
    assert state_of(event).sends == 1


def test_pruning_deletes_what_is_told_and_settled_and_keeps_the_rest(say, listen):
    listen(answer)
    _, letter, discarded, waiting = say(1, 2, 3, 4)
    drain()
    for event, state in ((letter, "dead"), (discarded, "discarded"), (waiting, "waiting")):
        Delivery.objects.filter(event=event.event_id).update(state=state)
    (untold,) = say(5)
    prune(before=timezone.now() + SOON)
    left = set(EventRecord.objects.filter(name=untold.name).values_list("event_id", flat=True))
    assert left == {letter.event_id, waiting.event_id, untold.event_id}


def test_the_clock_prunes_after_the_retention_only(say, listen, settings):
    say(1)
    drain()
    prune_events()
    assert EventRecord.objects.count() == 1
    settings.EVENTS_RETENTION = timedelta(0)
    prune_events()
    assert not EventRecord.objects.exists()
