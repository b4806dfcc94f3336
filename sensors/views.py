"""The quarantine's pages: what was refused, and what people do about it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event
from rest_framework.exceptions import ParseError

from sensors.forms import CorrectionForm, DiscardForm, PieceForm
from sensors.models import QuarantinedReading, QuarantineQuerySet, Sensor
from sensors.quarantine_filter import SINCE, WAITING, QuarantineFilter, reason_tabs, state_tabs
from sensors.resubmission import Outcome, discard_readings, restore_readings, resubmit_readings
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import DATA_INGEST, DATA_READ
from smartmaint.events.models import EventRecord

ROWS = 50
LONGEST_ID = 18
SAME_JOURNEY = {
    "organization": OuterRef("organization"),
    "correlation_id": OuterRef("correlation_id"),
}


def _own(request: PageRequest) -> QuarantineQuerySet:
    return QuarantinedReading.objects.filter(organization=request.caller.organization)


def _ids(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID]


@require_safe
@page(DATA_READ)
def quarantine(request: PageRequest) -> HttpResponse:
    """List the readings that were refused, the newest first; `?before=` turns the page."""
    return _list(request)


def _list(request: PageRequest, **notice: Any) -> HttpResponse:
    organization, at = request.caller.organization, timezone.now()
    shown = QuarantineFilter.of(request.GET)
    rows = shown.apply(organization, at)
    if before := _ids([request.GET.get("before", "")]):
        rows = rows.filter(pk__lt=before[0])
    readings = list(rows.order_by("-pk")[: ROWS + 1])
    reasons = reason_tabs(shown, organization, at)
    context = {
        "shown": shown,
        "readings": readings[:ROWS],
        "older": readings[ROWS - 1].pk if len(readings) > ROWS else None,
        "newest": readings[0].pk if readings else 0,
        "before": before,
        "reasons": reasons,
        "fitting": next(tab.number for tab in reasons if tab.chosen),
        "states": state_tabs(shown),
        "ages": {key: label for key, (_, label) in SINCE.items()},
        "waits": shown.state == WAITING,
        **notice,
    }
    part = "#list" if request.htmx else ""
    return render(request, f"sensors/quarantine.html{part}", context)


@require_safe
@page(DATA_READ)
def quarantine_detail(request: PageRequest, pk: int) -> HttpResponse:
    """Show one refused reading, with what was done about it and a form to correct it."""
    return _detail(request, pk)


def _detail(
    request: PageRequest, pk: int, form: CorrectionForm | None = None, status: int = 200
) -> HttpResponse:
    traced = Exists(EventRecord.objects.filter(**SAME_JOURNEY))
    row = get_object_or_404(_own(request).annotate(has_trace=traced), pk=pk)
    sensors = Sensor.objects.filter(organization=request.caller.organization)
    context = {
        "row": row,
        "came": json.dumps(row.payload, indent=2, ensure_ascii=False),
        "corrected": row.correction and json.dumps(row.correction, indent=2, ensure_ascii=False),
        "sensor": sensors.filter(code=row.sensor_code).select_related("asset").first(),
        "history": row.transitions.order_by("-at", "-pk"),
        "form": form or CorrectionForm.of(row.latest),
    }
    return render(request, "sensors/quarantine_detail.html", context, status=status)


@require_POST
@page(DATA_INGEST)
def quarantine_resubmit(request: PageRequest, pk: int) -> HttpResponse:
    """Send one reading again as the form corrects it."""
    row, form = get_object_or_404(_own(request), pk=pk), CorrectionForm(request.POST)
    if not form.is_valid():
        return _detail(request, pk, form, status=422)
    corrections = {pk: form.payload(row.latest)}
    outcome = resubmit_readings(
        rows=_own(request).filter(pk=pk), caller=request.caller, at=timezone.now(), corrections=corrections
    )
    if outcome.refused:
        return _detail(request, pk, form, status=422)
    messages.success(request, "Stored." if outcome.done else "Somebody else has settled this reading.")
    return redirect("quarantine-detail", pk)


@require_POST
@page(DATA_INGEST)
def quarantine_resubmit_many(request: PageRequest) -> HttpResponse:
    """Send those that are ticked again."""
    outcome = resubmit_readings(rows=_ticked(request), caller=request.caller, at=timezone.now())
    return _said(request, _words(outcome))


def _words(outcome: Outcome) -> str:
    if not outcome.done:
        return "Nothing was sent: none of them waits any more."
    again = f", {outcome.refused} refused again" if outcome.refused else ""
    return f"{outcome.stored} stored{again}."


@require_POST
@page(DATA_INGEST)
def quarantine_discard_many(request: PageRequest) -> HttpResponse:
    """Discard those that are ticked, for a reason."""
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _said(request, "Say why: nothing was discarded.")
    gone = discard_readings(
        rows=_ticked(request), caller=request.caller, reason=form.cleaned_data["reason"], at=timezone.now()
    )
    return _said(request, f"{len(gone)} discarded.", undo=gone)


@require_POST
@page(DATA_INGEST)
def quarantine_restore_many(request: PageRequest) -> HttpResponse:
    """Put those that are named back on the list."""
    back = restore_readings(rows=_ticked(request), caller=request.caller, at=timezone.now())
    return _said(request, f"{len(back)} on the list again.")


def _ticked(request: PageRequest) -> QuarantineQuerySet:
    return _own(request).filter(pk__in=_ids(request.POST.getlist("reading")))


def _said(request: PageRequest, words: str, undo: list[int] | None = None) -> HttpResponse:
    """Answer with the list and what was done; without htmx, by way of the list's own address."""
    if request.htmx:
        return _list(request, notice=words, undo=undo)
    messages.info(request, words)
    return redirect(f"{reverse('quarantine')}?{QuarantineFilter.of(request.GET).query}")


@require_POST
@page(DATA_INGEST)
def quarantine_piece(request: PageRequest) -> HttpResponse:
    """Do a deed to the next thousand that fit the address; the answer asks for the next piece by itself."""
    form = PieceForm(request.POST)
    if not form.is_valid():
        raise ParseError("Say which deed, how far it has come, and why readings are discarded.")
    at = timezone.now()
    fitting = QuarantineFilter.of(request.GET).apply(request.caller.organization, at)
    piece = form.take(fitting, request.caller, at)
    answer = render(request, "sensors/quarantine.html#pieces", {"piece": piece})
    return answer if piece.after is not None else trigger_client_event(answer, "quarantine", after="settle")
