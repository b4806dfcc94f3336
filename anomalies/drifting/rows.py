"""The drift page's rows: which are shown, in which order, and where each leads."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Count, F, QuerySet, Value, When
from django.urls import reverse

from mlops.models import DriftCheck, DriftFinding
from smartmaint.accounts.models import Organization

Outcome = DriftFinding.Outcome
FIRST = (Outcome.DRIFTED, Outcome.SENSOR_BAD, Outcome.STABLE, Outcome.NOT_ENOUGH_DATA)


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    number: int
    chosen: bool


def findings_of(organization: Organization, shown: str, words: str) -> QuerySet[DriftFinding]:
    """Return what counts now, drifts first and of these the greatest."""
    place = Case(*(When(outcome=outcome, then=Value(number)) for number, outcome in enumerate(FIRST)))
    rows = DriftFinding.objects.filter(organization=organization).current()
    rows = rows.filter(outcome=shown) if shown else rows
    rows = rows.filter(name__icontains=words) if words else rows
    ordered = rows.order_by(place, F("excess").desc(nulls_last=True), "name", "pk")
    return ordered.select_related("job", "version")


def tabs_of(organization: Organization, shown: str) -> list[Tab]:
    rows = DriftFinding.objects.filter(organization=organization).current()
    numbers = dict(rows.order_by().values_list("outcome").annotate(Count("pk")))
    tabs = [Tab("", "All", sum(numbers.values()), not shown)]
    return tabs + [
        Tab(outcome.value, str(outcome.label).capitalize(), numbers.get(outcome, 0), shown == outcome)
        for outcome in FIRST
    ]


def address_of(finding: DriftFinding) -> str | None:
    """Return the page of what was looked at: the model's, else the sensor's."""
    if finding.version:
        return reverse("model-detail", args=[finding.version.model_id])
    kind, _, which = finding.scope.partition(":")
    return reverse("sensor-detail", args=[int(which)]) if kind == "sensor" else None


def newest_check(organization: Organization) -> DriftCheck | None:
    """Return the check of everything that runs, else the last one."""
    return DriftCheck.objects.filter(organization=organization, whole=True).order_by("-started_at").first()
