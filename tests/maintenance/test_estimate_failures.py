from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from maintenance.datasets import failures
from maintenance.models import FailureEstimate
from maintenance.services.estimating import estimate_failures
from maintenance.tasks import estimate_failures as task
from mlops import datasets, serving
from mlops.artifacts import pack
from mlops.datasets import NotEnough
from mlops.predictors import within_horizon
from mlops.services import Draft, promote_version, register_version
from smartmaint.beat import SCHEDULE
from tests.maintenance.factories import NOW, TechnicianFactory
from tests.maintenance.failing_plant import finish, plant_of
from tests.mlops.fleets import cut, fleet, machine

pytestmark = pytest.mark.django_db

SCOPE = "asset-class:pump"


@pytest.fixture(scope="module")
def learnt():
    """What was learnt of machines whose alerts bear the names that the product gives them."""
    return within_horizon.train(fleet(machines=4))


@pytest.fixture
def champion(learnt, organization, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    serving.forget()
    draft = Draft(algorithm="signs-ensemble/1", artifact=pack(within_horizon.to_parts(learnt)))
    version = register_version(
        organization_id=organization.pk, purpose="failure", scope=SCOPE, draft=draft, at=NOW, by="test"
    )
    return promote_version(version=version, at=NOW, by="test")


def asked(organization) -> datasets.Dataset | NotEnough:
    return datasets.build(organization_id=organization.pk, purpose="failure", scope=SCOPE, at=NOW)


def estimate(at=NOW) -> int:
    return estimate_failures(at=at, may_go_on=lambda: True)


def before_a_failure(seed: int, hours: int):
    one = machine("M", seed)
    return cut(one, int(one.failures.hours[0]) - hours)


def test_what_technicians_found_is_learnt_from_and_judged_later(organization):
    plant_of(organization, fleet(machines=5).machines)
    dataset = asked(organization)
    model = within_horizon.train(dataset.learn)
    losses = dataset.judge(model, dataset.held_out)
    assert losses.mean() < 0.5 * dataset.naive.mean()
    told = dataset.describe(model, dataset.held_out)
    assert told["announced"] == told["failures"] >= 2
    assert told["false_alarm_days"] < 0.05 * told["days"]
    assert len(losses) == len(dataset.groups)
    assert {one["name"] for one in dataset.features} == set(model.naming.features)
    assert "abnormal_behaviour vibration: count, 24 h" in model.naming.features


def test_nothing_that_is_learnt_from_was_known_later_than_what_judges():
    dataset = failures.split(fleet(machines=5))
    begin = min(one.machine.hours[one.begin] for one in dataset.held_out)
    for one in dataset.learn.machines:
        assert one.hours[-1] < begin
        assert all((times.hours < begin).all() for times in (one.errors, one.replaced, one.failures))


def test_it_says_what_is_missing_and_how_much(organization):
    assets = plant_of(organization, (cut(machine("M1", 1), 400),))
    reason = asked(organization).reason
    assert "1 assets of the class with readings; 2 are needed" in reason
    assert "1 faults that technicians found at them; 7 are needed" in reason
    assert asked(assets[0].organization) == NotEnough(reason)
    assert "for a class such as asset-class:pump" in failures.build(organization.pk, "sensor:7", NOW).reason


def test_faults_that_came_all_at_once_are_too_few_to_learn_from():
    reason = failures.split(fleet(machines=4)).reason
    assert "Before the newest 2 faults, which judge, too little is known" in reason


def test_a_false_alarm_is_no_failure(organization):
    (asset,) = plant_of(organization, (cut(machine("M1", 1), 200),))
    finish(asset, TechnicianFactory(site=asset.site), NOW - timedelta(hours=9), finding="false")
    assert "0 faults" in asked(organization).reason


def test_each_asset_is_estimated_once_an_hour(organization, champion):
    assets = plant_of(organization, (before_a_failure(60, 5), cut(machine("M61", 61), 200)))
    assert estimate() == 2
    failing, healthy = (FailureEstimate.objects.get(asset=asset) for asset in assets)
    assert failing.probability > 0.3 > 0.05 > healthy.probability
    assert failing.reasons[0]["contribution"] > 0.1
    assert (failing.version, failing.hour) == (champion, NOW)
    assert estimate(NOW + timedelta(minutes=30)) == 0
    assert estimate(NOW + timedelta(hours=1)) == 2


def test_an_asset_without_a_day_of_readings_has_a_reason_instead(organization, champion):
    plant_of(organization, (cut(machine("M1", 1), 20),))
    estimate()
    kept = FailureEstimate.objects.get()
    assert (kept.probability, kept.refusal) == (None, "not_enough_data")
    assert kept.detail == "4 more hours of readings are needed."


def test_a_class_without_a_champion_is_left_alone(organization):
    plant_of(organization, (cut(machine("M1", 1), 100),))
    assert estimate() == 0


def test_what_there_is_no_time_for_is_done_by_the_next_call(organization, champion):
    plant_of(organization, (cut(machine("M1", 1), 60), cut(machine("M2", 2), 60)))
    calls = iter([True, False])
    assert estimate_failures(at=NOW, may_go_on=lambda: next(calls)) == 1
    assert estimate() == 1


def test_old_estimates_go(organization, champion):
    plant_of(organization, (cut(machine("M1", 1), 60),))
    estimate()
    estimate(NOW + timedelta(days=91))
    assert not FailureEstimate.objects.filter(hour=NOW).exists()


def test_the_machines_page_shows_it(organization, champion, operator, monkeypatch):
    (asset,) = plant_of(organization, (before_a_failure(60, 5),))
    estimate()
    monkeypatch.setattr("reports.machine_views.timezone.now", lambda: NOW + timedelta(minutes=5))
    page = operator.get(f"/assets/{asset.pk}/").content.decode()
    kept = FailureEstimate.objects.get()
    assert "Failure within 24 h" in page
    assert f"{100 * kept.probability:.0f} %</b> likely" in page
    assert kept.reasons[0]["feature"] in page


def test_the_clock_asks_for_it():
    assert task.name in {job["task"] for job in SCHEDULE.values()}
    assert np.isfinite(SCHEDULE["estimate failures of the hour"]["schedule"].total_seconds())
