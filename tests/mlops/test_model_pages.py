from __future__ import annotations

import pytest
from django.utils import timezone

from mlops import store
from mlops.models import ModelChoice, ModelVersion, TrainingJob
from mlops.services import fail_training, request_training, verify_versions
from reports.needs import find_needs
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import Membership
from tests.mlops import line
from tests.mlops.factories import ModelFactory, VersionFactory
from tests.sensors.factories import AssetFactory, SensorFactory

pytestmark = pytest.mark.django_db


def test_without_models_the_page_offers_to_train_the_first(admin, viewer, lines):
    page = admin.get("/models/").content.decode()
    assert "No model was trained yet." in page
    assert "Train the first below." in page
    assert "Train now" not in viewer.get("/models/").content.decode()


def test_the_list_says_what_serves_and_calls_sensors_by_name(viewer, organization):
    sensor = SensorFactory(organization=organization, code="VIB-9")
    model = ModelFactory(organization=organization, scope=f"sensor:{sensor.pk}", tags={"domain": "bearing"})
    VersionFactory(model=model, number=3, stage="champion", sha256="a" * 64, file_state="verified")
    VersionFactory(model=model, number=4, stage="challenger")
    page = viewer.get("/models/").content.decode()
    assert str(sensor) in page
    for words in ("version 3 serves", "version 4 runs in shadow", "file verified", "bearing"):
        assert words in page


def test_a_refused_version_and_a_failed_training_need_somebody_now(admin, organization, version):
    version(1.0)
    store.path_of(version(2.0).sha256).write_bytes(b"other")
    verify_versions(versions=ModelVersion.objects.all(), at=timezone.now())
    job = request_training(
        organization_id=organization.pk, purpose="failure", scope="asset:1", cause="hand", at=timezone.now()
    )
    fail_training(job=job, reason="the disk is full", at=timezone.now())
    membership = Membership.objects.get(user=admin.user)
    needs, _ = find_needs(Caller.of_membership(membership), timezone.now())
    assert [need.sentence for need in needs] == [
        "Version 2 is refused: its file is changed.",
        "The training failed: the disk is full",
    ]
    assert "version 2 refused: file changed" in admin.get("/models/").content.decode()


def test_a_model_shows_its_versions_history_and_back_test(viewer, version):
    old, new = version(1.0), version(2.0)
    ModelVersion.objects.filter(pk=new.pk).update(
        metrics={"loss": 0.5, "mae": 0.25, "back_test": {"at": [1, 2], "actual": [1, 2], "predicted": [1, 3]}}
    )
    page = viewer.get(f"/models/{new.model_id}/").content.decode()
    for words in (
        "Version 2 promoted by test",
        "version 2 took its place",
        "Mean absolute error",
        "By how much it is off on average.",
        f"/versions/{new.pk}/chart/",
    ):
        assert words in page
    figure = viewer.get(f"/versions/{new.pk}/chart/").json()["figure"]
    assert [trace["y"] for trace in figure["data"]] == [[1, 3], [1, 2]]
    assert viewer.get(f"/versions/{old.pk}/chart/").json()["empty"] is True


def test_an_administrator_promotes_and_rolls_back_with_a_reason(admin, version):
    old, new = version(1.0), version(2.0)
    admin.post(f"/versions/{new.pk}/roll-back/", {"reason": "noisy"})
    old.refresh_from_db()
    assert old.stage == "champion"
    assert admin.post(f"/versions/{new.pk}/promote/", {"reason": "fixed"}).status_code == 302
    new.refresh_from_db()
    assert new.stage == "champion"
    step = new.transitions.order_by("pk").last()
    assert (step.by, step.reason) == (admin.user, "fixed")
    assert admin.post(f"/versions/{new.pk}/promote/", {"reason": "again"}).status_code == 409


def test_only_an_administrator_may(operator, version):
    new = version(2.0)
    for deed in ("promote", "try", "roll-back"):
        assert operator.post(f"/versions/{new.pk}/{deed}/").status_code == 403
    assert operator.post("/models/train/", {"purpose": "forecast"}).status_code == 403


def test_training_is_asked_for_once_and_shows_its_step(admin, lines, organization):
    for _ in range(2):
        admin.post("/models/train/", {"purpose": "forecast", "scope": line.SCOPE})
    job = TrainingJob.objects.get()
    assert (job.cause, job.organization) == ("hand", organization)
    TrainingJob.objects.update(step="trains line")
    assert "trains line" in admin.get("/models/").content.decode()


@pytest.mark.parametrize(("purpose", "scope"), [("dreams", "organization"), ("forecast", "sensor:x")])
def test_what_cannot_be_trained_is_refused_in_words(admin, lines, purpose, scope):
    answer = admin.post("/models/train/", {"purpose": purpose, "scope": scope})
    assert answer.status_code == 422
    assert ("dreams" if purpose == "dreams" else "Say organization") in answer.content.decode()
    assert not TrainingJob.objects.exists()


def test_a_person_lets_a_model_answer_for_another_machine(admin, version, organization):
    model = version(2.0).model
    asset = AssetFactory(organization=organization, code="P-7", asset_class="pump")
    sensor = SensorFactory(organization=organization, asset=asset, code="P-7.flow")
    said = {f"asset:{asset.pk}": "machine P-7", f"sensor:{sensor.pk}": "sensor P-7.flow"}
    said["asset-class:pump"] = "every pump"
    page = admin.get(f"/models/{model.pk}/").content.decode()
    for scope, words in said.items():
        assert f'<option value="{words}">' in page
        asked = {"subject": words, "reason": "alike"}
        assert admin.post(f"/models/{model.pk}/choose/", asked).status_code == 302
        assert ModelChoice.objects.latest("pk").subject == scope
    page = admin.get(f"/models/{model.pk}/").content.decode()
    assert ModelChoice.objects.latest("pk").by == admin.user
    assert page.count("chose it: alike") == 3


@pytest.mark.parametrize("subject", ["all", "machine P-8", "every", "every ", "sensor:1", "machine"])
def test_a_model_answers_only_for_what_the_organization_has(admin, version, other_organization, subject):
    AssetFactory(organization=other_organization, code="P-8", asset_class="pump")
    asked = {"subject": subject, "reason": "x"}
    refused = admin.post(f"/models/{version(2.0).model_id}/choose/", asked)
    assert refused.status_code == 422
    assert "pick a machine" in refused.content.decode()
