"""Pages of alerts: the list, one alert, and what people do with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from anomalies.filters import AlertFilter, priority_tabs, read_page, state_tabs
from anomalies.forms import AssignForm, CommentForm, ResolveForm
from anomalies.models import Alert, AlertQuerySet
from anomalies.services import acknowledge_alert, assign_alert, comment_alert, resolve_alert
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.problems import Conflict
from smartmaint.accounts.scopes import ALERTS_WRITE, DATA_READ


def _alerts(request: PageRequest) -> AlertQuerySet:
    return Alert.objects.filter(organization=request.caller.organization)


@require_safe
@page(DATA_READ)
def alert_list(request: PageRequest) -> HttpResponse:
    shown, rows = AlertFilter.of(request.GET), _alerts(request)
    found = shown.apply(rows).select_related("asset__site", "subject_sensor", "assigned_to")
    shown_page = read_page(found, request.GET.get("page", ""))
    context = {
        "shown": shown,
        "page": shown_page,
        "states": state_tabs(shown, rows),
        "priorities": priority_tabs(shown, rows),
        "last": None if shown_page.alerts else rows.visible().order_by("-raised_at").first(),
    }
    part = "#list" if request.htmx else ""
    return render(request, f"anomalies/alert_list.html{part}", context)


@require_safe
@page(DATA_READ)
def alert_detail(request: PageRequest, pk: int) -> HttpResponse:
    return _detail(request, _find(request, pk))


def _find(request: PageRequest, pk: int) -> Alert:
    return get_object_or_404(_alerts(request).with_context().select_related("assigned_to"), pk=pk)


def _detail(request: PageRequest, alert: Alert, *, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "alert": alert,
        "moved": sorted(alert.alert_sensors.all(), key=lambda row: -row.share),
        "history": alert.transitions.order_by("-at", "-pk"),
        "resolve": forms.get("resolve") or ResolveForm(),
        "comment": forms.get("comment") or CommentForm(),
        "assign": AssignForm(caller=request.caller, initial={"person": alert.assigned_to_id}),
    }
    part = "#body" if request.htmx else ""
    return render(request, f"anomalies/alert_detail.html{part}", context, status=status)


def _done(request: PageRequest, pk: int, words: str) -> HttpResponse:
    """Answer an action: the alert's page where it was done there, else its row; other parts then refresh."""
    if not request.htmx:
        return redirect("alert-detail", pk)
    alert = _find(request, pk)
    in_list = request.htmx.target != "alert"
    row = render(request, "anomalies/alert_list.html#row", {"alert": alert}) if in_list else None
    answer = trigger_client_event(row or _detail(request, alert), "toast", {"text": words})
    return trigger_client_event(answer, "refresh")


@require_POST
@page(ALERTS_WRITE)
def alert_acknowledge(request: PageRequest, pk: int) -> HttpResponse:
    acknowledge_alert(alert=_find(request, pk), caller=request.caller, reason="", at=timezone.now())
    return _done(request, pk, "Acknowledged.")


@require_POST
@page(ALERTS_WRITE)
def alert_acknowledge_many(request: PageRequest) -> HttpResponse:
    """Acknowledge those that are ticked; what somebody else was quicker with is no error."""
    ticked = [int(pk) for pk in request.POST.getlist("alert") if pk.isdecimal() and len(pk) < 19]
    done = sum(_acknowledged(request, alert) for alert in _alerts(request).filter(pk__in=ticked))
    answer = trigger_client_event(HttpResponse(status=204), "toast", {"text": f"{done} acknowledged."})
    return trigger_client_event(answer, "reload-list")


def _acknowledged(request: PageRequest, alert: Alert) -> bool:
    try:
        acknowledge_alert(alert=alert, caller=request.caller, reason="", at=timezone.now())
    except Conflict:
        return False
    return True


@require_POST
@page(ALERTS_WRITE)
def alert_resolve(request: PageRequest, pk: int) -> HttpResponse:
    alert, form = _find(request, pk), ResolveForm(request.POST)
    if not form.is_valid():
        return _detail(request, alert, status=422, resolve=form)
    resolve_alert(alert=alert, caller=request.caller, at=timezone.now(), **form.cleaned_data)
    return _done(request, pk, "Resolved.")


@require_POST
@page(ALERTS_WRITE)
def alert_comment(request: PageRequest, pk: int) -> HttpResponse:
    alert, form = _find(request, pk), CommentForm(request.POST)
    if not form.is_valid():
        return _detail(request, alert, status=422, comment=form)
    comment_alert(alert=alert, caller=request.caller, text=form.cleaned_data["text"], at=timezone.now())
    return _done(request, pk, "Noted.")


@require_POST
@page(ALERTS_WRITE)
def alert_assign(request: PageRequest, pk: int) -> HttpResponse:
    alert, form = _find(request, pk), AssignForm(request.POST, caller=request.caller)
    if not form.is_valid():
        return _detail(request, alert, status=422)
    assign_alert(alert=alert, caller=request.caller, to=form.cleaned_data["person"], at=timezone.now())
    return _done(request, pk, "Assigned.")
