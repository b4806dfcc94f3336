"""Pages of work: what is booked, who does it when, and a technician's own day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from maintenance.calendar import DAYS, agenda, days_from, is_late, lanes
from maintenance.forms import CompleteForm
from maintenance.models import MaintenanceTask, Technician
from maintenance.models.work import MaintenanceTaskQuerySet
from maintenance.services import complete_task, start_task
from sensors.models import Sensor
from sensors.zones import shared_zone
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import MAINTENANCE_READ, TASKS_UPDATE

LATEST = 20
MANY = 200


def _tasks(request: PageRequest) -> MaintenanceTaskQuerySet:
    rows = MaintenanceTask.objects.filter(organization=request.caller.organization)
    return rows.with_context().select_related("log")


@require_safe
@page(MAINTENANCE_READ)
def task_list(request: PageRequest) -> HttpResponse:
    at = timezone.now()
    shown = "days" if request.GET.get("view") == "days" else "list"
    context = _days(request, at) if shown == "days" else _list(request, at)
    part = "#work" if request.htmx else ""
    return render(request, f"maintenance/task_list.html{part}", {**context, "shown": shown})


def _list(request: PageRequest, at: datetime) -> dict[str, Any]:
    active = list(_tasks(request).active().order_by("period")[:MANY])
    closed = _tasks(request).exclude(status__in=MaintenanceTask.ACTIVE)
    return {
        "groups": [
            ("Late", [task for task in active if is_late(task, at)]),
            ("Coming", [task for task in active if not is_late(task, at)]),
            ("Closed", closed.order_by("-period")[:LATEST]),
        ],
        "any": bool(active) or closed.exists(),
    }


def _days(request: PageRequest, at: datetime) -> dict[str, Any]:
    today = _today(request, at)
    first = _first_day(request, today)
    start = datetime.combine(first, datetime.min.time(), at.tzinfo)
    around = (start - timedelta(days=1), start + timedelta(days=DAYS + 1))
    technicians = Technician.objects.filter(organization=request.caller.organization).active()
    tasks = _tasks(request).filter(period__overlap=around).exclude(status=MaintenanceTask.Status.CANCELLED)
    return {
        "lanes": lanes(technicians.select_related("site").order_by("name"), tasks, first),
        "days": days_from(first),
        "today": today,
        "before": first - timedelta(days=DAYS),
        "after": first + timedelta(days=DAYS),
    }


def _today(request: PageRequest, at: datetime) -> date:
    """Return the day that the plant's calendar shows; UTC's where its sites have several clocks."""
    return at.astimezone(ZoneInfo(shared_zone(request.caller.organization) or "UTC")).date()


def _first_day(request: PageRequest, today: date) -> date:
    try:
        chosen = parse_date(request.GET.get("from", "")) or today
    except ValueError:
        return today
    return chosen if abs(chosen - today) < timedelta(days=3650) else today


@require_safe
@page(MAINTENANCE_READ)
def my_work(request: PageRequest) -> HttpResponse:
    at = timezone.now()
    mine = _tasks(request).active().filter(technician__user=request.caller.user)
    me = Technician.objects.filter(organization=request.caller.organization, user=request.caller.user)
    context = {
        "agenda": agenda(mine.order_by("period")[:MANY], at),
        "is_technician": me.active().exists(),
    }
    part = "#work" if request.htmx else ""
    return render(request, f"maintenance/my_work.html{part}", context)


@require_safe
@page(MAINTENANCE_READ)
def task_detail(request: PageRequest, uid: str) -> HttpResponse:
    return _task(request, _find(request, uid))


def _find(request: PageRequest, uid: str) -> MaintenanceTask:
    rows = _tasks(request).prefetch_related("log__alert_findings__alert")
    return get_object_or_404(rows, uid=uid)


def _task(
    request: PageRequest, task: MaintenanceTask, form: CompleteForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "task": task,
        "form": form or CompleteForm(task=task),
        "steps": task.transitions.order_by("-at", "-pk"),
        "is_late": is_late(task, timezone.now()),
        "is_active": task.status in MaintenanceTask.ACTIVE,
        "has_sensors": Sensor.objects.filter(asset=task.asset_id).exists(),
    }
    part = "#body" if request.htmx else ""
    return render(request, f"maintenance/task_detail.html{part}", context, status=status)


def _done(request: PageRequest, uid: str, words: str) -> HttpResponse:
    if not request.htmx:
        return redirect("task-detail", uid)
    answer = trigger_client_event(_task(request, _find(request, uid)), "toast", {"text": words})
    return trigger_client_event(answer, "refresh")


@require_POST
@page(TASKS_UPDATE)
def task_start(request: PageRequest, uid: str) -> HttpResponse:
    start_task(task=_find(request, uid), caller=request.caller, at=timezone.now())
    return _done(request, uid, "Started. Good work.")


@require_POST
@page(TASKS_UPDATE)
def task_complete(request: PageRequest, uid: str) -> HttpResponse:
    task = _find(request, uid)
    form = CompleteForm(request.POST, task=task)
    if not form.is_valid():
        return _task(request, task, form, status=422)
    complete_task(task=task, caller=request.caller, at=timezone.now(), **form.found())
    return _done(request, uid, "Closed, with what led here.")
