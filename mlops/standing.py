"""How models stand: how often they were right lately, and whether what they are given has drifted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef

from mlops.models import DriftFinding, Model, Outcome
from mlops.precision import WEIGHTS, Share, share
from smartmaint.accounts.models import Organization

LATELY = timedelta(days=90)
WORST_FIRST = (
    DriftFinding.Outcome.DRIFTED,
    DriftFinding.Outcome.SENSOR_BAD,
    DriftFinding.Outcome.STABLE,
    DriftFinding.Outcome.NOT_ENOUGH_DATA,
)
RIGHT = (Outcome.Finding.TRUE, Outcome.Finding.EARLY)
NOBODY_SAID = share(0, 0)


@dataclass(frozen=True)
class InputDrift:
    """The worst that was last found of a model's inputs, and of how many of those looked at."""

    state: DriftFinding.Outcome
    inputs: int
    looked: int


@dataclass(frozen=True)
class Standing:
    """`precision`: of what was found in the last 90 days. `drift`: None where nothing was looked at."""

    precision: Share
    drift: InputDrift | None


class Standings:
    """The standing of each model of an organization, read by two statements however many there are."""

    def __init__(self, organization: Organization, at: datetime) -> None:
        self._precisions = _precisions(organization, at)
        self._drifts = _drifts(organization)

    def of(self, model: Model) -> Standing:
        precision = self._precisions.get(model.pk, NOBODY_SAID)
        return Standing(precision, self._drifts.get((model.purpose, model.scope)))


def _precisions(organization: Organization, at: datetime) -> dict[int, Share]:
    """Return the share of each model's announcements that were right; see mlops.precision for the weights."""
    found = Outcome.objects.counting().filter(organization=organization, found_at__gt=at - LATELY)
    judged = found.filter(version__isnull=False).exclude(finding=Outcome.Finding.MISSED)
    right: defaultdict[int, float] = defaultdict(float)
    counted: defaultdict[int, float] = defaultdict(float)
    for model, finding, source, number in judged.values_list("version__model", "finding", "source").annotate(
        Count("pk")
    ):
        weight = WEIGHTS[source] * number
        counted[model] += weight
        right[model] += weight * (finding in RIGHT)
    return {model: share(right[model], counted[model]) for model in counted}


def _drifts(organization: Organization) -> dict[tuple[str, str], InputDrift]:
    """Return what is found now of the inputs of each model, by its purpose and scope."""
    same = {name: OuterRef(name) for name in ("organization", "purpose", "scope")}
    found = DriftFinding.objects.filter(organization=organization).current()
    found = found.filter(Exists(Model.objects.filter(**same)))
    states: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for purpose, scope, outcome, number in found.values_list("purpose", "scope", "outcome").annotate(
        Count("pk")
    ):
        states[purpose, scope][outcome] += number
    return {key: _worst(numbers) for key, numbers in states.items()}


def _worst(numbers: Counter[str]) -> InputDrift:
    state = next(state for state in WORST_FIRST if numbers[state])
    return InputDrift(state, numbers[state], numbers.total())
