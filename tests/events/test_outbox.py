from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction

from smartmaint.events.context import journey
from smartmaint.events.models import EventRecord
from smartmaint.events.outbox import PublishedOutsideTransaction, publish
from smartmaint.events.testing import drain
from tests.events.conftest import answer
from tests.events.words import Answered, Asked


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_publish_outside_a_transaction():
    with pytest.raises(PublishedOutsideTransaction):
        publish(Asked(organization_id=1))


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_change_that_was_rolled_back_was_never_said(organization):
    with transaction.atomic():
        publish(Asked(organization_id=organization.pk))
        transaction.set_rollback(True)
    assert not EventRecord.objects.exists()


def test_events_keep_the_order_in_which_they_were_published(say):
    said = say(*range(20))
    stored = EventRecord.objects.order_by("published_at").values_list("event_id", flat=True)
    assert list(stored) == [event.event_id for event in said]


def test_an_event_that_an_agent_says_carries_the_journey_and_its_cause(organization, listen):
    listen(answer)
    correlation_id = uuid4()
    with journey(correlation_id):
        publish(question := Asked(organization_id=organization.pk))
    drain()
    said = EventRecord.objects.get(name=Answered.name)
    assert (said.correlation_id, said.caused_by) == (correlation_id, question.event_id)


def test_two_events_without_a_journey_begin_one_each(say):
    first, second = say(1, 2)
    assert first.correlation_id != second.correlation_id


def test_an_event_comes_back_from_the_database_as_it_was(say):
    (event,) = say(7)
    assert EventRecord.objects.get().restore() == event
