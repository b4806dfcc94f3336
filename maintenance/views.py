"""Pages of decisions and work."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from anomalies.models import Alert
from maintenance.calendar import DAYS, agenda, days_from, is_late, lanes
from maintenance.models import Decision, MaintenanceLog, MaintenanceTask, Technician
from maintenance.models.decisions import DecisionQuerySet
from maintenance.models.work import MaintenanceTaskQuerySet
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import MAINTENANCE_READ

LATEST = 20
MANY = 200
FAILURE_MODES = {
    "VIB": "vibration",
    "OHE": "overheating",
    "NOI": "noise",
    "ELP": "leak to outside",
    "PLU": "plugged or choked",
    "STD": "damaged structure",
    "AIR": "abnormal reading of an instrument",
    "OTH": "other",
}


def _decisions(request: PageRequest) -> DecisionQuerySet:
    rows = Decision.objects.filter(organization=request.caller.organization)
    return rows.select_related("alert", "asset", "asset__site", "prediction__sensor")


def _tasks(request: PageRequest) -> MaintenanceTaskQuerySet:
    return MaintenanceTask.objects.filter(organization=request.caller.organization).with_context()


@require_safe
@page(MAINTENANCE_READ)
def decision_list(request: PageRequest) -> HttpResponse:
    at = timezone.now()
    pending = list(_decisions(request).pending().order_by("due_at", "pk")[:MANY])
    context = {
        "due": [decision for decision in pending if (decision.deferred_until or at) <= at],
        "deferred": [decision for decision in pending if (decision.deferred_until or at) > at],
        "settled": _decisions(request)
        .exclude(status=Decision.Status.PENDING)
        .prefetch_related("answers")
        .select_related("task__technician")
        .order_by("-decided_at")[:LATEST],
        "at": at,
    }
    part = "#list" if request.htmx else ""
    return render(request, f"maintenance/decision_list.html{part}", context)


@require_safe
@page(MAINTENANCE_READ)
def task_list(request: PageRequest) -> HttpResponse:
    at = timezone.now()
    shown = "days" if request.GET.get("view") == "days" else "list"
    context = _days(request, at) if shown == "days" else _list(request, at)
    part = "#work" if request.htmx else ""
    return render(request, f"maintenance/task_list.html{part}", {**context, "shown": shown})


def _list(request: PageRequest, at: datetime) -> dict[str, object]:
    active = list(_tasks(request).active().order_by("period")[:MANY])
    return {
        "late": [task for task in active if is_late(task, at)],
        "coming": [task for task in active if not is_late(task, at)],
        "closed": _tasks(request)
        .exclude(status__in=MaintenanceTask.ACTIVE)
        .select_related("log")
        .order_by("-period")[:LATEST],
    }


def _days(request: PageRequest, at: datetime) -> dict[str, object]:
    first = _first_day(request, at)
    start = datetime.combine(first, datetime.min.time(), at.tzinfo)
    around = Q(period__overlap=(start - timedelta(days=1), start + timedelta(days=DAYS + 1)))
    technicians = Technician.objects.filter(organization=request.caller.organization).active()
    tasks = _tasks(request).filter(around).exclude(status=MaintenanceTask.Status.CANCELLED)
    return {
        "lanes": lanes(technicians.select_related("site").order_by("name"), tasks, first),
        "days": days_from(first),
        "today": at.date(),
        "before": first - timedelta(days=DAYS),
        "after": first + timedelta(days=DAYS),
    }


def _first_day(request: PageRequest, at: datetime) -> date:
    try:
        return parse_date(request.GET.get("from", "")) or at.date()
    except ValueError:
        return at.date()


@require_safe
@page(MAINTENANCE_READ)
def task_detail(request: PageRequest, uid: str) -> HttpResponse:
    return _task(request, get_object_or_404(_tasks(request).select_related("log", "decision"), uid=uid))


def _task(
    request: PageRequest, task: MaintenanceTask, *, form: object = None, status: int = 200
) -> HttpResponse:
    context = {
        "task": task,
        "form": form,
        "findings": MaintenanceLog.Finding.choices,
        "failure_modes": FAILURE_MODES,
        "is_late": is_late(task, timezone.now()),
    }
    part = "#body" if request.htmx else ""
    return render(request, f"maintenance/task_detail.html{part}", context, status=status)


@require_safe
@page(MAINTENANCE_READ)
def my_work(request: PageRequest) -> HttpResponse:
    at = timezone.now()
    mine = _tasks(request).active().filter(technician__user=request.caller.user)
    context = {"agenda": agenda(mine[:MANY], at), "at": at}
    part = "#work" if request.htmx else ""
    return render(request, f"maintenance/my_work.html{part}", context)


@require_safe
@page(MAINTENANCE_READ)
def alert_work(request: PageRequest, pk: int) -> HttpResponse:
    """The prediction, the decisions and the tasks that an alert led to: a part of the alert's page."""
    alerts = Alert.objects.filter(organization=request.caller.organization).select_related(
        "prediction__sensor"
    )
    alert = get_object_or_404(alerts, pk=pk)
    context = {
        "alert": alert,
        "prediction": getattr(alert, "prediction", None),
        "decisions": _decisions(request).filter(alert=alert).order_by("-decided_at"),
        "tasks": _tasks(request).filter(alert=alert).order_by("-booked_at"),
    }
    return render(request, "maintenance/alert_work.html", context)
