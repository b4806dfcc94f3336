"""What becomes of refused readings: sent again as they are or corrected, discarded, restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from sensors.decoding.faults import judge, parse
from sensors.models import QuarantinedReading, QuarantineQuerySet, QuarantineTransition
from sensors.quality import Item, MalformedReading, Rejection
from sensors.quarantine import FROM_QUARANTINE, storable
from sensors.services import RowError, store_readings
from smartmaint.accounts.callers import Caller

State = QuarantinedReading.State
Action = QuarantineTransition.Action
MOST_AT_ONCE = 1000
MOST_ATTEMPTS = 32_767  # that the column can count
HANDLED_KEPT = timedelta(days=90)
WAITING_KEPT = timedelta(days=180)


@dataclass(frozen=True)
class Outcome:
    """What became of the rows that a call took, at most a thousand, oldest first.

    `stored` counts those whose value was stored already, too; `after` is the last row: the next piece of a
    longer deed begins behind it.
    """

    done: int
    stored: int
    after: int

    @property
    def refused(self) -> int:
        return self.done - self.stored


@transaction.atomic
def resubmit_readings(
    *,
    rows: QuarantineQuerySet,
    caller: Caller,
    at: datetime,
    corrections: Mapping[int, Any] | None = None,
    most: int = MOST_AT_ONCE,
) -> Outcome:
    """Send waiting rows of the caller's organization again; `corrections` replace what came, by primary key.

    What is refused again waits on, with the new reason. A reading that came without a time gets the one at
    which it came.
    """
    found, corrections = _lock(rows, caller, State.WAITING, most), corrections or {}
    _correct([row for row in found if row.pk in corrections], corrections)
    result = store_readings(
        organization=caller.organization,
        readings=[_reading_of(row) for row in found],
        at=at,
        correlation_id=_journey_of(found),
        source=FROM_QUARANTINE,
    )
    _judge_again(found, {error.index: error for error in result.errors}, at)
    _remember(found, Action.CORRECTED if corrections else Action.RESUBMITTED, caller, at)
    return Outcome(len(found), len(found) - result.rejected, _last(found))


@transaction.atomic
def discard_readings(
    *, rows: QuarantineQuerySet, caller: Caller, reason: str, at: datetime, most: int = MOST_AT_ONCE
) -> list[int]:
    """Take waiting rows of the caller's organization off the list; return their primary keys, in order."""
    found = _lock(rows, caller, State.WAITING, most)
    return _move(found, State.DISCARDED, Action.DISCARDED, caller, at, reason)


@transaction.atomic
def restore_readings(*, rows: QuarantineQuerySet, caller: Caller, at: datetime) -> list[int]:
    """Put discarded rows of the caller's organization back on the list; return their primary keys."""
    found = _lock(rows, caller, State.DISCARDED, MOST_AT_ONCE)
    return _move(found, State.WAITING, Action.RESTORED, caller, at, "")


@transaction.atomic
def prune_quarantine(*, at: datetime, most: int = 10_000) -> int:
    """Forget rows that were settled 90 days ago, and those that nobody looked at for 180; return how many."""
    settled, forgotten = Q(handled_at__lt=at - HANDLED_KEPT), Q(received_at__lt=at - WAITING_KEPT)
    old = QuarantinedReading.objects.filter(settled | (forgotten & Q(state=State.WAITING)))
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:most])
    return QuarantinedReading.objects.filter(pk__in=chosen).delete()[1].get("sensors.QuarantinedReading", 0)


def _lock(rows: QuarantineQuerySet, caller: Caller, state: str, most: int) -> list[QuarantinedReading]:
    own = rows.filter(organization=caller.organization, state=state).order_by("pk")
    return list(own.select_for_update(no_key=True)[:most])


def _correct(rows: Sequence[QuarantinedReading], corrections: Mapping[int, Any]) -> None:
    for row in rows:
        row.correction = storable(corrections[row.pk])
    QuarantinedReading.objects.bulk_update(rows, ["correction"])


def _last(rows: Sequence[QuarantinedReading]) -> int:
    return rows[-1].pk if rows else 0


def _reading_of(row: QuarantinedReading) -> Item:
    payload = row.latest
    if isinstance(payload, str):  # a line that was no JSON
        try:
            payload = parse(payload)
        except (ValueError, RecursionError) as error:
            return MalformedReading(payload, Rejection("json", f"This is not valid JSON: {error}"))
    if isinstance(payload, dict) and payload.get("timestamp") is None:
        payload = {**payload, "timestamp": row.received_at.isoformat()}
    return judge(payload)


def _journey_of(rows: Sequence[QuarantinedReading]) -> UUID:
    """Return the journey on which all of them came, else a new one."""
    journeys = {row.correlation_id for row in rows}
    return journeys.pop() if len(journeys) == 1 else uuid4()


def _judge_again(rows: Sequence[QuarantinedReading], errors: Mapping[int, RowError], at: datetime) -> None:
    for place, row in enumerate(rows):
        row.attempts = min(row.attempts + 1, MOST_ATTEMPTS)
        if error := errors.get(place):
            row.code, row.detail = error.code, error.detail[:500]
        else:
            row.state, row.handled_at = State.STORED, at
    refused = [row for row in rows if row.state == State.WAITING]
    QuarantinedReading.objects.bulk_update(refused, ["attempts", "code", "detail"])
    stored = [row for row in rows if row.state == State.STORED]
    QuarantinedReading.objects.bulk_update(stored, ["attempts", "state", "handled_at"])


def _move(
    rows: Sequence[QuarantinedReading], state: str, action: str, caller: Caller, at: datetime, reason: str
) -> list[int]:
    moved = [row.pk for row in rows]
    handled_at = None if state == State.WAITING else at
    QuarantinedReading.objects.filter(pk__in=moved).update(state=state, handled_at=handled_at)
    for row in rows:
        row.state = state
    _remember(rows, action, caller, at, reason)
    return moved


def _remember(
    rows: Sequence[QuarantinedReading], action: str, caller: Caller, at: datetime, reason: str = ""
) -> None:
    resent = action in {Action.RESUBMITTED, Action.CORRECTED}
    QuarantineTransition.objects.bulk_create(
        QuarantineTransition(
            reading=row,
            action=action,
            to_state=row.state,
            at=at,
            by=caller.user,
            actor=caller.name[:100],
            reason=row.detail if resent and row.state == State.WAITING else reason,
        )
        for row in rows
    )
