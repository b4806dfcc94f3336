"""The agents of `sensors`, and clock-driven upkeep of what it keeps."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from sensors.events import ImportAdvanced, ImportStarted
from sensors.idempotency import prune_keys
from sensors.resubmission import prune_quarantine
from sensors.storage import partitions, retention, upkeep
from sensors.transfers import chunks, importing
from sensors.waveforms.keeping import prune_waveforms
from smartmaint.events.agents import agent


@shared_task(name="sensors.prune_idempotency")
def prune_idempotency() -> None:
    prune_keys(at=timezone.now())


@shared_task(name="sensors.prune_quarantine")
def forget_quarantined() -> None:
    prune_quarantine(at=timezone.now())


@shared_task(name="sensors.keep_rollups")
def keep_rollups() -> None:
    count = upkeep.bring_rollups_up_to_date()
    upkeep.note_run(job="roll up", count=count, at=timezone.now())


@shared_task(name="sensors.tend_partitions")
def tend_partitions() -> None:
    count = partitions.tend(at=timezone.now())
    upkeep.note_run(job="make partitions", count=count, at=timezone.now())


@shared_task(name="sensors.drop_old_readings")
def drop_old_readings() -> None:
    at = timezone.now()
    count = retention.drop_old_readings(at=at, keep=settings.READINGS_RETENTION)
    upkeep.note_run(job="drop old readings", count=count, at=at)


@agent(on=(ImportStarted, ImportAdvanced))
def advance_import(event: ImportStarted | ImportAdvanced) -> None:
    """Store the import's next chunk."""
    chunks.advance_import(
        organization_id=event.organization_id, import_id=event.import_id, step=event.step, at=timezone.now()
    )


@shared_task(name="sensors.forget_imports")
def forget_imports() -> None:
    importing.forget_files(at=timezone.now())


@shared_task(name="sensors.prune_waveforms")
def prune_old_waveforms() -> None:
    prune_waveforms(at=timezone.now())
