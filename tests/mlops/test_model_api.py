from __future__ import annotations

import pytest

from mlops.models import ModelVersion
from tests.mlops.factories import ModelFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(organization):
    model = ModelFactory(organization=organization, name="failure-pump", scope="asset-class:pump")
    for number, stage in ((1, "retired"), (2, "champion"), (3, "candidate")):
        VersionFactory(model=model, number=number, stage=stage, metrics={"pr_auc": 0.8})
    return model


def test_models_are_listed_with_the_version_that_serves(api, model):
    (row,) = api().get("/api/v1/ml/models").json()["results"]
    assert (row["name"], row["purpose"], row["scope"]) == ("failure-pump", "failure", "asset-class:pump")
    assert row["champion"] == 2


def test_versions_are_listed_the_newest_first(api, model):
    answer = api("ml:predict").get("/api/v1/ml/models/failure-pump/versions", {"limit": 2}).json()
    assert [row["number"] for row in answer["results"]] == [3, 2]
    assert answer["next"]


def test_latest_is_the_champion_and_404_where_none_serves(api, model):
    latest = api().get("/api/v1/ml/models/failure-pump/latest").json()
    assert (latest["number"], latest["stage"], latest["metrics"]) == (2, "champion", {"pr_auc": 0.8})
    ModelVersion.objects.update(stage="retired")
    answer = api().get("/api/v1/ml/models/failure-pump/latest")
    assert (answer.status_code, answer.json()["detail"]) == (404, "No version of failure-pump serves.")


def test_another_organizations_model_is_not_found(api, model, other_organization):
    foreign = api(organization=other_organization)
    assert foreign.get("/api/v1/ml/models/failure-pump/versions").status_code == 404
    assert foreign.get("/api/v1/ml/models").json()["results"] == []


def test_health_names_what_is_wrong(api, model):
    healthy = api().get("/api/v1/ml/health").json()
    assert (healthy["status"], healthy["models"], healthy["serving"]) == ("up", 1, 1)
    ModelVersion.objects.filter(number=2).update(stage="refused", file_state="changed")
    broken = api().get("/api/v1/ml/health").json()
    assert (broken["status"], broken["refused"]) == ("degraded", 1)
    assert "not what was registered" in broken["reasons"][0]


def test_a_token_without_the_scope_is_refused(api, model):
    assert api("data:read").get("/api/v1/ml/models").status_code == 403
