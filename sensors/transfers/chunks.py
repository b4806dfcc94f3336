"""Storing a file chunk by chunk: how an import goes on.

Each chunk is one transaction: its readings, its lines of the report, the counts and the position. Killed
anywhere, an import goes on where it was, with nothing twice. Between two chunks other work has its turn.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import transaction

from sensors.events import ImportAdvanced, ImportFinished
from sensors.models import Import, ImportRejection
from sensors.services import store_readings
from sensors.transfers.files import drop_table, open_table, path_of, prepare_table
from sensors.transfers.mapping import Mapping
from sensors.transfers.rows import Harvest, Harvester, Refusal, refuse_later
from sensors.transfers.tables import Line, Unreadable, read_lines
from smartmaint.events.outbox import publish

CHUNK_READINGS = 10_000
State = Import.State


@transaction.atomic
def advance_import(*, organization_id: int, import_id: int, step: int, at: datetime) -> None:
    """Store the chunk `step`, unless it is stored or the import was stopped; say that the next one waits."""
    running = Import.objects.filter(organization=organization_id, pk=import_id, state=State.RUNNING)
    job = running.filter(step=step).select_related("organization").first()
    if job is None:
        return
    try:
        if job.table_size is None:
            _prepare(job, at)
        else:
            _store_chunk(job, at)
    except Unreadable as error:
        _fail(job, str(error), at)


def _prepare(job: Import, at: datetime) -> None:
    """Unpacking may take a minute: the row is not locked meanwhile, so that it can be cancelled."""
    start = prepare_table(job, _table_columns(job))
    locked = Import.objects.select_for_update().filter(pk=job.pk, step=job.step).first()
    if locked is None:
        return
    locked.table_size, locked.position, locked.line = start.size, start.position, start.line
    _move_on(locked, at)


def _table_columns(job: Import) -> list[str]:
    """Return the columns of the table that is read; of Parquet only those that are needed are unpacked."""
    if job.kind != Import.Kind.PARQUET:
        return job.preview["columns"]
    needed = set(_mapping(job).columns())
    return [name for name in job.preview["columns"] if name in needed]


def _mapping(job: Import) -> Mapping:
    return msgspec.convert(job.mapping, Mapping)


def _move_on(job: Import, at: datetime) -> None:
    job.step, job.moved_at = job.step + 1, at
    job.save()
    if job.state == State.RUNNING:
        publish(ImportAdvanced(organization_id=job.organization_id, import_id=job.pk, step=job.step))


def _store_chunk(job: Import, at: datetime) -> None:
    """Lock, read, store, count. Whoever comes second finds the step gone."""
    locked = Import.objects.select_for_update(of=("self",), skip_locked=True)
    mine = locked.select_related("organization").filter(pk=job.pk, step=job.step, state=State.RUNNING)
    if (found := mine.first()) is None:
        return
    job = found
    mapping = _mapping(job)
    lines, position = _read_chunk(job, CHUNK_READINGS // max(len(mapping.series), 1) or 1)
    if not lines:
        _finish(job, at)
        return
    is_text = job.kind != Import.Kind.PARQUET
    harvest = Harvester(mapping, _table_columns(job), neutralised=is_text).harvest(lines)
    _store(job, harvest, at)
    job.position, job.line = position, lines[-1].number
    _move_on(job, at)


def _read_chunk(job: Import, most: int) -> tuple[list[Line], int]:
    encoding = "utf-8" if (path_of(job) / "table").exists() else job.preview["encoding"].removesuffix("-sig")
    with open_table(job) as file:
        file.seek(job.position)
        delimiter = job.preview["delimiter"]
        lines = list(read_lines(file, encoding=encoding, delimiter=delimiter, number=job.line, most=most))
        return lines, file.tell()


def _store(job: Import, harvest: Harvest, at: datetime) -> None:
    result = store_readings(
        organization=job.organization,
        readings=harvest.readings,
        at=at,
        correlation_id=job.correlation_id,
        source="import",
        history=True,
    )
    errors = [(error.index, error.code, error.detail) for error in result.errors]
    refusals = refuse_later(harvest, errors)
    ImportRejection.objects.bulk_create((_rejection(job, one) for one in refusals), batch_size=1000)
    job.rows += harvest.rows
    job.accepted += result.accepted
    job.duplicate += result.duplicate
    job.rejected += len(refusals)
    job.readings += result.accepted + result.duplicate + len(refusals)


def _rejection(job: Import, refusal: Refusal) -> ImportRejection:
    return ImportRejection(
        job=job,
        row=refusal.row,
        column=refusal.column[:200],
        code=refusal.code[:40],
        reason=refusal.reason.replace("\x00", "\ufffd")[:500],
        text=refusal.text.replace("\x00", "\ufffd")[:1000],
    )


def _finish(job: Import, at: datetime) -> None:
    job.state, job.finished_at, job.moved_at = State.DONE, at, at
    job.save()
    drop_table(job)
    publish(ImportFinished(organization_id=job.organization_id, import_id=job.pk))


def _fail(job: Import, reason: str, at: datetime) -> None:
    running = Import.objects.filter(pk=job.pk, state=State.RUNNING, step=job.step)
    running.update(state=State.FAILED, error=reason[:500], finished_at=at)
