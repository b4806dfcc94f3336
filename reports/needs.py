"""What needs somebody now: the few things worth a look, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from anomalies.models import Alert
from maintenance.models import Decision, MaintenanceTask
from reports.frame import unacknowledged
from smartmaint.accounts.callers import Caller

MOST = 5
# Lower is more urgent: alarms of priority 1 and 2, then what is overdue, then the rest.
LATE_WORK, OVERDUE_DECISION, WAITING_DECISION, SENSOR_TROUBLE = 2.5, 2.2, 3.5, 3.8


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
    needs = [*_alarms(caller), *_decisions(caller, at), *_late_work(caller, at)]
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
