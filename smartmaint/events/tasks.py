"""Clock-driven upkeep of the backbone."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from smartmaint.events.upkeep import prune


@shared_task(name="events.prune_events")
def prune_events() -> None:
    prune(before=timezone.now() - settings.EVENTS_RETENTION)
