"""A task is closed with what was found at the machine, for each alert that led there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from anomalies.models import Alert
from anomalies.services import learn_from_finding, resolve_alert
from anomalies.turns import take_turn
from maintenance.events import TaskCompleted
from maintenance.models import AlertFinding, MaintenanceLog, MaintenanceTask
from maintenance.services.work import envelope_of, lock_task, note_step
from sensors.models import Sensor
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Unprocessable
from smartmaint.events.outbox import publish

Finding = MaintenanceLog.Finding
FAULTS = (Finding.TRUE, Finding.EARLY, Finding.MISSED)


@dataclass(frozen=True)
class Found:
    """What was found of a machine, or of one alert."""

    finding: str
    failure_mode: str = ""


FoundOf = tuple[Alert | None, Found]


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
    findings: Mapping[int, Found] | None = None,
) -> MaintenanceLog:
    """Close the task with what was found at the machine, and with it the alerts that led here.

    `findings`: by the alert's id, where one differs from the others.
    `new_baseline`: parts or settings are others now, what is normal for the machine is learnt anew.

    Raises Conflict where the task is over already, Unprocessable where a finding is none, or of an alert that
    the visit does not see to, or where there is no sensor that could be learnt anew.
    """
    if new_baseline:
        take_turn(task.organization_id)  # before any row, as detection does
    before = lock_task(task, *MaintenanceTask.ACTIVE)
    found = _found(task.alerts, Found(finding, failure_mode), findings or {})
    log = _close(task, before, caller, at, _worst(found), notes)
    _tell_detection(log, found, caller, at)
    if new_baseline:
        _begin_anew(log, caller, at)
    publish(TaskCompleted(**envelope_of(task)))
    return log


def _found(alerts: list[Alert], of_all: Found, of_some: Mapping[int, Found]) -> list[FoundOf]:
    """Return what was found of each alert, in order; of the machine, with None, where no alert led there."""
    for one in (of_all, *of_some.values()):
        if one.finding not in Finding.values:
            raise Unprocessable({"finding": f"A finding is one of {', '.join(Finding.values)}."})
    strange = sorted(set(of_some) - {alert.pk for alert in alerts})
    if strange:
        raise Unprocessable({"findings": f"The visit does not see to the alert {strange[0]}."})
    found: list[FoundOf] = [(alert, of_some.get(alert.pk, of_all)) for alert in alerts]
    found = found or [(None, of_all)]
    return [(alert, replace(one, failure_mode=one.failure_mode.upper()[:16])) for alert, one in found]


def _worst(found: list[FoundOf]) -> Found:
    """Return what the machine's log says: a fault, where any alert was of one."""
    return next((one for _, one in found if one.finding in FAULTS), found[0][1])


def _close(
    task: MaintenanceTask, before: str, caller: Caller, at: datetime, found: Found, notes: str
) -> MaintenanceLog:
    task.status = MaintenanceTask.Status.COMPLETED
    task.save(update_fields=["status"])
    log = _log(task, caller, at, found, notes)
    note_step(task, "completed", before, caller, at, str(log.get_finding_display()))
    return log


def _log(task: MaintenanceTask, caller: Caller, at: datetime, found: Found, notes: str) -> MaintenanceLog:
    return MaintenanceLog.objects.create(
        organization_id=task.organization_id,
        task=task,
        finding=found.finding,
        failure_mode=found.failure_mode,
        notes=notes,
        by=caller.user,
        actor=caller.name[:100],
        completed_at=at,
    )


def _tell_detection(log: MaintenanceLog, found: list[FoundOf], caller: Caller, at: datetime) -> None:
    """Close the alerts, in the order of their ids, and let what was found of each be learnt from."""
    missed = False
    for alert, one in sorted(found, key=lambda pair: pair[0].pk if pair[0] else 0):
        if alert:
            _resolve(log, alert, one, caller, at)
        if not missed or one.finding != Finding.MISSED:  # unannounced: missed once, not by each
            _learn(log, alert, one, caller, at)
        missed = missed or one.finding == Finding.MISSED


def _resolve(log: MaintenanceLog, alert: Alert, found: Found, caller: Caller, at: datetime) -> None:
    AlertFinding.objects.create(log=log, alert=alert, finding=found.finding, failure_mode=found.failure_mode)
    if alert.is_open:
        resolve_alert(
            alert=alert,
            caller=caller,
            reason=_sentence(log, found),
            false_alarm=found.finding == Finding.FALSE,
            from_screen=False,
            at=at,
        )


def _sentence(log: MaintenanceLog, found: Found) -> str:
    words = dict(Finding.choices)[found.finding]
    return f"{log.task.title}: {words}. {log.notes}".strip()[:1000]


def _learn(log: MaintenanceLog, alert: Alert | None, found: Found, caller: Caller, at: datetime) -> None:
    task = log.task
    joined = alert is not None and alert.pk != task.alert_id
    learn_from_finding(
        asset=task.asset,
        alert=alert,
        finding=found.finding,
        failure_mode=found.failure_mode,
        notes=log.notes,
        origin=f"task:{task.uid}:{alert.pk}" if alert and joined else f"task:{task.uid}",
        by=caller,
        found_at=at,
        at=at,
    )


def _begin_anew(log: MaintenanceLog, caller: Caller, at: datetime) -> None:
    from anomalies.services.baselines import restart_baseline  # numpy: not in every process

    task = log.task
    rows = Sensor.objects.filter(organization=task.organization_id, asset=task.asset_id)
    sensors = list(rows.select_related("asset__site"))
    if not sensors:
        raise Unprocessable({"new_baseline": "There is no sensor that could be learnt anew."})
    restart_baseline(
        organization_id=task.organization_id,
        sensors=sensors,
        actor=caller.name[:100],
        reason=_sentence(log, Found(log.finding)),
        at=at,
    )
    words = f"What is normal for {task.asset} is learnt anew, from {len(sensors)} sensors."
    note_step(task, "learns_anew", task.status, caller, at, words)
