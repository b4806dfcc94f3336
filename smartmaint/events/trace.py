"""The way of one correlation id through the system: what was said, who heard it, and how long it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from smartmaint.accounts.models import Organization
from smartmaint.events.models import Delivery, EventRecord

LONGEST = 500  # events; a machine that puts one correlation id on all its readings has more


@dataclass(frozen=True)
class TraceRun:
    """What one agent made of an event. Milliseconds; None where it has not begun, or not ended."""

    agent: str
    state: str
    attempts: int
    waited_ms: float | None
    ran_ms: float | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str


@dataclass(frozen=True)
class TraceStep:
    """An event of the journey. `depth` is its place in the tree of causes, 0 for what began it."""

    event_id: UUID
    name: str
    at: datetime
    caused_by: UUID | None
    depth: int
    payload: dict[str, Any]
    runs: list[TraceRun] = field(default_factory=list)


@dataclass(frozen=True)
class Span:
    """The whole journey at a glance."""

    started_at: datetime
    ended_at: datetime
    settled: bool

    @property
    def duration_ms(self) -> float:
        return _milliseconds(self.ended_at - self.started_at)


def trace(*, organization: Organization, correlation_id: UUID) -> list[TraceStep]:
    """Return the journey's events, each followed by what it led to; empty where there is no such journey."""
    deliveries = Prefetch("deliveries", Delivery.objects.order_by("started_at", "pk"))
    journey = EventRecord.objects.journey(organization, correlation_id).prefetch_related(deliveries)
    records = list(journey[:LONGEST])
    children: dict[UUID | None, list[EventRecord]] = defaultdict(list)
    known = {record.event_id for record in records}
    for record in records:
        children[record.caused_by if record.caused_by in known else None].append(record)
    return list(_walk(children, None, 0))


def span_of(steps: list[TraceStep]) -> Span:
    """Return when the journey began, when its last agent ended, and whether all of it is settled."""
    runs = [run for step in steps for run in step.runs]
    ends = [run.finished_at for run in runs if run.finished_at] + [step.at for step in steps]
    settled = all(run.state in {Delivery.State.DONE, Delivery.State.DISCARDED} for run in runs)
    return Span(min(step.at for step in steps), max(ends), settled)


def _walk(
    children: dict[UUID | None, list[EventRecord]], cause: UUID | None, depth: int
) -> Iterator[TraceStep]:
    for record in children.get(cause, []):
        yield _step(record, depth)
        yield from _walk(children, record.event_id, depth + 1)


def _step(record: EventRecord, depth: int) -> TraceStep:
    return TraceStep(
        event_id=record.event_id,
        name=record.name,
        at=record.published_at,
        caused_by=record.caused_by,
        depth=depth,
        payload=record.payload,
        runs=list(_runs(record.published_at, record.deliveries.all())),
    )


def _runs(published_at: datetime, deliveries: Iterable[Delivery]) -> Iterator[TraceRun]:
    for delivery in deliveries:
        started, finished = delivery.started_at, delivery.finished_at
        yield TraceRun(
            agent=delivery.agent,
            state=delivery.state,
            attempts=delivery.attempts,
            waited_ms=_milliseconds(started - published_at) if started else None,
            ran_ms=_milliseconds(finished - started) if started and finished else None,
            started_at=started,
            finished_at=finished,
            error=delivery.error,
        )


def _milliseconds(duration: timedelta) -> float:
    return round(duration / timedelta(milliseconds=1), 1)
