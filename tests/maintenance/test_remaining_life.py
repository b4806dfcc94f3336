from __future__ import annotations

import numpy as np
import pytest
from django.template.loader import render_to_string

from maintenance.datasets.lives import UNIT, lives_of, machine_of
from maintenance.services.predicting import predict_failure
from mlops import datasets, serving, training
from mlops.artifacts import pack
from mlops.predictors import remaining_life
from mlops.services import Draft, promote_version, register_version, request_training
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import NOW, TechnicianFactory
from tests.maintenance.failing_plant import finish
from tests.maintenance.worn_plant import HOUR, engine_of
from tests.mlops.engines import fleet, life

pytestmark = pytest.mark.django_db

SCOPE = "asset-class:engine"


@pytest.fixture(scope="module")
def learnt():
    return remaining_life.train(fleet(8))


@pytest.fixture
def champion(learnt, organization, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    serving.forget()
    draft = Draft(algorithm="wear-path/1", artifact=pack(remaining_life.to_parts(learnt)))
    version = register_version(
        organization_id=organization.pk, purpose="remaining-life", scope=SCOPE, draft=draft, at=NOW, by="test"
    )
    return promote_version(version=version, at=NOW, by="test")


def alarmed(asset, kind="temperature", **sensor):
    alert = AlertFactory(asset=asset, latest_at=NOW, verdict="confirmed")
    asset.sensors.filter(kind=kind).update(**sensor)
    AlertSensorFactory(alert=alert, sensor=asset.sensors.get(kind=kind))
    return alert


def own(organization):
    return {"organization_id": organization.pk, "purpose": "remaining-life"}


def asked(organization):
    return datasets.build(**own(organization), scope=SCOPE, at=NOW)


def test_lives_end_with_each_fault_and_begin_anew(organization):
    asset = engine_of(organization, [life(1), life(2)], running=life(3).until(50))
    finish(asset, TechnicianFactory(), NOW - 10 * HOUR, finding="false")
    labels = ("temperature", "speed")
    ended, running = lives_of(machine_of(asset, labels, NOW), labels)
    assert [len(one.ages) for one, _ in ended] == [len(life(1).ages), len(life(2).ages)]
    assert np.allclose(ended[1][0].readings[:, 0], life(2).readings[:, 0])
    assert np.allclose(running.settings, life(3).settings[:50])
    assert running.ages[-1] == 50


def test_hours_without_readings_are_no_hours_of_operation(organization):
    asset = engine_of(organization, [], running=life(3).until(60))
    for sensor in asset.sensors.all():
        sensor.readings.filter(measured_at__gte=NOW - 30 * HOUR, measured_at__lt=NOW - 10 * HOUR).delete()
    _, running = lives_of(machine_of(asset, ("flow",), NOW), ("flow",))
    assert running.ages[-1] == 40


def test_a_class_with_enough_faults_is_learnt_and_judged_by_its_newest(organization, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    for first in range(0, 16, 4):
        lives = [life(seed) for seed in range(first, first + 4)]
        engine_of(organization, lives, kinds=("pressure", "speed", "temperature"))
    job = request_training(**own(organization), scope=SCOPE, cause="hand", at=NOW)
    job = training.train(job, lambda step: None, lambda: NOW)
    assert job.state == "promoted", job.outcome
    assert job.comparison["candidate"] < 0.8 * job.comparison["champion"]
    assert job.version.features[1]["name"] == "speed"
    told = job.version.metrics
    assert told["coverage_90"] > 0.7
    assert len(told["back_test"]["at"]) == len(told["back_test"]["low"]) > 20


def test_it_says_how_many_more_faults_are_needed(organization):
    engine_of(organization, [life(1), life(2)])
    assert "14 more are needed (8 to learn from, 8 to judge by)" in asked(organization).reason
    other = datasets.build(
        organization_id=organization.pk, purpose="remaining-life", scope="sensor:1", at=NOW
    )
    assert "for a class such as asset-class:pump" in other.reason


def test_the_champion_of_the_class_says_when_it_fails(champion, organization):
    one = life(30)
    asset = engine_of(organization, [life(31)], running=one.until(len(one.ages) - 20))
    prediction = predict_failure(alert=alarmed(asset), at=NOW)
    assert (prediction.outcome, prediction.version, prediction.limit) == ("estimate", champion, None)
    assert prediction.method == "wear-path/1"
    assert prediction.hours_low <= 20 <= prediction.hours_high
    assert prediction.contributions[0]["feature"] == "temperature"
    assert UNIT in prediction.reasons[0]
    assert "temperature" in prediction.reasons[1]


def test_a_healthy_machine_is_said_to_live_longer_than_can_be_told(champion, organization):
    asset = engine_of(organization, [], running=life(35).until(20))
    prediction = predict_failure(alert=alarmed(asset), at=NOW)
    assert (prediction.outcome, prediction.hours_high) == ("estimate", None)
    assert prediction.reasons[0].startswith(f"More than {prediction.hours_low:.0f} hours of operation")
    page = render_to_string("parts/prediction.html", {"prediction": prediction})
    assert "More than" in page.split("until a fault")[0]


def test_a_machine_unlike_all_others_gets_no_number(champion, organization):
    one = life(32).until(80)
    one.readings[-30:, 4] += 30
    prediction = predict_failure(alert=alarmed(engine_of(organization, [], running=one)), at=NOW)
    assert (prediction.outcome, prediction.hours) == ("outside_experience", None)
    assert "noise moves as in none of the lives known" in prediction.reasons[0]


def test_a_limit_that_is_reached_is_not_overruled(champion, organization):
    asset = engine_of(organization, [], running=life(33).until(90))
    prediction = predict_failure(alert=alarmed(asset, upper_limit=100), at=NOW)
    assert (prediction.outcome, prediction.version) == ("limit_reached", None)


def test_without_a_model_of_the_class_the_trend_answers(organization):
    asset = engine_of(organization, [], running=life(34).until(90))
    assert predict_failure(alert=alarmed(asset), at=NOW).outcome == "no_limit"
