"""The few numbers of the overview, each beside what it should be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from anomalies.models import Alert
from maintenance.models import Decision, MaintenanceTask
from sensors.events import ReadingsStored
from smartmaint.accounts.models import Organization
from smartmaint.events.models import EventRecord

EEMUA_WINDOW = timedelta(minutes=10)
EEMUA_MANAGEABLE = 1  # alarms per 10 minutes and operator, EEMUA 191
EEMUA_FLOOD = 10
RATE_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Kpis:
    by_priority: list[tuple[int, int]]
    recent_alarms: int
    decisions: int
    overdue_decisions: int
    work_today: int
    late_work: int
    readings_per_minute: int

    @property
    def alarm_load(self) -> str:
        if self.recent_alarms >= EEMUA_FLOOD:
            return "flood"
        return "manageable" if self.recent_alarms <= EEMUA_MANAGEABLE else "demanding"


def load_kpis(organization: Organization, at: datetime) -> Kpis:
    """Count what the strip shows, in four queries."""
    decisions = Decision.objects.filter(organization=organization).pending()
    waiting = decisions.aggregate(all=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=at)))
    priorities, recent = _count_alarms(organization, at)
    today, late = _count_work(organization, at)
    return Kpis(
        by_priority=[(level, priorities[level]) for level in (1, 2, 3, 4)],
        recent_alarms=recent,
        decisions=waiting["all"],
        overdue_decisions=waiting["overdue"],
        work_today=today,
        late_work=late,
        readings_per_minute=_readings_per_minute(organization, at),
    )


def _count_alarms(organization: Organization, at: datetime) -> tuple[Counter[int], int]:
    """Count open alarms by priority, and all that were raised in the last ten minutes."""
    rows = Alert.objects.filter(organization=organization).visible().exclude(historical=True)
    counted = rows.filter(~Q(state=Alert.State.NORMAL) | Q(raised_at__gt=at - EEMUA_WINDOW))
    counts: Counter[int] = Counter()
    recent = 0
    for level, state, raised_at in counted.values_list("priority", "state", "raised_at"):
        counts[level] += state != Alert.State.NORMAL
        recent += raised_at > at - EEMUA_WINDOW
    return counts, recent


def _count_work(organization: Organization, at: datetime) -> tuple[int, int]:
    tasks = MaintenanceTask.objects.filter(organization=organization).active().select_related("asset__site")
    soon = tasks.filter(period__startswith__lt=at + timedelta(days=1))
    today = late = 0
    for task in soon:
        zone = task.asset.site.zone
        late += task.period.upper < at
        today += task.period.lower.astimezone(zone).date() == at.astimezone(zone).date()
    return today, late


def _readings_per_minute(organization: Organization, at: datetime) -> int:
    """Sum what was stored in the last minute, by the events that tell of it."""
    told = EventRecord.objects.filter(
        organization=organization, name=ReadingsStored.name, published_at__gt=at - RATE_WINDOW
    )
    return told.aggregate(sum=Sum(Cast(KT("payload__count"), IntegerField())))["sum"] or 0
