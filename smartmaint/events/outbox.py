"""Saying that something happened: a row in the caller's own transaction."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from smartmaint.events.event import Event
from smartmaint.events.models import EventRecord


class PublishedOutsideTransaction(RuntimeError):
    """The event would be told even if the change it tells of is never committed."""


def publish(*events: Event) -> None:
    """Write the events to the outbox; the relay tells the agents once the transaction commits.

    Raises:
        PublishedOutsideTransaction: there is no transaction to belong to.
    """
    if not transaction.get_connection().in_atomic_block:
        raise PublishedOutsideTransaction(
            f"publish {[event.name for event in events]} inside transaction.atomic"
        )
    at = timezone.now()
    EventRecord.objects.bulk_create(
        EventRecord(
            event_id=event.event_id,
            organization_id=event.organization_id,
            name=event.name,
            payload=event.payload(),
            correlation_id=event.correlation_id,
            caused_by=event.caused_by,
            published_at=at + timedelta(microseconds=place),  # keeps their order
        )
        for place, event in enumerate(events)
    )
