"""How a model stands: how often it was right lately, and whether what it is given has drifted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from mlops.models import Outcome
from tests.anomalies.drifting.factories import DriftFindingFactory
from tests.mlops.factories import ModelFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(organization):
    return ModelFactory(organization=organization, name="failure-pump", scope="asset-class:pump")


def judged(model, *findings: str, source: str = "technician", days: int = 1) -> None:
    """Let people find these of the model's champion, so many days ago."""
    version = model.versions.first() or VersionFactory(model=model, stage="champion", sha256="a" * 64)
    at = timezone.now() - timedelta(days=days)
    for finding in findings:
        Outcome.objects.create(
            organization=model.organization,
            version=version,
            scope=model.scope,
            origin=f"test:{Outcome.objects.count()}",
            source=source,
            finding=finding,
            found_at=at,
            recorded_at=at,
            actor="Ana",
        )


def drift(model, name: str, outcome: str, **more) -> None:
    about = {"organization": model.organization, "purpose": model.purpose, "scope": model.scope}
    DriftFindingFactory(**about, input=name, outcome=outcome, **more)


def listed(api) -> dict:
    (row,) = api().get("/api/v1/ml/models").json()["results"]
    return row


def test_what_nobody_judged_and_nobody_looked_at_is_said_so(api, viewer, model):
    VersionFactory(model=model, stage="champion", sha256="a" * 64)
    assert listed(api)["precision"] == {"share": None, "low": 0, "high": 1, "count": 0}
    assert listed(api)["drift"] is None
    page = viewer.get("/models/").content.decode()
    assert "nobody has said" in page
    assert "not looked at yet" in page


def test_precision_counts_90_days_and_halves_what_was_said_from_the_screen(api, viewer, model):
    judged(model, "true", "early", "false", "missed")
    judged(model, "false", "false", source="operator")
    judged(model, "false", "false", "false", days=91)
    precision = listed(api)["precision"]
    assert (precision["share"], precision["count"]) == (0.5, 4)
    assert precision["low"] < 0.5 < precision["high"]
    assert "50 % of 4" in viewer.get("/models/").content.decode()


def test_what_does_not_count_any_more_and_other_models_are_left_out(api, model, organization):
    judged(model, "false")
    Outcome.objects.update(counts=False)
    judged(ModelFactory(), "false")
    assert listed(api)["precision"]["count"] == 0


def test_the_worst_of_its_inputs_is_its_drift(api, viewer, model):
    drift(model, "flow", "drifted")
    drift(model, "speed", "stable", since=None)
    drift(model, "heat", "stable", since=None, current=False)
    assert listed(api)["drift"] == {"state": "drifted", "inputs": 1, "looked": 2}
    assert "1 of 2 inputs" in viewer.get("/models/").content.decode()


def test_the_drift_of_others_is_not_its_own(api, model, other_organization):
    DriftFindingFactory(organization=model.organization)
    drift(ModelFactory(organization=other_organization, scope=model.scope), "flow", "drifted")
    assert listed(api)["drift"] is None


@pytest.mark.parametrize("number", [1, 12])
def test_a_list_of_models_costs_the_same_however_long(api, model, number, django_assert_max_num_queries):
    for _ in range(number):
        judged(ModelFactory(organization=model.organization), "true")
    client = api()
    with django_assert_max_num_queries(8):
        assert len(client.get("/api/v1/ml/models").json()["results"]) == number + 1
