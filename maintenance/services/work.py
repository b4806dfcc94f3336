"""What happens to a booking: started, completed with a finding, cancelled, moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation
from psycopg.types.range import Range

from anomalies.services import learn_from_finding, resolve_alert
from anomalies.turns import take_turn
from maintenance.crew import lock_crew
from maintenance.events import TaskCancelled, TaskCompleted, TaskMoved
from maintenance.models import MaintenanceLog, MaintenanceTask, TaskTransition, Technician
from maintenance.services.deciding import FARTHEST
from sensors.models import Sensor
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.outbox import publish

Status = MaintenanceTask.Status
Finding = MaintenanceLog.Finding


def _lock(task: MaintenanceTask, *allowed: str) -> str:
    """Bring the task up to date, keep others from changing it, and return its status.

    Raises:
        Conflict: it is in none of the `allowed` states.
    """
    task.refresh_from_db(from_queryset=MaintenanceTask.objects.select_for_update(no_key=True))
    if task.status not in allowed:
        raise Conflict(f"The task is {task.get_status_display()}.")
    return task.status


def _note(task: MaintenanceTask, action: str, before: str, caller: Caller, at: datetime, reason: str) -> None:
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


def _envelope(task: MaintenanceTask) -> dict[str, Any]:
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
    before = _lock(task, Status.SCHEDULED)
    task.status = Status.IN_PROGRESS
    task.save(update_fields=["status"])
    _note(task, "started", before, caller, at, "")
    return task


@transaction.atomic
def complete_task(
    *,
    task: MaintenanceTask,
    caller: Caller,
    finding: str,
    at: datetime,
    failure_mode: str = "",
    notes: str = "",
    new_baseline: bool = False,
) -> MaintenanceLog:
    """Close the task with what was found at the machine, and with it the alert that led here.

    `new_baseline`: parts or settings are others now, what is normal for the machine is learnt anew.

    Raises:
        Conflict: the task is over already.
        Unprocessable: the finding is none, or there is no sensor that could be learnt anew.
    """
    if finding not in Finding.values:
        raise Unprocessable(f"A finding is one of {', '.join(Finding.values)}.")
    before = _lock(task, *MaintenanceTask.ACTIVE)
    task.status = Status.COMPLETED
    task.save(update_fields=["status"])
    label = {"finding": finding, "failure_mode": failure_mode.upper()[:16], "notes": notes}
    log = _log(task, caller, at, label)
    _note(task, "completed", before, caller, at, str(log.get_finding_display()))
    _tell_detection(task, log, caller, at, new_baseline)
    publish(TaskCompleted(**_envelope(task)))
    return log


def _log(task: MaintenanceTask, caller: Caller, at: datetime, label: dict[str, str]) -> MaintenanceLog:
    return MaintenanceLog.objects.create(
        organization_id=task.organization_id,
        task=task,
        by=caller.user,
        actor=caller.name[:100],
        completed_at=at,
        **label,
    )


def _tell_detection(
    task: MaintenanceTask, log: MaintenanceLog, caller: Caller, at: datetime, new_baseline: bool
) -> None:
    """Close the alert, and let what was found be learnt from."""
    if new_baseline:
        take_turn(task.organization_id)  # before the alert's row, as detection does
    _resolve(task, log, caller, at)
    _learn(task, log, caller, at)
    if new_baseline:
        _begin_anew(task, log, caller, at)


def _resolve(task: MaintenanceTask, log: MaintenanceLog, caller: Caller, at: datetime) -> None:
    if task.alert is None or not task.alert.is_open:
        return
    resolve_alert(
        alert=task.alert,
        caller=caller,
        reason=f"{task.title}: {log.get_finding_display()}. {log.notes}".strip()[:1000],
        false_alarm=log.finding == Finding.FALSE,
        from_screen=False,
        at=at,
    )


def _learn(task: MaintenanceTask, log: MaintenanceLog, caller: Caller, at: datetime) -> None:
    learn_from_finding(
        asset=task.asset,
        alert=task.alert,
        finding=log.finding,
        failure_mode=log.failure_mode,
        notes=log.notes,
        origin=f"task:{task.uid}",
        by=caller,
        found_at=at,
        at=at,
    )


def _begin_anew(task: MaintenanceTask, log: MaintenanceLog, caller: Caller, at: datetime) -> None:
    from anomalies.services.baselines import restart_baseline  # numpy: not in every process

    rows = Sensor.objects.filter(organization=task.organization_id, asset=task.asset_id)
    sensors = list(rows.select_related("asset__site"))
    reason = f"{task.title}: {log.get_finding_display()}. {log.notes}".strip()[:1000]
    restart_baseline(
        organization_id=task.organization_id, sensors=sensors, actor=caller.name[:100], reason=reason, at=at
    )
    words = f"What is normal for {task.asset} is learnt anew, from {len(sensors)} sensors."
    _note(task, "learns_anew", task.status, caller, at, words)


@transaction.atomic
def cancel_task(*, task: MaintenanceTask, caller: Caller, reason: str, at: datetime) -> MaintenanceTask:
    """Give the technician's time back.

    Raises:
        Conflict: the task is over already.
        Unprocessable: no reason is given.
    """
    if not reason.strip():
        raise Unprocessable("Say why the task is cancelled.")
    before = _lock(task, *MaintenanceTask.ACTIVE)
    task.status = Status.CANCELLED
    task.save(update_fields=["status"])
    _note(task, "cancelled", before, caller, at, reason)
    publish(TaskCancelled(**_envelope(task)))
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
    before = _lock(task, Status.SCHEDULED)
    if technician and (technician.organization_id != task.organization_id or not technician.is_active):
        raise Unprocessable("Only an active technician of the organization can be booked.")
    if start and not at <= start <= at + FARTHEST:
        raise Unprocessable("The new time is past." if start < at else "The new time is years away.")
    was = f"{task.technician}, {task.period.lower:%a %d %b %H:%M} UTC"
    _move(task, technician or task.technician, start or task.period.lower)
    _note(task, "moved", before, caller, at, f"It was {was}. {reason}".strip())
    publish(TaskMoved(**_envelope(task)))
    return task


def _move(task: MaintenanceTask, technician: Technician, start: datetime) -> None:
    task.technician = technician
    task.period = Range(start, start + (task.period.upper - task.period.lower))
    try:
        with transaction.atomic():
            task.save(update_fields=["technician", "period"])
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise Conflict(_clash(task)) from error
        raise


def _clash(task: MaintenanceTask) -> str:
    others = MaintenanceTask.objects.active().filter(technician=task.technician, period__overlap=task.period)
    other = others.exclude(pk=task.pk).order_by("period").first()
    if other is None:
        return f"{task.technician} is booked then."
    lower, upper = other.period.lower, other.period.upper
    return f"{task.technician} is booked {lower:%a %d %b %H:%M} to {upper:%H:%M} UTC: {other.title}."
