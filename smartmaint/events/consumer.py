"""In the worker: count the attempt, run the agent, and write "done" in the same transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from smartmaint.events.connections import commit_lazily
from smartmaint.events.context import journey
from smartmaint.events.models import Delivery

if TYPE_CHECKING:
    from smartmaint.events.agents import Agent

logger = logging.getLogger(__name__)

State = Delivery.State
LANE_TAKEN = timedelta(seconds=1)  # until a batch that met another one is sent again


def consume(agent: Agent, delivery_ids: list[int]) -> None:
    """Run the agent on the deliveries' events, once in effect however often this is called.

    A batch agent gets what it has not yet tried in one call. Where that fails, and on every later attempt,
    each event goes alone, the least tried first: a poison event takes no companions along.

    Raises:
        SoftTimeLimitExceeded: the time is up; what was not begun is sent again.
    """
    if not agent.batch:
        for delivery_id in delivery_ids:
            _attempt(agent, [delivery_id])
        return
    with _alone_in_lane(agent, delivery_ids) as alone:
        if alone:
            _consume_batch(agent, delivery_ids)
        else:
            _put_back(delivery_ids)


@contextmanager
def _alone_in_lane(agent: Agent, delivery_ids: list[int]) -> Iterator[bool]:
    """Tell whether no other worker runs this batch agent for this organization, and keep it so.

    The relay sends one batch at a time, but sends again what waits too long on a slow queue. The lock is the
    connection's: it ends with the worker, however that ends.
    """
    organization_ids = Delivery.objects.filter(pk__in=delivery_ids).values_list("organization_id", flat=True)
    lane = f"{agent.name}:{organization_ids.first()}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [lane])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [lane])


def _put_back(delivery_ids: list[int]) -> None:
    sent = Delivery.objects.filter(pk__in=delivery_ids, state=State.SENT)
    sent.update(state=State.WAITING, due_at=timezone.now() + LANE_TAKEN)


def _consume_batch(agent: Agent, delivery_ids: list[int]) -> None:
    rows = Delivery.objects.open().filter(pk__in=delivery_ids).order_by("attempts", "pk")
    attempts = dict(rows.values_list("pk", "attempts"))
    together = [pk for pk in attempts if not attempts[pk]]
    alone = [pk for pk in attempts if attempts[pk]]
    if together and not _attempt(agent, together) and len(together) > 1:
        alone = together + alone
    for delivery_id in alone:
        _attempt(agent, [delivery_id])


def _attempt(agent: Agent, delivery_ids: list[int]) -> bool:
    """Try once. False when the agent failed; true when it succeeded or there was nothing to do."""
    begun = _begin(agent, delivery_ids)
    if not begun:
        return True
    try:
        with _transaction(agent):
            deliveries = _take(agent, begun)
            if deliveries:
                _run(agent, deliveries)
                _finish(deliveries)
        return True
    except Exception as error:
        logger.exception("%s failed on %d events", agent.name, len(begun))
        _fail(begun, error)
        if isinstance(error, SoftTimeLimitExceeded):
            raise
        return False


def _transaction(agent: Agent) -> AbstractContextManager[object]:
    return transaction.atomic() if agent.transactional else nullcontext()


@transaction.atomic
def _begin(agent: Agent, delivery_ids: list[int]) -> list[int]:
    """Count the attempt in a transaction of its own, so that an attempt that kills the process counts.

    Rows that another worker holds or has begun are left out: this message is a duplicate for them.
    """
    commit_lazily()
    at = timezone.now()
    mine = Delivery.objects.filter(agent=agent.name, pk__in=delivery_ids)
    free = mine.startable(at).select_for_update(skip_locked=True)
    attempts = dict(free.values_list("pk", "attempts"))
    spent = [pk for pk, count in attempts.items() if count >= settings.EVENTS_MAX_ATTEMPTS]
    begun = [pk for pk in attempts if pk not in spent]
    if spent:
        text = f"The worker died in attempt {settings.EVENTS_MAX_ATTEMPTS}, without an answer."
        Delivery.objects.filter(pk__in=spent).update(state=State.DEAD, finished_at=at, error=text)
    Delivery.objects.filter(pk__in=begun).update(
        state=State.RUNNING, attempts=F("attempts") + 1, started_at=at, due_at=at + settings.EVENTS_LEASE
    )
    return begun


def _take(agent: Agent, delivery_ids: list[int]) -> list[Delivery]:
    """Fetch what was begun, under a lock that tells the relay that this worker lives."""
    rows = Delivery.objects.filter(pk__in=delivery_ids, state=State.RUNNING).select_related("event")
    if agent.transactional:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
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
    """Note the error. A batch stays sent, as its parts go alone next; a single one waits, or is dead."""
    at = timezone.now()
    text = f"{type(error).__name__}: {error}".replace("\0", "�")[:2000]
    running = Delivery.objects.filter(pk__in=delivery_ids, state=State.RUNNING)
    if len(delivery_ids) > 1:
        running.update(state=State.SENT, due_at=at + settings.EVENTS_RESEND, error=text)
        return
    spent = running.filter(attempts__gte=settings.EVENTS_MAX_ATTEMPTS)
    spent.update(state=State.DEAD, finished_at=at, error=text)
    for delivery in running:
        wait = settings.EVENTS_BACKOFF * 4 ** (delivery.attempts - 1)
        running.update(state=State.WAITING, due_at=at + wait, error=text)
