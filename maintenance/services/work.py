"""What happens to a booking: started, cancelled, moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from maintenance.crew import lock_crew
from maintenance.events import TaskCancelled, TaskMoved
from maintenance.models import MaintenanceTask, TaskTransition, Technician
from maintenance.services.deciding import FARTHEST
from maintenance.services.joining import rebook, release
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.outbox import publish

Status = MaintenanceTask.Status


def lock_task(task: MaintenanceTask, *allowed: str) -> str:
    """Bring the task up to date, keep others from changing it, and return its status.

    Raises:
        Conflict: it is in none of the `allowed` states.
    """
    task.refresh_from_db(from_queryset=MaintenanceTask.objects.select_for_update(no_key=True))
    if task.status not in allowed:
        raise Conflict(f"The task is {task.get_status_display()}.")
    return task.status


def note_step(
    task: MaintenanceTask, action: str, before: str, caller: Caller, at: datetime, reason: str
) -> None:
    TaskTransition.objects.create(
        task=task,
        action=action,
        from_status=before,
        to_status=task.status,
        at=at,
        by=caller.user,
        actor=caller.name[:100],
        reason=reason[:1000],
    )


def envelope_of(task: MaintenanceTask) -> dict[str, Any]:
    return {
        "organization_id": task.organization_id,
        "correlation_id": task.correlation_id,
        "task_id": task.pk,
    }


@transaction.atomic
def start_task(*, task: MaintenanceTask, caller: Caller, at: datetime) -> MaintenanceTask:
    """Say that the work has begun.

    Raises:
        Conflict: it has begun already, or is over.
    """
    before = lock_task(task, Status.SCHEDULED)
    task.status = Status.IN_PROGRESS
    task.save(update_fields=["status"])
    note_step(task, "started", before, caller, at, "")
    return task


@transaction.atomic
def cancel_task(*, task: MaintenanceTask, caller: Caller, reason: str, at: datetime) -> MaintenanceTask:
    """Give the technician's time back.

    Raises:
        Conflict: the task is over already.
        Unprocessable: no reason is given.
    """
    if not reason.strip():
        raise Unprocessable({"reason": "Say why the task is cancelled."})
    before = lock_task(task, *MaintenanceTask.ACTIVE)
    task.status = Status.CANCELLED
    task.save(update_fields=["status"])
    note_step(task, "cancelled", before, caller, at, reason)
    publish(TaskCancelled(**envelope_of(task)))
    return task


@transaction.atomic
def reschedule_task(
    *,
    task: MaintenanceTask,
    caller: Caller,
    at: datetime,
    technician: Technician | None = None,
    start: datetime | None = None,
    reason: str = "",
) -> MaintenanceTask:
    """Give the task another time or another technician; its length stays. People may book outside shifts.

    Raises:
        Conflict: the task has begun or is over, or the technician is booked then.
        Unprocessable: the technician is not one of the organization's, or the time is past.
    """
    lock_crew(task.organization_id)
    before = lock_task(task, Status.SCHEDULED)
    if technician and (technician.organization_id != task.organization_id or not technician.is_active):
        raise Unprocessable({"technician_id": "Only an active technician of the organization can be booked."})
    if start and not at <= start <= at + FARTHEST:
        words = "The new time is past." if start < at else "The new time is years away."
        raise Unprocessable({"start": words})
    was, booked = f"{task.technician}, {task.period.lower:%a %d %b %H:%M} UTC", task.technician_id
    _move(task, technician or task.technician, start or task.period.lower)
    note_step(task, "moved", before, caller, at, f"It was {was}. {reason}".strip())
    publish(TaskMoved(**envelope_of(task)))
    if booked != task.technician_id:
        release(task, booked, task.correlation_id)
    return task


def _move(task: MaintenanceTask, technician: Technician, start: datetime) -> None:
    length = task.period.upper - task.period.lower
    if not rebook(task, technician.pk, start, start + length):
        raise Conflict(_clash(task))


def _clash(task: MaintenanceTask) -> str:
    others = MaintenanceTask.objects.active().filter(technician=task.technician, period__overlap=task.period)
    other = others.exclude(pk=task.pk).order_by("period").first()
    if other is None:
        return f"{task.technician} is booked then."
    lower, upper = other.period.lower, other.period.upper
    return f"{task.technician} is booked {lower:%a %d %b %H:%M} to {upper:%H:%M} UTC: {other.title}."
