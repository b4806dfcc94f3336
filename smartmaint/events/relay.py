"""From the outbox to the agents' queues, and again for what was sent but not done."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from smartmaint.events.agents import AGENTS, Agent
from smartmaint.events.event import Event
from smartmaint.events.models import Delivery, EventRecord

logger = logging.getLogger(__name__)

CLAIM = 500
RESEND_FIRST = timedelta(seconds=30)
RESEND_LIMIT = timedelta(minutes=10)
AFTER_BROKEN_SEND = timedelta(seconds=2)

Send = Callable[[Agent, list[int]], None]
Message = tuple[Agent, list[int]]


def relay_once(*, at: datetime | None = None, send: Send = Agent.send) -> int:
    """Tell pending events to their agents and send what is due. Return how much was moved."""
    at = at or timezone.now()
    return hand_out(at) + dispatch(at, send)


@transaction.atomic
def hand_out(at: datetime) -> int:
    """Turn pending events into a delivery for each agent that listens."""
    records = list(
        EventRecord.objects.pending().select_for_update(skip_locked=True).order_by("published_at")[:CLAIM]
    )
    deliveries: list[tuple[Event, str]] = []
    for record in records:
        _announce(record, deliveries)
    Delivery.objects.bulk_create(
        [
            Delivery(event_id=event.event_id, organization_id=event.organization_id, agent=name, due_at=at)
            for event, name in deliveries
        ],
        ignore_conflicts=True,
    )
    EventRecord.objects.filter(pk__in=[record.pk for record in records]).update(relayed_at=at)
    return len(records)


def _announce(record: EventRecord, deliveries: list[tuple[Event, str]]) -> None:
    event = record.restore()
    for receiver, answer in event.signal.send_robust(sender=type(event), event=event, deliveries=deliveries):
        if isinstance(answer, Exception):
            logger.error("receiver %s failed on %s", receiver, record, exc_info=answer)


def dispatch(at: datetime, send: Send) -> int:
    """Send what is due to its agents' queues; what cannot be sent is due again soon."""
    messages = claim_due(at)
    for agent, delivery_ids in messages:
        try:
            send(agent, delivery_ids)
        except OSError as error:
            _put_back(messages, at, error)
            return 0
    return len(messages)


def _put_back(messages: list[Message], at: datetime, error: Exception) -> None:
    ids = [delivery_id for _, delivery_ids in messages for delivery_id in delivery_ids]
    logger.warning("queue out of reach (%s): %d deliveries wait", error, len(ids))
    Delivery.objects.filter(pk__in=ids, state=Delivery.State.SENT).update(
        state=Delivery.State.WAITING, due_at=at + AFTER_BROKEN_SEND
    )


@transaction.atomic
def claim_due(at: datetime) -> list[Message]:
    """Take deliveries that are due, mark them sent under a lease, and group them into messages."""
    due = Delivery.objects.due(at).select_for_update(skip_locked=True).order_by("due_at", "pk")[:CLAIM]
    messages = _messages([delivery for delivery in due if delivery.agent in AGENTS], at)
    sent = {delivery.pk: delivery for _, group in messages for delivery in group}
    for delivery in sent.values():
        delivery.state = Delivery.State.SENT
        delivery.sends += 1
        delivery.due_at = at + min(RESEND_FIRST * 2 ** min(delivery.sends - 1, 5), RESEND_LIMIT)
    Delivery.objects.bulk_update(sent.values(), ["state", "sends", "due_at"])
    return [(agent, [delivery.pk for delivery in group]) for agent, group in messages]


def _messages(due: Iterable[Delivery], at: datetime) -> list[tuple[Agent, list[Delivery]]]:
    """Group first attempts at batch agents by organization; everything else travels alone.

    A delivery that failed travels alone, so that one bad event cannot hold back its companions.
    """
    messages: list[tuple[Agent, list[Delivery]]] = []
    batches: dict[tuple[str, int], list[Delivery]] = defaultdict(list)
    for delivery in due:
        if AGENTS[delivery.agent].batch and not delivery.attempts:
            batches[delivery.agent, delivery.organization_id].append(delivery)
        else:
            messages.append((AGENTS[delivery.agent], [delivery]))
    busy = _busy(batches, at)
    messages += [(AGENTS[key[0]], group) for key, group in batches.items() if key not in busy]
    return messages


def _busy(keys: Iterable[tuple[str, int]], at: datetime) -> set[tuple[str, int]]:
    """Return which (agent, organization) already have a batch under way: the next one gathers meanwhile."""
    names = {name for name, _ in keys}
    if not names:
        return set()
    under_way = Delivery.objects.filter(
        agent__in=names, state__in=[Delivery.State.SENT, Delivery.State.RUNNING], due_at__gt=at
    )
    return set(under_way.values_list("agent", "organization_id").distinct())


def replay(deliveries: Iterable[Delivery], *, at: datetime) -> int:
    """Give dead letters five more attempts."""
    return _settle(deliveries, state=Delivery.State.WAITING, attempts=0, due_at=at, error="")


def discard(deliveries: Iterable[Delivery], *, at: datetime) -> int:
    """Close dead letters without an effect; the row stays as the record."""
    return _settle(deliveries, state=Delivery.State.DISCARDED, finished_at=at)


def _settle(deliveries: Iterable[Delivery], **values: object) -> int:
    return Delivery.objects.dead().filter(pk__in=[delivery.pk for delivery in deliveries]).update(**values)


def prune(*, before: datetime) -> int:
    """Delete events that are told and settled everywhere; dead letters keep theirs."""
    unsettled = Delivery.objects.filter(event=OuterRef("pk"), state__in=[*Delivery.OPEN, Delivery.State.DEAD])
    old = EventRecord.objects.filter(published_at__lt=before).exclude(relayed_at=None)
    return old.filter(~Exists(unsettled)).delete()[0]
