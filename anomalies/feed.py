"""The live feed as rows: numbered without holes, in the order of commit, and read from any number on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from anomalies.models import FeedEntry, FeedPosition

RETENTION = timedelta(days=7)
PAGE = 200


@dataclass(frozen=True)
class News:
    """What follows a position. `gap`: something in between is no longer kept, so the reader must resync."""

    entries: list[FeedEntry]
    latest: int
    gap: bool = False


@transaction.atomic
def append_entries(*, organization_id: int, entries: Iterable[FeedEntry]) -> int:
    """Number the entries after all that is committed; the position's row lock makes that an order.

    Returns the number of the latest.
    """
    FeedPosition.objects.get_or_create(organization_id=organization_id)
    position = FeedPosition.objects.select_for_update().get(organization_id=organization_id)
    numbered = list(entries)
    for entry in numbered:
        position.latest += 1
        entry.organization_id, entry.seq = organization_id, position.latest
    FeedEntry.objects.bulk_create(numbered)
    position.save(update_fields=["latest"])
    return position.latest


def latest_number(organization_id: int) -> int:
    position = FeedPosition.objects.filter(organization_id=organization_id).first()
    return position.latest if position else 0


def read_news(organization_id: int, after: int, *, most: int | None = None) -> News:
    """Return the next page of entries after a number; more than `most` that wait count as a gap."""
    latest = latest_number(organization_id)  # first: the entries may be more, never fewer
    own = FeedEntry.objects.filter(organization=organization_id)
    entries = list(own.filter(seq__gt=after).order_by("seq")[:PAGE])
    first = entries[0].seq if entries else latest + 1
    too_many = most is not None and latest - after > most
    return News(entries, latest, gap=after > latest or first != after + 1 or too_many)


def frame(entry: FeedEntry) -> dict[str, Any]:
    """Return the entry as programs get it."""
    return {"seq": entry.seq, "type": entry.type, "at": entry.at.isoformat(), **entry.body}


def prune_feed(*, before: datetime) -> int:
    """Forget entries that no reader should need any more."""
    return FeedEntry.objects.filter(at__lt=before).delete()[0]
