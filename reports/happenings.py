"""What happened lately, in one line each: the live feed of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from anomalies.models import Alert, AlertTransition
from maintenance.models import DecisionAnswer, MaintenanceTask
from smartmaint.accounts.models import Organization

MOST = 12
WORDS = {
    "raised": "Raised",
    "confirmed": "Confirmed",
    "acknowledged": "Acknowledged",
    "resolved": "Resolved",
    "resolved_as_false": "Resolved as false alarm",
    "commented": "Comment",
    "assigned": "Assigned",
    "worsened": "Worse",
    "came_back": "Came back",
    "ended": "Back to normal",
}


@dataclass(frozen=True)
class Happening:
    at: datetime
    what: str
    subject: str
    who: str
    url: str
    priority: int = 0


def load_happenings(organization: Organization) -> list[Happening]:
    """Return the latest, newest first, in three queries."""
    found = [*_alerts(organization), *_bookings(organization), *_answers(organization)]
    return sorted(found, key=lambda happening: happening.at, reverse=True)[:MOST]


def _alerts(organization: Organization) -> list[Happening]:
    rows = AlertTransition.objects.filter(alert__organization=organization, action__in=WORDS)
    seen = rows.exclude(alert__verdict=Alert.Verdict.DISMISSED).exclude(alert__historical=True)
    return [
        Happening(
            row.at,
            WORDS[row.action],
            row.alert.asset.name,
            row.actor if row.by_id else "",
            reverse("alert-detail", args=[row.alert_id]),
            row.alert.priority,
        )
        for row in seen.select_related("alert__asset").order_by("-at")[:MOST]
    ]


def _bookings(organization: Organization) -> list[Happening]:
    rows = MaintenanceTask.objects.filter(organization=organization).select_related("technician")
    return [
        Happening(
            row.booked_at,
            f"{row.technician.name} booked",
            row.title,
            "",
            reverse("task-detail", args=[row.uid]),
        )
        for row in rows.order_by("-booked_at")[:MOST]
    ]


def _answers(organization: Organization) -> list[Happening]:
    rows = DecisionAnswer.objects.filter(decision__organization=organization)
    return [
        Happening(
            row.at,
            f"Decision: {row.get_answer_display()}",
            row.decision.asset.name,
            row.actor,
            f"{reverse('decision-list')}#decision-{row.decision.request_id}",
        )
        for row in rows.select_related("decision__asset").order_by("-at")[:MOST]
    ]
