"""Imports of history, as people steer them: brought, started, cancelled, resumed, forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from rest_framework.exceptions import ErrorDetail

from sensors.events import ImportStarted
from sensors.models import Import
from sensors.transfers.files import Upload, folder_of, path_of, save_upload
from sensors.transfers.mapping import Doubt, Mapping, check_mapping, complete_mapping
from sensors.transfers.tables import Unreadable
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import Organization
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.outbox import publish

ORPHAN_AFTER = timedelta(days=1)
State = Import.State


def receive_import(*, caller: Caller, pieces: Iterable[bytes], name: str, at: datetime) -> Import:
    """Take a file in; its columns are chosen next.

    Raises:
        PayloadTooLarge: it is larger than an upload may be.
        Unprocessable: it is no table that can be read.
    """
    upload = _save(caller.organization, pieces)
    return create_import(caller=caller, upload=upload, name=name, at=at)


def import_file(
    *, caller: Caller, pieces: Iterable[bytes], name: str, given: dict[str, Any], at: datetime
) -> Import:
    """Take a file in and start it: by what is `given` of its mapping, and what is plain to see in it.

    Raises:
        PayloadTooLarge: it is larger than an upload may be.
        Unprocessable: it cannot be read, or its columns are not plain; nothing is kept.
    """
    upload = _save(caller.organization, pieces)
    mapping, doubts = complete_mapping(given, upload.table)
    if mapping is None or doubts:
        shutil.rmtree(folder_of(caller.organization.pk, upload.folder), ignore_errors=True)
        raise unclear(doubts, upload.table.columns)
    with transaction.atomic():
        job = create_import(caller=caller, upload=upload, name=name, at=at)
        return start_import(job=job, mapping=mapping, at=at)


def _save(organization: Organization, pieces: Iterable[bytes]) -> Upload:
    try:
        return save_upload(organization=organization, pieces=pieces)
    except Unreadable as error:
        raise Unprocessable({"file": [ErrorDetail(str(error), "unreadable")]}) from None


def unclear(doubts: Iterable[Doubt], columns: Sequence[str]) -> Unprocessable:
    """Return the refusal that names each doubt and the columns that were found."""
    errors: dict[str, list[ErrorDetail]] = {}
    for doubt in doubts:
        errors.setdefault(doubt.field, []).append(ErrorDetail(doubt.detail, "mapping"))
    errors.setdefault("columns", []).append(ErrorDetail(f"The file has: {', '.join(columns)}.", "found"))
    return Unprocessable(errors)


@transaction.atomic
def create_import(*, caller: Caller, upload: Upload, name: str, at: datetime) -> Import:
    """Keep that a file was brought; it waits for its columns."""
    return Import.objects.create(
        organization=caller.organization,
        name=_printable(name)[-255:] or "upload",
        folder=upload.folder,
        kind=upload.kind,
        size=upload.size,
        sha256=upload.sha256,
        owner=caller.name[:200],
        owner_user=caller.user,
        preview=_storable(asdict(upload.table)),
        created_at=at,
    )


def _printable(name: str) -> str:
    """Return a file's name for people, without any folder; it is never part of a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()


def _storable(value: object) -> object:
    """Return JSON that PostgreSQL can keep, of a bounded size."""
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return str(value).replace("\x00", "\ufffd")[:200]


@transaction.atomic
def start_import(*, job: Import, mapping: Mapping, at: datetime) -> Import:
    """Begin to store, by these columns.

    Raises:
        Conflict: it was started already.
        Unprocessable: the columns do not fit the file.
    """
    job = Import.objects.select_for_update().get(pk=job.pk)
    if job.state != State.UPLOADED:
        raise Conflict(f"The import is {job.get_state_display()}; columns are chosen before it starts.")
    if doubts := check_mapping(mapping, job.preview["columns"]):
        raise unclear(doubts, job.preview["columns"])
    job.mapping = msgspec.to_builtins(mapping)
    return _set_going(job, at)


def _set_going(job: Import, at: datetime) -> Import:
    job.state, job.error = State.RUNNING, ""
    job.started_at, job.started_rows, job.moved_at = at, job.rows, at
    job.finished_at = None
    job.save()
    publish(
        ImportStarted(
            organization_id=job.organization_id,
            correlation_id=job.correlation_id,
            import_id=job.pk,
            step=job.step,
        )
    )
    return job


@transaction.atomic
def resume_import(*, job: Import, at: datetime) -> Import:
    """Let an import that failed or was cancelled go on where it was.

    Raises:
        Conflict: it is not one of those, or its file is deleted.
    """
    job = Import.objects.select_for_update().get(pk=job.pk)
    if job.state not in Import.RESUMABLE or job.mapping is None:
        raise Conflict(f"The import is {job.get_state_display()}; only what stopped can be resumed.")
    if job.file_deleted_at:
        raise Conflict("The uploaded file is deleted by now. Upload it again: what is stored stays once.")
    return _set_going(job, at)


@transaction.atomic
def cancel_import(*, job: Import, at: datetime) -> Import:
    """Stop an import; what it stored stays.

    Raises:
        Conflict: it has come to its end.
    """
    job = Import.objects.select_for_update().get(pk=job.pk)
    if job.state not in {State.UPLOADED, State.RUNNING}:
        raise Conflict(f"The import is {job.get_state_display()} already.")
    job.state, job.finished_at = State.CANCELLED, at
    job.save(update_fields=["state", "finished_at"])
    return job


@transaction.atomic
def forget_files(*, at: datetime) -> int:
    """Delete files whose time is over, and folders of no import; return how many files."""
    old = Import.objects.filter(created_at__lt=at - settings.IMPORT_KEPT, file_deleted_at=None)
    jobs = list(old.exclude(state=State.RUNNING).select_for_update(skip_locked=True))
    for job in jobs:
        shutil.rmtree(path_of(job), ignore_errors=True)
    Import.objects.filter(pk__in=[job.pk for job in jobs]).update(file_deleted_at=at)
    _forget_orphans(at)
    return len(jobs)


def _forget_orphans(at: datetime) -> None:
    """Delete what an upload left that was killed before it was kept."""
    for folder in Path(settings.IMPORT_DIR).glob("*/*"):
        is_old = datetime.fromtimestamp(folder.stat().st_mtime, at.tzinfo) < at - ORPHAN_AFTER
        if is_old and not Import.objects.filter(folder=folder.name).exists():
            shutil.rmtree(folder, ignore_errors=True)
