"""Pages of imports: bring a file, name its columns, watch it, read its report."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from sensors.models import Import, ImportRejection
from sensors.transfers import importing
from sensors.transfers.files import PIECE
from sensors.transfers.mapping_form import MappingForm
from sensors.transfers.progress import progress_of
from sensors.transfers.reports import stream_report
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.parsers import PayloadTooLarge
from smartmaint.accounts.problems import Unprocessable, sentence_of
from smartmaint.accounts.scopes import DATA_INGEST, DATA_READ

ROWS = 50
FIRST_REFUSALS = 20


def _imports(request: PageRequest) -> QuerySet[Import]:
    return Import.objects.filter(organization=request.caller.organization)


def _find(request: PageRequest, import_id: int) -> Import:
    return get_object_or_404(_imports(request), pk=import_id)


@require_safe
@page(DATA_READ)
def import_list(request: PageRequest) -> HttpResponse:
    """List imports, the newest first; with a form to bring a file for those who may."""
    return _list(request)


def _list(request: PageRequest, error: str = "", status: int = 200) -> HttpResponse:
    jobs = Paginator(_imports(request).order_by("-pk"), ROWS).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "jobs": jobs,
        "progress": {job.pk: progress_of(job, now) for job in jobs},
        "any_running": any(job.state == Import.State.RUNNING for job in jobs),
        "most_bytes": settings.IMPORT_MOST_BYTES,
        "error": error,
    }
    part = "#imports" if request.htmx else ""
    return render(request, f"sensors/import_list.html{part}", context, status=status)


@require_POST
@page(DATA_INGEST)
def import_create(request: PageRequest) -> HttpResponse:
    """Take a file in, and go on to its columns."""
    file = request.FILES.get("file")
    if file is None:
        return _list(request, "Choose a file first.", 422)
    pieces, name = file.chunks(PIECE), file.name or "upload"
    try:
        job = importing.receive_import(caller=request.caller, pieces=pieces, name=name, at=timezone.now())
    except (Unprocessable, PayloadTooLarge) as refusal:
        return _list(request, sentence_of(refusal), refusal.status_code)
    return redirect("import-detail", job.pk)


@require_safe
@page(DATA_READ)
def import_detail(request: PageRequest, import_id: int) -> HttpResponse:
    """Show a file's columns to choose, or how far its import is, or what came of it."""
    job = _find(request, import_id)
    form = MappingForm(job) if job.state == Import.State.UPLOADED else None
    return _detail(request, job, form)


def _detail(request: PageRequest, job: Import, form: MappingForm | None, status: int = 200) -> HttpResponse:
    refused = ImportRejection.objects.filter(job=job).order_by("pk")
    context: dict[str, Any] = {
        "job": job,
        "form": form,
        "progress": progress_of(job, timezone.now()),
        "refused": refused[:FIRST_REFUSALS] if job.rejected else (),
        "resumable": job.state in Import.RESUMABLE and job.mapping and not job.file_deleted_at,
    }
    part = "#state" if request.htmx else ""
    return render(request, f"sensors/import_detail.html{part}", context, status=status)


@require_POST
@page(DATA_INGEST)
def import_start(request: PageRequest, import_id: int) -> HttpResponse:
    """Start the import by the columns that were chosen."""
    job = _find(request, import_id)
    form = MappingForm(job, request.POST)
    mapping = form.mapping()
    if mapping is None:
        return _detail(request, job, form, 422)
    importing.start_import(job=job, mapping=mapping, at=timezone.now())
    return redirect("import-detail", job.pk)


@require_POST
@page(DATA_INGEST)
def import_cancel(request: PageRequest, import_id: int) -> HttpResponse:
    job = importing.cancel_import(job=_find(request, import_id), at=timezone.now())
    messages.success(request, f"{job.name} is cancelled. What was stored stays.")
    return redirect("import-detail", job.pk)


@require_POST
@page(DATA_INGEST)
def import_resume(request: PageRequest, import_id: int) -> HttpResponse:
    job = importing.resume_import(job=_find(request, import_id), at=timezone.now())
    messages.success(request, f"{job.name} goes on where it was.")
    return redirect("import-detail", job.pk)


@require_safe
@page(DATA_READ)
def import_report(request: PageRequest, import_id: int) -> HttpResponseBase:
    """Download what was not stored, and why."""
    return stream_report(request, _find(request, import_id))
