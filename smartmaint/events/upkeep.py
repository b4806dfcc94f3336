"""What keeps the backbone clean: dead workers' events, dead letters, old events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Exists, OuterRef

from smartmaint.accounts.models import User
from smartmaint.events.agents import AGENTS
from smartmaint.events.models import DeadLetter, Delivery, EventRecord

PRUNE_CHUNK = 2000


@transaction.atomic
def reclaim(*, at: datetime) -> int:
    """Make due again what a worker began and no longer holds: it was killed. Return how many.

    A living run holds its rows' locks; only agents outside a transaction must wait for the long lease.
    """
    names = [agent.name for agent in AGENTS.values() if agent.transactional]
    begun = Delivery.objects.filter(
        state=Delivery.State.RUNNING,
        agent__in=names,
        due_at__gt=at,
        started_at__lt=at - settings.EVENTS_GRACE,
    )
    lost = list(begun.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return Delivery.objects.filter(pk__in=lost).update(due_at=at)


def recall(*, at: datetime) -> int:
    """Send again at once whatever was sent and not begun, after an outage that may have swallowed it."""
    sent = Delivery.objects.filter(state=Delivery.State.SENT)
    return sent.update(state=Delivery.State.WAITING, sends=0, due_at=at)


@transaction.atomic
def replay(letters: Iterable[DeadLetter], *, by: User, at: datetime) -> int:
    """Give dead letters five more attempts. Return how many were still dead."""
    dead = _lock(letters)
    unread = [letter for letter in dead if letter.agent == Delivery.RELAY]
    EventRecord.objects.filter(pk__in=[letter.event_id for letter in unread]).update(relayed_at=None)
    Delivery.objects.filter(pk__in=[letter.pk for letter in unread]).delete()
    return _settle(dead, by, "Replayed", state=Delivery.State.WAITING, attempts=0, sends=0, due_at=at)


@transaction.atomic
def discard(letters: Iterable[DeadLetter], *, by: User, at: datetime) -> int:
    """Close dead letters without an effect; the row stays as the record. Return how many were still dead."""
    return _settle(_lock(letters), by, "Discarded", state=Delivery.State.DISCARDED, finished_at=at)


def _lock(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    ids = [letter.pk for letter in letters]
    return list(DeadLetter.objects.filter(pk__in=ids).select_for_update().order_by("pk"))


def _settle(dead: list[DeadLetter], by: User, deed: str, **values: object) -> int:
    Delivery.objects.filter(pk__in=[letter.pk for letter in dead]).update(**values)
    for letter in dead:
        text = f"{deed} after: {letter.error}"
        LogEntry.objects.log_actions(by.pk, [letter], CHANGE, change_message=text, single_object=True)
    return len(dead)


def prune(*, before: datetime) -> int:
    """Delete events that are told and settled everywhere; dead letters keep theirs. Return how many."""
    unsettled = Delivery.objects.filter(event=OuterRef("pk"), state__in=[*Delivery.OPEN, Delivery.State.DEAD])
    old = EventRecord.objects.filter(published_at__lt=before).exclude(relayed_at=None)
    settled = old.filter(~Exists(unsettled)).values_list("pk", flat=True)
    count = 0
    while chunk := list(settled[:PRUNE_CHUNK]):
        EventRecord.objects.filter(pk__in=chunk).delete()
        count += len(chunk)
    return count
