"""The pages of the backbone: how the chain is doing, and the way of one reading."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import ADMIN, DATA_READ
from smartmaint.events import upkeep
from smartmaint.events.models import DeadLetter
from smartmaint.events.overview import load_overview
from smartmaint.events.timeline import draw_timeline
from smartmaint.events.trace import span_of
from smartmaint.events.trace import trace as find_trace

PARTS = {"chain", "connectors", "letters"}


@require_safe
@page(DATA_READ)
def system(request: PageRequest) -> HttpResponse:
    """The page; to htmx, which asks again and again, only the part that it names."""
    overview = load_overview(organization=request.caller.organization, at=timezone.now())
    part = request.GET.get("part") if request.htmx else None
    template = f"events/system.html#{part}" if part in PARTS else "events/system.html"
    return render(request, template, {"overview": overview})


@require_safe
@page(DATA_READ)
def trace(request: PageRequest, correlation_id: UUID) -> HttpResponse:
    steps = find_trace(organization=request.caller.organization, correlation_id=correlation_id)
    if not steps:
        raise Http404
    span = span_of(steps)
    context = {"span": span, "rows": draw_timeline(steps, span), "correlation_id": correlation_id}
    return render(request, "events/trace.html", context)


@require_POST
@page(ADMIN)
def dead_letter_replay(request: PageRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, upkeep.replay, "The event gets five more attempts.")


@require_POST
@page(ADMIN)
def dead_letter_discard(request: PageRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, upkeep.discard, "The dead letter is discarded; its row stays as the record.")


def _settle(request: PageRequest, pk: int, deed: Callable[..., int], text: str) -> HttpResponse:
    own = DeadLetter.objects.filter(organization=request.caller.organization)
    if deed([get_object_or_404(own, pk=pk)], by=request.user, at=timezone.now()):
        messages.success(request, text)
    else:
        messages.info(request, "Somebody else has settled this dead letter.")
    return redirect("system")
