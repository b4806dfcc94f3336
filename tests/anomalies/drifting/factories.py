from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from mlops.models import DriftCheck, DriftFinding
from tests.accounts.factories import OrganizationFactory

AT = datetime(2026, 3, 30, 12, tzinfo=UTC)


class DriftCheckFactory(DjangoModelFactory):
    class Meta:
        model = DriftCheck

    organization = factory.SubFactory(OrganizationFactory)
    cause = "schedule"
    state = "done"
    whole = True
    threshold = 0.05
    min_samples = 20
    correlation_id = factory.LazyFunction(uuid4)
    actor = "schedule"
    started_at = AT
    ended_at = AT


class DriftFindingFactory(DjangoModelFactory):
    """A sensor that has drifted, as it counts now."""

    class Meta:
        model = DriftFinding

    organization = factory.SubFactory(OrganizationFactory)
    drift_check = factory.SubFactory(DriftCheckFactory, organization=factory.SelfAttribute("..organization"))
    purpose = "anomaly"
    scope = factory.Sequence(lambda n: f"sensor:{n + 1_000_000}")
    name = "Pump P-1, flow"
    unit = "m³/h"
    outcome = "drifted"
    reasons = factory.LazyFunction(lambda: ["Its median went up.", "Chance does not explain that."])
    ks = 0.61
    p = 0.0001
    p_corrected = 0.004
    psi = 0.9
    psi_by_chance = 0.1
    excess = 0.8
    worth = 90.0
    histogram = factory.LazyFunction(
        lambda: {"low": 1.0, "high": 9.0, "reference": [0.5, 0.5, 0.0, 0.0], "now": [0.0, 0.0, 0.25, 0.75]}
    )
    window_from = AT - timedelta(days=3)
    window_until = AT
    reference_from = AT - timedelta(days=60)
    reference_until = AT - timedelta(days=4)
    blocks = 18
    same_hours = True
    since = AT - timedelta(days=3)
    found_at = AT
    current = True
