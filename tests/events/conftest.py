from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from smartmaint.accounts.models import Organization
from smartmaint.events.agents import AGENTS, Agent, agent
from smartmaint.events.models import Delivery
from smartmaint.events.outbox import publish
from smartmaint.events.relay import claim_due, hand_out
from tests.events.words import Answered, Asked

Listen = Callable[..., Agent]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Make a function an agent for the length of the test: `listen(function, batch=True)`."""
    made: list[Agent] = []

    def make(function: Callable[[Any], None], on: Any = Asked, **options: Any) -> Agent:
        agent(on=on, **options)(function)
        made.append(AGENTS[f"events.{function.__name__}"])
        return made[-1]

    yield make
    for one in made:
        del AGENTS[one.name], one.task.app.tasks[one.name]
        for event in one.events:
            event.signal.disconnect(sender=event, dispatch_uid=one.name)


@pytest.fixture
def say(organization: Organization) -> Callable[..., list[Asked]]:
    """Publish questions with these numbers."""

    def publish_numbers(*numbers: int, organization: Organization = organization) -> list[Asked]:
        events = [Asked(organization_id=organization.pk, number=number) for number in numbers]
        with transaction.atomic():
            publish(*events)
        return events

    return publish_numbers


def answer(event: Asked) -> None:
    """An agent whose effect can be counted: it publishes an answer."""
    publish(Answered(organization_id=event.organization_id, number=event.number))


def state_of(event: Asked) -> Delivery:
    return Delivery.objects.get(event_id=event.event_id)


def messages_due(after: timedelta = timedelta(0)) -> list[tuple[Agent, list[int]]]:
    """Hand out what is pending and claim what is due `after` now."""
    at: datetime = timezone.now()
    hand_out(at)
    return claim_due(at + after)


@pytest.fixture
def dead_letter(say: Any, listen: Listen) -> Delivery:
    """A dead letter of the agent `answer`, which works again."""
    listen(answer)
    (event,) = say(1)
    messages_due()
    Delivery.objects.update(
        state=Delivery.State.DEAD,
        attempts=5,
        error="ValueError: no such pump",
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    return state_of(event)
