"""From the outbox to the agents' queues, and again for what was sent but not done."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import KombuError
from redis import RedisError

from smartmaint.events.agents import AGENTS, Agent
from smartmaint.events.connections import commit_lazily
from smartmaint.events.event import Event
from smartmaint.events.models import Delivery, DeliveryQuerySet, EventRecord

logger = logging.getLogger(__name__)

CLAIM = 500
RESEND_LIMIT = timedelta(minutes=10)
CLAIM_LOCK = 0x5EED_CA5E  # any number; nobody else takes this advisory lock
BROKEN_QUEUE = (KombuError, RedisError, OSError)

Message = tuple[Agent, list[int]]
Send = Callable[[list[Message]], None]


class QueueOutOfReach(RuntimeError):
    """Redis did not take the messages; their deliveries wait in the database."""


def send_all(messages: list[Message]) -> None:
    """Put the messages on the agents' queues in one round trip, without waiting for a broken Redis."""
    with current_app.producer_or_acquire() as producer, producer.batch():
        for agent, delivery_ids in messages:
            agent.task.apply_async(args=(delivery_ids,), producer=producer, retry=False)


def relay_once(*, at: datetime | None = None, send: Send = send_all) -> int:
    """Tell pending events to their agents and send what is due. Return how much was moved.

    Raises:
        QueueOutOfReach: nothing is lost; try again in a moment.
    """
    at = at or timezone.now()
    if not _anything_to_do(at):
        return 0
    return hand_out(at) + dispatch(at, send)


def _anything_to_do(at: datetime) -> bool:
    """Ask in one plain query: an idle relay looks often, and the ORM would cost it four times as much."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM events_eventrecord WHERE relayed_at IS NULL) OR EXISTS ("
            "SELECT FROM events_delivery WHERE state IN ('waiting', 'sent', 'running') AND due_at <= %s)",
            [at],
        )
        return bool(cursor.fetchone()[0])


@transaction.atomic
def hand_out(at: datetime) -> int:
    """Turn pending events into a delivery for each agent that listens."""
    commit_lazily()
    records = list(
        EventRecord.objects.pending().select_for_update(skip_locked=True).order_by("published_at")[:CLAIM]
    )
    deliveries = [delivery for record in records for delivery in _announce(record, at)]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    EventRecord.objects.filter(pk__in=[record.pk for record in records]).update(relayed_at=at)
    return len(records)


def _announce(record: EventRecord, at: datetime) -> list[Delivery]:
    """Send the event's signal and return a delivery for each agent that took it.

    An event that cannot be read any more becomes a dead letter of the relay itself.
    """
    try:
        event = record.restore()
    except Exception as error:  # whatever is wrong with one event, the others must go on
        logger.exception("%s cannot be read", record)
        text = f"{type(error).__name__}: {error}"
        return [_delivery(record, Delivery.RELAY, at, state=Delivery.State.DEAD, finished_at=at, error=text)]
    heard: list[tuple[Event, str]] = []
    _send_signal(event, heard)
    return [_delivery(record, name, at) for _, name in heard]


def _delivery(record: EventRecord, agent: str, at: datetime, **values: object) -> Delivery:
    return Delivery(event=record, organization_id=record.organization_id, agent=agent, due_at=at, **values)


def _send_signal(event: Event, heard: list[tuple[Event, str]]) -> None:
    """Tell the receivers. A failing one, even one that breaks its transaction, stops nobody else."""
    try:
        with transaction.atomic():
            event.signal.send_robust(sender=type(event), event=event, deliveries=heard)
    except DatabaseError:
        if connection.closed_in_transaction:
            raise
        logger.exception("a receiver of %s broke its transaction", event.name)


def dispatch(at: datetime, send: Send) -> int:
    """Send what is due to its agents' queues.

    Raises:
        QueueOutOfReach: the deliveries are due at once again.
    """
    messages = claim_due(at)
    if not messages:
        return 0
    try:
        send(messages)
    except BROKEN_QUEUE as error:
        _put_back(messages, at)
        raise QueueOutOfReach(f"{len(messages)} messages wait: {error!r}") from error
    return len(messages)


def _put_back(messages: list[Message], at: datetime) -> None:
    ids = [delivery_id for _, delivery_ids in messages for delivery_id in delivery_ids]
    Delivery.objects.filter(pk__in=ids, state=Delivery.State.SENT).update(
        state=Delivery.State.WAITING, due_at=at, sends=F("sends") - 1
    )


@transaction.atomic
def claim_due(at: datetime) -> list[Message]:
    """Take deliveries that are due, mark them sent under a lease, and group them into messages.

    One relay at a time claims, so that two cannot each start a batch of the same agent and organization.
    """
    commit_lazily()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])
    ready = _without_full_queues(Delivery.objects.due(at), at)
    due = list(ready.select_for_update(skip_locked=True).order_by("due_at", "pk")[:CLAIM])
    _bury_orphans([delivery for delivery in due if delivery.agent not in AGENTS], at)
    known = [delivery for delivery in due if delivery.agent in AGENTS]
    _mark_sent(known, at)
    return _messages(known)


def _without_full_queues(due: DeliveryQuerySet, at: datetime) -> DeliveryQuerySet:
    """Leave out what must wait in the database: the next batch of an (agent, organization) whose batch is
    under way, and more for an agent that has much on its queue already (a backlog would be sent twice)."""
    busy, queued = defaultdict(list), Counter[str]()
    for name, organization_id, count in Delivery.objects.under_way(at).count_lanes():
        if name in AGENTS and AGENTS[name].batch:
            busy[name].append(organization_id)
        queued[name] += count if name not in busy else 0
    for name, organization_ids in busy.items():
        due = due.exclude(agent=name, organization__in=organization_ids)
    return due.exclude(agent__in=[name for name, count in queued.items() if count >= settings.EVENTS_QUEUED])


def _bury_orphans(deliveries: Iterable[Delivery], at: datetime) -> None:
    """Set aside what waits for an agent that no longer exists, visible as dead letters."""
    for delivery in deliveries:
        logger.error("%s: there is no such agent", delivery)
        text = f"There is no agent {delivery.agent}; discard this, or replay it once there is one again."
        Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.DEAD, finished_at=at, error=text)


def _mark_sent(deliveries: Iterable[Delivery], at: datetime) -> None:
    """Sent again when the lease ends: each time after twice as long, as the queue may just be long."""
    by_sends = defaultdict(list)
    for delivery in deliveries:
        by_sends[delivery.sends].append(delivery.pk)
    for sends, ids in by_sends.items():
        lease = min(settings.EVENTS_RESEND * 2 ** min(sends, 10), RESEND_LIMIT)
        Delivery.objects.filter(pk__in=ids).update(
            state=Delivery.State.SENT, sends=sends + 1, due_at=at + lease
        )


def _messages(deliveries: Iterable[Delivery]) -> list[Message]:
    """One message for each delivery; for a batch agent, one for all that waits of an organization."""
    messages: list[Message] = []
    batches: dict[tuple[str, int], list[int]] = defaultdict(list)
    for delivery in deliveries:
        if AGENTS[delivery.agent].batch:
            batches[delivery.agent, delivery.organization_id].append(delivery.pk)
        else:
            messages.append((AGENTS[delivery.agent], [delivery.pk]))
    return messages + [(AGENTS[name], ids) for (name, _), ids in batches.items()]
