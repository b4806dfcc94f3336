"""What needs somebody now: the few things worth a look, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, Window
from django.urls import reverse

from anomalies.models import Alert
from maintenance.models import Decision, MaintenanceTask
from mlops.models import DriftFinding, TrainingJob
from reports.frame import unacknowledged
from reports.model_pages import broken_files, failed_trainings
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.scopes import DATA_READ

MOST = 5
# Lower is more urgent: alarms of priority 1 and 2, then what is overdue, then the rest.
LATE_WORK, OVERDUE_DECISION, WAITING_DECISION, SENSOR_TROUBLE = 2.5, 2.2, 3.5, 3.8
REFUSED_MODEL, FAILED_TRAINING, DRIFT = 2.1, 3.9, 9.0
NAMED = 3  # of those that drifted


@dataclass(frozen=True)
class Need:
    """A row: what, since or until when, and its one action. `post`: the action is done by a POST."""

    kind: str
    rank: float
    title: str
    sentence: str
    at: datetime
    url: str
    action: str
    post: str = ""
    priority: int = 0


def find_needs(caller: Caller, at: datetime) -> tuple[list[Need], int]:
    """Return at most five rows and how many more there are."""
    needs = [*_alarms(caller), *_decisions(caller, at), *_late_work(caller, at), *_models(caller, at)]
    needs += _drift(caller, at) if caller.may(DATA_READ) else []
    needs.sort(key=lambda need: need.rank)
    return needs[:MOST], max(0, len(needs) - MOST)


def _alarms(caller: Caller) -> list[Need]:
    rows = unacknowledged(caller).select_related("asset").order_by("priority", "-raised_at")
    return [_alarm(alert) for alert in rows[:50]]


def _alarm(alert: Alert) -> Need:
    return Need(
        kind="silent" if alert.is_sensor_trouble else "alarm",
        rank=SENSOR_TROUBLE if alert.is_sensor_trouble else alert.priority,
        title=alert.asset.name,
        sentence=alert.summary,
        at=alert.started_at,
        url=reverse("alert-detail", args=[alert.pk]),
        action="Acknowledge",
        post=reverse("alert-acknowledge", args=[alert.pk]),
        priority=alert.priority,
    )


def _decisions(caller: Caller, at: datetime) -> list[Need]:
    rows = Decision.objects.filter(organization=caller.organization).waiting(at).select_related("asset")
    return [
        Need(
            kind="decision",
            rank=OVERDUE_DECISION if row.due_at < at else WAITING_DECISION,
            title=row.asset.name,
            sentence=row.question or str(row),
            at=row.due_at,
            url=f"{reverse('decision-list')}#decision-{row.request_id}",
            action="Decide",
        )
        for row in rows.order_by("due_at")[:50]
    ]


def _late_work(caller: Caller, at: datetime) -> list[Need]:
    rows = MaintenanceTask.objects.filter(organization=caller.organization).active()
    late = rows.filter(period__endswith__lt=at).select_related("asset", "technician")
    return [
        Need(
            kind="work",
            rank=LATE_WORK,
            title=row.asset.name,
            sentence=f"{row.title} is late. {row.technician.name} was booked.",
            at=row.period.upper,
            url=reverse("task-detail", args=[row.uid]),
            action="Open",
        )
        for row in late.order_by("period")[:50]
    ]


def _models(caller: Caller, at: datetime) -> list[Need]:
    """Return models whose file is not what was registered, and trainings that failed last."""
    refused = [
        Need(
            kind="model",
            rank=REFUSED_MODEL,
            title=version.model.name,
            sentence=f"Version {version.number} is refused: its file is {version.get_file_state_display()}.",
            at=version.file_checked_at or at,
            url=reverse("model-detail", args=[version.model_id]),
            action="Open",
        )
        for version in broken_files(caller.organization)[:50]
    ]
    return [*refused, *(_failed(job, at) for job in failed_trainings(caller.organization, at)[:50])]


def _failed(job: TrainingJob, at: datetime) -> Need:
    return Need(
        kind="model",
        rank=FAILED_TRAINING,
        title=job.model.name if job.model else f"{job.get_purpose_display()} of {job.scope}",
        sentence=f"The training failed: {job.outcome}",
        at=job.ended_at or at,
        url=reverse("model-detail", args=[job.model_id]) if job.model_id else reverse("model-list"),
        action="Open",
    )


def _drift(caller: Caller, at: datetime) -> list[Need]:
    """Return one row for all that has drifted and that no training answers."""
    rows = DriftFinding.objects.filter(organization=caller.organization, job=None).current().drifted()
    counted = rows.annotate(
        sensors=Window(Count("pk", filter=Q(input=""))),
        inputs=Window(Count("pk", filter=~Q(input=""))),
        newest=Window(Max("since")),
    )
    found = list(counted.order_by(F("excess").desc(nulls_last=True), "name", "pk")[:NAMED])
    return [_drifted(found, at)] if found else []


def _drifted(found: list[Any], at: datetime) -> Need:
    """Name the greatest of what drifted. `found` has the counts of all."""
    first = found[0]
    counts = [_count(first.sensors, "sensor"), _count(first.inputs, "model input")]
    more = first.sensors + first.inputs - len(found)
    verb = "left its" if first.sensors + first.inputs == 1 else "left their"
    names = ", ".join(row.name for row in found) + (f" and {more} more" if more else "")
    return Need(
        kind="model",
        rank=DRIFT,
        title="Drift",
        sentence=f"{' and '.join(filter(None, counts))} {verb} normal: {names}.",
        at=first.newest or at,
        url=f"{reverse('drift-list')}?outcome=drifted",
        action="Open",
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""
