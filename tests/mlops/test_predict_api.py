"""`POST ml/predict`: the request asks a worker, which answers from the registered version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mlops import serving, store
from mlops.artifacts import pack
from mlops.models import ModelVersion
from mlops.predictors import classification
from mlops.services import Draft, promote_version, register_version
from tests.asking import answer_at_once
from tests.mlops.test_classification import USUAL, presses

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("asking")]

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ADDRESS = "/api/v1/ml/predict"


@pytest.fixture(scope="module")
def learnt():
    return classification.train(presses(400, 1))


@pytest.fixture
def version(learnt, organization, settings, tmp_path, monkeypatch) -> ModelVersion:
    """The champion that tells which presses fail."""
    settings.MODELS_DIR = tmp_path
    answer_at_once(monkeypatch)
    serving.forget()
    artifact = pack(classification.to_parts(learnt))
    name = f"{classification.NAME}/{classification.VERSION}"
    draft = Draft(algorithm=name, artifact=artifact, features=classification.features_of(presses(400, 1)))
    new = register_version(
        organization_id=organization.pk,
        purpose="classification",
        scope="asset-class:press",
        draft=draft,
        at=AT,
        by="test",
    )
    return promote_version(version=new, at=AT, by="test")


@pytest.fixture
def ask(api, version):
    def post(**body):
        body = {"model_name": version.model.name, "features": USUAL, **body}
        return api("ml:predict").post(ADDRESS, body)

    return post


def test_the_champion_answers_with_a_probability(ask, learnt, version):
    failing = {**USUAL, "grade": "cheap", "force": 70.0}
    answer = ask(features=failing)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["model_version"], body["purpose"], body["unit"]) == (1, "classification", "probability")
    assert body["prediction"] == learnt.answer(failing).prediction > 0.5
    assert (body["refusal"], body["contributions"]) == (None, [])


def test_it_explains_where_asked(ask):
    body = ask(features={**USUAL, "force": 75.0}, explain=True).json()
    assert body["contributions"][0]["feature"] == "force"
    assert {one["feature"] for one in body["contributions"]} == set(USUAL)


def test_what_is_missing_or_unknown_is_named_and_never_padded(ask):
    given = {name: value for name, value in USUAL.items() if name != "speed"}
    answer = ask(features={**given, "colour": "red", "humidity": "wet", "grade": 3})
    assert answer.status_code == 422
    errors = {one["field"]: one["code"] for one in answer.json()["errors"]}
    assert errors == {
        "features.speed": "missing",
        "features.colour": "unknown",
        "features.humidity": "number",
        "features.grade": "text",
    }


def test_far_outside_of_its_experience_it_refuses(ask):
    body = ask(features={**USUAL, "force": 4000}).json()
    assert (body["prediction"], body["refusal"]["code"]) == (None, "outside_experience")


def test_a_version_may_be_named(ask):
    assert ask(model_version="1").json()["model_version"] == 1
    assert ask(model_version="2").status_code == 404
    assert ask(model_version="newest").status_code == 400


def test_another_organizations_model_is_not_there(version, api, other_organization):
    client = api(organization=other_organization)
    assert client.post(ADDRESS, {"model_name": version.model.name, "features": USUAL}).status_code == 404


def test_a_model_without_a_champion_says_so(ask, version):
    ModelVersion.objects.update(stage=ModelVersion.Stage.RETIRED)
    answer = ask()
    assert answer.status_code == 409
    assert "No version of" in answer.json()["detail"]


def test_a_file_that_was_changed_never_answers(ask, version):
    path = store.path_of(version.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    assert ask().status_code == 409
    version.refresh_from_db()
    assert version.stage == ModelVersion.Stage.REFUSED


def test_a_model_of_settings_only_cannot_be_asked(ask):
    ModelVersion.objects.update(features=[])
    answer = ask()
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "model_name")
