"""Clock-driven upkeep of what `sensors` keeps."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from sensors.idempotency import prune_keys


@shared_task(name="sensors.prune_idempotency")
def prune_idempotency() -> None:
    prune_keys(at=timezone.now())
