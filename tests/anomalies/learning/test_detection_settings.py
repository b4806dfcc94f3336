"""Settings chosen for an organization and for an asset, at work on live readings."""

from __future__ import annotations

import numpy as np
import pytest

from anomalies.detect import detect_anomalies
from anomalies.detection.wishes import Wish
from anomalies.detection_settings import settings_in_force
from anomalies.models import Alert, ThresholdStep, TrialAlarm
from anomalies.services.choosing import propose_settings
from mlops.models import ModelState, ModelVersion
from mlops.services import promote_version, retire_version, roll_back, try_version
from tests.anomalies.feeding import BEGIN, MINUTE, feed, moment, store, told
from tests.mlops.signals import noise
from tests.sensors.factories import SensorFactory


def bump(rows=1030, height=3.6):
    """Noise with a small bump that only the sensitive settings mind."""
    values = noise(rows, seed=5)
    values[1000:1004] += height
    return values


def propose(organization, caller, wish, scope="organization"):
    return propose_settings(
        organization_id=organization.pk, scope=scope, wish=wish, at=BEGIN, by=caller, reason="test"
    )


def choose(organization, caller, wish, scope="organization"):
    return promote_version(version=propose(organization, caller, wish, scope), at=BEGIN, by=caller)


def test_by_default_all_is_calm_without_a_budget(sensor):
    settings = settings_in_force(sensor.organization_id, [sensor], BEGIN).settings
    assert (settings.steady.tolist(), settings.per_month.tolist()) == ([2.5], [float("inf")])


def test_an_assets_settings_count_before_the_organizations(organization, asset, sensor, caller):
    other = SensorFactory(organization=organization)
    choose(organization, caller, Wish("sensitive"))
    own = choose(organization, caller, Wish("calm"), f"asset:{asset.pk}")
    force = settings_in_force(organization.pk, [sensor, other], BEGIN)
    assert force.settings.steady[0] > force.settings.steady[1]
    assert force.versions[asset.pk] == own.pk


def test_the_sensors_of_an_asset_share_its_budget(organization, asset, sensor, caller):
    SensorFactory(organization=organization, asset=asset)
    choose(organization, caller, Wish("calm", 1, "week"))
    budget = settings_in_force(organization.pk, [sensor], BEGIN).settings.per_month[0]
    assert budget == pytest.approx(30 / 7 / 2)


def test_of_each_of_many_sensors_more_is_asked(organization, asset, sensor):
    usual = settings_in_force(organization.pk, [sensor], BEGIN).settings.steady[0]
    for _ in range(79):
        SensorFactory(organization=organization, asset=asset)
    assert settings_in_force(organization.pk, [sensor], BEGIN).settings.steady[0] == usual + 1


def test_an_alert_knows_the_settings_that_raised_it(organization, asset, sensor, caller):
    version = choose(organization, caller, Wish("sensitive"), f"asset:{asset.pk}")
    feed(sensor, bump(height=8))
    assert Alert.objects.earliest("pk").settings_version == version


def test_going_back_brings_the_settings_before_back(organization, asset, sensor, caller):
    scope = f"asset:{asset.pk}"
    version = choose(organization, caller, Wish("sensitive"), scope)
    roll_back(version=version, at=BEGIN + MINUTE, by=caller)
    force = settings_in_force(organization.pk, [sensor], BEGIN)
    assert (force.settings.steady[0], force.versions[asset.pk]) == (2.5, None)


def test_what_findings_taught_moves_the_threshold_of_that_sensor_alone(asset, sensor):
    other = SensorFactory(organization=asset.organization, asset=asset)
    ThresholdStep.objects.create(
        organization=asset.organization,
        asset=asset,
        sensor=sensor,
        change=0.2,
        reason="x",
        actor="x",
        at=BEGIN,
    )
    force = settings_in_force(asset.organization_id, [sensor, other], BEGIN)
    assert force.settings.steady.tolist() == [2.7, 2.5]


def test_a_challenger_raises_rows_and_no_alerts(organization, sensor, caller):
    version = try_version(version=propose(organization, caller, Wish("sensitive")), at=BEGIN, by=caller)
    values = bump()
    for start in range(0, len(values), 206):
        feed(sensor, values[start : start + 206], start)
    would = TrialAlarm.objects.filter(version=version)
    assert would.filter(started_at__range=(moment(999), moment(1005))).exists()
    assert would.count() > Alert.objects.count()


def test_a_shadow_that_is_like_the_champion_raises_what_the_champion_raises(organization, sensor, caller):
    try_version(version=propose(organization, caller, Wish("calm")), at=BEGIN, by=caller)
    values = bump(height=8)
    feed(sensor, values[:500])
    feed(sensor, values[500:], 500)
    alert, trial = Alert.objects.get(), TrialAlarm.objects.get()
    assert (trial.started_at, trial.score, trial.summary) == (alert.started_at, alert.score, alert.summary)
    states = ModelState.objects.filter(scope=f"sensor:{sensor.pk}")
    assert len({bytes(one.state) for one in states}) == 1 < len(states)


def test_without_a_challenger_nothing_is_kept_in_shadow(organization, sensor, caller):
    version = try_version(version=propose(organization, caller, Wish("sensitive")), at=BEGIN, by=caller)
    retire_version(version=version, at=BEGIN, by=caller)
    feed(sensor, bump(height=8))
    assert not ModelState.objects.filter(purpose="anomaly-shadow").exists()
    assert not TrialAlarm.objects.exists()
    assert ModelVersion.objects.champions().count() == 1


def test_a_shadow_judges_the_sensors_of_a_machine_together_as_the_champion_does(
    organization, asset, sensor, caller
):
    try_version(version=propose(organization, caller, Wish("calm")), at=BEGIN, by=caller)
    pair = [sensor, SensorFactory(organization=organization, asset=asset)]
    load = np.sin(np.arange(1400) / 20) * 5
    values = [noise(1400, seed) + load for seed in (1, 2)]
    values[1][1200:] -= 2 * load[1200:]
    for start in range(0, 1400, 350):
        for one, some in zip(pair, values, strict=True):
            store(one, some[start : start + 350], start)
        events = [told(one, start, start + 349) for one in pair]
        detect_anomalies(events=events, at=moment(start + 350))
    alerts = Alert.objects.values_list("asset", "cause", "started_at", "score")
    trials = TrialAlarm.objects.values_list("asset", "cause", "started_at", "score")
    assert set(alerts) == set(trials) != set()
    assert ModelState.objects.filter(purpose="anomaly-shadow", scope=f"asset:{asset.pk}/joint").exists()
