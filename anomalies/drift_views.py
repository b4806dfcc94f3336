"""The drift page: what has moved away from what was learnt, since when, and what was done about it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from anomalies.drifting.rows import FIRST, address_of, findings_of, newest_check, tabs_of
from mlops.models import DriftCheck, DriftFinding
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import ALERTS_WRITE, DATA_READ, ML_DRIFT

ROWS = 50


@require_safe
@page(DATA_READ)
def drift_list(request: PageRequest) -> HttpResponse:
    """List what was last found of each sensor and model input; `?outcome=` and `?q=` narrow it."""
    organization = request.caller.organization
    shown = request.GET.get("outcome", "")
    shown = shown if shown in FIRST else ""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    rows = Paginator(findings_of(organization, shown, words), ROWS).get_page(request.GET.get("page"))
    context = {
        "rows": rows,
        "found": [(row, address_of(row)) for row in rows],
        "tabs": tabs_of(organization, shown),
        "shown": shown,
        "words": words,
        "check": newest_check(organization),
    }
    part = "#found" if request.htmx else ""
    return render(request, f"anomalies/drift_list.html{part}", context)


@require_POST
@page(ML_DRIFT)
def drift_check(request: PageRequest) -> HttpResponse:
    """Begin a check of everything; the list shows how far it is."""
    from anomalies.drifting.checks import start_check  # numpy

    start_check(
        organization_id=request.caller.organization.pk,
        cause=DriftCheck.Cause.HAND,
        by=request.caller,
        at=timezone.now(),
    )
    return redirect("drift-list")


@require_POST
@page(ALERTS_WRITE)
def drift_baseline(request: PageRequest, pk: int) -> HttpResponse:
    """Learn a drifted sensor anew from now on, and look at it again."""
    from anomalies.drifting.anew import begin_anew  # numpy

    rows = DriftFinding.objects.filter(organization=request.caller.organization).current()
    finding = get_object_or_404(rows, pk=pk)
    begin_anew(finding=finding, by=request.caller, at=timezone.now())
    messages.success(request, f"{finding.name} is learnt anew from now on.")
    return redirect("drift-list")
