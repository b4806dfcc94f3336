"""Pages of decisions, and what an alert led to."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from anomalies.models import Alert
from maintenance.forms import AnswerForm
from maintenance.models import Decision, MaintenanceTask
from maintenance.models.decisions import DecisionQuerySet
from maintenance.services import answer_decision
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import MAINTENANCE_READ, TASKS_UPDATE

LATEST = 20
MANY = 200


def _decisions(request: PageRequest) -> DecisionQuerySet:
    rows = Decision.objects.filter(organization=request.caller.organization)
    rows = rows.with_context().select_related("task__technician__site", "followed_by")
    return rows.select_related("joining__visit__task__technician__site")


@require_safe
@page(MAINTENANCE_READ)
def decision_list(request: PageRequest) -> HttpResponse:
    at = timezone.now()
    settled = _decisions(request).exclude(status=Decision.Status.PENDING).prefetch_related("answers")
    context = {
        "due": _decisions(request).waiting(at).order_by("due_at", "pk")[:MANY],
        "deferred": _decisions(request).deferred(at).order_by("deferred_until", "pk")[:MANY],
        "settled": settled.order_by("-decided_at")[:LATEST],
        "at": at,
    }
    part = "#list" if request.htmx else ""
    return render(request, f"maintenance/decision_list.html{part}", context)


@require_POST
@page(TASKS_UPDATE)
def decision_answer(request: PageRequest, request_id: str) -> HttpResponse:
    decision = get_object_or_404(_decisions(request), request_id=request_id)
    form, at = AnswerForm(request.POST), timezone.now()
    if not form.is_valid():
        context = {"decision": decision, "form": form, "at": at}
        return render(request, "maintenance/decision_list.html#card", context, status=422)
    answer_decision(decision=decision, caller=request.caller, at=at, **form.answer_at(at))
    if not request.htmx:
        return redirect("decision-list")
    return trigger_client_event(_outcome(request, request_id), "refresh")


@require_safe
@page(MAINTENANCE_READ)
def decision_outcome(request: PageRequest, request_id: str) -> HttpResponse:
    """What became of an answered decision; asked again until the booking is made."""
    return _outcome(request, request_id)


def _outcome(request: PageRequest, request_id: str) -> HttpResponse:
    decision = get_object_or_404(_decisions(request).prefetch_related("answers"), request_id=request_id)
    answer = render(request, "maintenance/decision_list.html#outcome", {"decision": decision})
    if task := getattr(decision, "task", None):
        words = f"Booked: {task.technician.name}, {_when(task)}. {task.title}"
        return trigger_client_event(answer, "toast", {"text": words})
    return answer


def _when(task: MaintenanceTask) -> str:
    """Write the time by the clock of the site, where the work is."""
    start = task.period.lower.astimezone(task.technician.site.zone)
    return f"{start:%a %d %b %H:%M} ({task.technician.site.name})"


@require_safe
@page(MAINTENANCE_READ)
def alert_work(request: PageRequest, pk: int) -> HttpResponse:
    """The prediction, the decisions and the tasks that an alert led to: a part of the alert's page."""
    alerts = Alert.objects.filter(organization=request.caller.organization)
    alert = get_object_or_404(alerts.select_related("prediction__sensor"), pk=pk)
    tasks = MaintenanceTask.objects.filter(organization=request.caller.organization).for_alert(alert)
    context = {
        "alert": alert,
        "prediction": getattr(alert, "prediction", None),
        "decisions": _decisions(request).filter(alert=alert).order_by("-decided_at"),
        "tasks": tasks.with_context().order_by("-booked_at"),
    }
    return render(request, "maintenance/alert_work.html", context)
