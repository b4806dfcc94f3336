"""In the worker: count the attempt, run the agent, and write "done" in the same transaction."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from smartmaint.events.agents import Agent
from smartmaint.events.context import journey
from smartmaint.events.models import Delivery

logger = logging.getLogger(__name__)

State = Delivery.State


def consume(agent: Agent, delivery_ids: list[int]) -> None:
    """Run the agent on the deliveries' events, once in effect however often this is called."""
    if not _begin(delivery_ids):
        return
    try:
        with _transaction(agent):
            deliveries = _take(delivery_ids)
            if deliveries:
                _run(agent, deliveries)
                _finish(deliveries)
    except Exception as error:
        logger.exception("%s failed on %d events", agent.name, len(delivery_ids))
        _fail(delivery_ids, error)


def _transaction(agent: Agent) -> AbstractContextManager[object]:
    return transaction.atomic() if agent.transactional else nullcontext()


def _begin(delivery_ids: list[int]) -> int:
    """Count the attempt in a transaction of its own, so that an attempt that kills the process counts."""
    at = timezone.now()
    open_ = Delivery.objects.open().filter(pk__in=delivery_ids)
    open_.filter(attempts__gte=settings.EVENTS_MAX_ATTEMPTS).update(
        state=State.DEAD, finished_at=at, error="The worker ended without an answer at each attempt."
    )
    return open_.update(
        state=State.RUNNING, attempts=F("attempts") + 1, started_at=at, due_at=at + settings.EVENTS_LEASE
    )


def _take(delivery_ids: list[int]) -> list[Delivery]:
    """Lock what is still to be done; a second worker with the same message waits here, then finds nothing."""
    rows = Delivery.objects.filter(pk__in=delivery_ids, state=State.RUNNING).select_related("event")
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update(of=("self",))
    return list(rows.order_by("event__published_at", "pk"))


def _run(agent: Agent, deliveries: list[Delivery]) -> None:
    events = [delivery.event.restore() for delivery in deliveries]
    first = events[0]
    with journey(first.correlation_id, first.event_id):
        agent.function(events if agent.batch else first)


def _finish(deliveries: list[Delivery]) -> None:
    ids = [delivery.pk for delivery in deliveries]
    Delivery.objects.filter(pk__in=ids).update(state=State.DONE, finished_at=timezone.now(), error="")


def _fail(delivery_ids: list[int], error: Exception) -> None:
    at = timezone.now()
    text = f"{type(error).__name__}: {error}"[:2000]
    for delivery in Delivery.objects.filter(pk__in=delivery_ids, state=State.RUNNING):
        spent = delivery.attempts >= settings.EVENTS_MAX_ATTEMPTS
        Delivery.objects.filter(pk=delivery.pk, state=State.RUNNING).update(
            state=State.DEAD if spent else State.WAITING,
            due_at=at + timedelta(seconds=2**delivery.attempts),
            finished_at=at if spent else None,
            error=text,
        )
