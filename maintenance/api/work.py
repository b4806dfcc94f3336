"""`maintenance/`: booked work, asking for work, and the log of what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import F, Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import services
from maintenance.api.named import named
from maintenance.api.serializers import (
    CancelSerializer,
    CompleteSerializer,
    LogSerializer,
    RescheduleSerializer,
    TaskDetailSerializer,
    TaskQuerySerializer,
    TaskSerializer,
)
from maintenance.models import MaintenanceLog, MaintenanceTask, TaskTransition, Technician
from maintenance.models.work import MaintenanceTaskQuerySet
from maintenance.services import Found
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import MAINTENANCE_READ, MAINTENANCE_SCHEDULE, TASKS_UPDATE


def _own(request: Request) -> MaintenanceTaskQuerySet:
    return MaintenanceTask.objects.filter(organization=caller_of(request).organization)


@extend_schema(
    parameters=[TaskQuerySerializer, *PAGE_PARAMETERS], responses=page_schema("TaskPage", TaskSerializer)
)
@endpoint(GET=MAINTENANCE_READ)
def task_list(request: Request) -> Response:
    """List tasks, the last booked first."""
    query = TaskQuerySerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    rows = _matching(_own(request), **query.validated_data).with_context()
    return paginated(request, rows, lambda row: TaskSerializer(row).data, ordering="-id")


def _matching(
    rows: MaintenanceTaskQuerySet, status: str = "", technician_id: int | None = None, asset: str = ""
) -> MaintenanceTaskQuerySet:
    rows = rows.active() if status == "active" else rows.filter(status=status) if status else rows
    rows = rows.filter(technician_id=technician_id) if technician_id is not None else rows
    return rows.filter(asset__code=asset) if asset else rows


@extend_schema(parameters=PAGE_PARAMETERS, responses=page_schema("ScheduledPage", TaskSerializer))
@endpoint(GET=MAINTENANCE_READ)
def scheduled_list(request: Request) -> Response:
    """List what is booked or under way, the next first."""
    rows = _own(request).active().with_context().annotate(starts_at=F("period__startswith"))
    return paginated(request, rows, lambda row: TaskSerializer(row).data, ordering="starts_at")


@extend_schema(responses=TaskDetailSerializer)
@endpoint(GET=MAINTENANCE_READ)
def task_detail(request: Request, uid: str) -> Response:
    """Show a task with each of its changes: who, when and why."""
    return _answer(request, uid)


def _answer(request: Request, uid: str) -> Response:
    history = Prefetch("transitions", TaskTransition.objects.order_by("at", "pk"))
    rows = _own(request).with_context().select_related("log__task__asset")
    rows = rows.prefetch_related(history, "log__alert_findings")
    return Response(TaskDetailSerializer(get_object_or_404(rows, uid=uid)).data)


def _act(
    request: Request, uid: str, body: serializers.Serializer[Any] | None, service: Callable[..., Any]
) -> Response:
    task = get_object_or_404(_own(request), uid=uid)
    said: dict[str, Any] = {}
    if body is not None:
        body.is_valid(raise_exception=True)
        said = body.validated_data
    service(task=task, caller=caller_of(request), at=timezone.now(), **said)
    return _answer(request, uid)


@extend_schema(request=None, responses=TaskDetailSerializer)
@endpoint(POST=TASKS_UPDATE)
def task_start(request: Request, uid: str) -> Response:
    """Say that the work has begun. 409 where it has, or is over."""
    return _act(request, uid, None, services.start_task)


@extend_schema(request=CompleteSerializer, responses=TaskDetailSerializer)
@endpoint(POST=TASKS_UPDATE)
def task_complete(request: Request, uid: str) -> Response:
    """Close it with what was found; its alerts are resolved with it. 409 where it is over.

    `findings` says of an alert what differs; 422 where the visit does not see to that alert.
    `new_baseline` learns anew what is normal for the machine; 422 where it has no sensor.
    """

    def complete(*, findings: Sequence[dict[str, Any]] = (), **said: Any) -> MaintenanceLog:
        found = {one["alert"]: Found(one["finding"], one["failure_mode"]) for one in findings}
        return services.complete_task(findings=found, **said)

    return _act(request, uid, CompleteSerializer(data=request.data), complete)


@extend_schema(request=CancelSerializer, responses=TaskDetailSerializer)
@endpoint(POST=MAINTENANCE_SCHEDULE)
def task_cancel(request: Request, uid: str) -> Response:
    """Give the technician's time back, with the reason. 409 where it is over."""
    return _act(request, uid, CancelSerializer(data=request.data), services.cancel_task)


@extend_schema(request=RescheduleSerializer, responses=TaskDetailSerializer)
@endpoint(POST=MAINTENANCE_SCHEDULE)
def task_reschedule(request: Request, uid: str) -> Response:
    """Give it another time or technician. 409, in words, where the technician is booked then."""

    def reschedule(*, technician_id: int | None = None, **said: Any) -> MaintenanceTask:
        crew = Technician.objects.filter(organization=caller_of(request).organization)
        chosen = named(crew, "technician_id", pk=technician_id) if technician_id is not None else None
        return services.reschedule_task(technician=chosen, **said)

    return _act(request, uid, RescheduleSerializer(data=request.data), reschedule)


@extend_schema(parameters=PAGE_PARAMETERS, responses=page_schema("LogPage", LogSerializer))
@endpoint(GET=MAINTENANCE_READ)
def log_list(request: Request) -> Response:
    """List what was found at the machines, the latest first."""
    rows = MaintenanceLog.objects.filter(organization=caller_of(request).organization)
    rows = rows.select_related("task__asset").prefetch_related("alert_findings")
    return paginated(request, rows, lambda row: LogSerializer(row).data, ordering="-id")
