"""A replay over stored readings of a plant with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from anomalies.detection.wishes import Wish
from anomalies.models import Alert, Replay, TrialAlarm
from anomalies.replaying import running
from anomalies.replaying.running import cancel_replay, start_replay
from anomalies.services.choosing import propose_settings
from mlops.models import ModelState
from mlops.services import promote_version
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.models import EventRecord
from smartmaint.events.testing import drain
from tests.anomalies.learning.plant import BEGIN, END, ROWS, course, found, remember
from tests.sensors.factories import AssetFactory, SensorFactory


@pytest.fixture
def plant(asset, sensor):
    """One asset that fails at last and one that only bumps; the organization is at "sensitive"."""
    remember(sensor, course(1, fault=True, bumps=6))
    other = SensorFactory(
        organization=asset.organization, asset=AssetFactory(organization=asset.organization, site=asset.site)
    )
    remember(other, course(2, bumps=8))
    return asset


@pytest.fixture
def sensitive(organization, caller):
    version = propose_settings(
        organization_id=organization.pk,
        scope="organization",
        wish=Wish("sensitive"),
        at=BEGIN,
        by=caller,
        reason="to see all",
    )
    return promote_version(version=version, at=BEGIN, by=caller)


def replay(organization, caller, **values):
    given = {"scope": "organization", "days": 30, "at": END, "wish": Wish("calm"), **values}
    start_replay(organization_id=organization.pk, by=caller, **given)
    drain(200)
    return Replay.objects.latest("pk")


def test_calm_gives_fewer_alarms_and_still_catches_the_failure(plant, organization, caller, sensitive):
    found(plant)
    done = replay(organization, caller)
    now, then = done.result["present"], done.result["proposed"]
    assert done.state == "done"
    assert 0 < then["alarms"] < now["alarms"]
    assert (then["known"], then["caught"], now["caught"]) == (1, 1, 1)
    assert 24 < then["lead"] <= 168
    assert done.words.startswith(f"{then['alarms']} alarm")
    assert f"instead of {now['alarms']}, 1 of 1 known failure caught" in done.words


def test_each_asset_is_told_apart(plant, organization, caller, sensitive):
    found(plant)
    assets = {one["asset"]: one for one in replay(organization, caller).result["assets"]}
    assert assets[plant.pk]["proposed"]["caught"] == 1
    assert len(assets) == 2


def test_what_is_proposed_as_it_is_changes_nothing(plant, organization, caller):
    done = replay(organization, caller)
    assert done.result["present"] == done.result["proposed"]


def test_a_replay_pages_nobody_and_leaves_live_states_alone(plant, organization, caller):
    replay(organization, caller)
    assert TrialAlarm.objects.exists()
    assert not Alert.objects.exists()
    assert not ModelState.objects.exists()
    names = set(EventRecord.objects.values_list("name", flat=True))
    assert names == {"anomalies.ReplayAdvanced", "anomalies.ReplayFinished"}


def test_small_steps_give_what_large_ones_give(plant, organization, caller, sensitive, monkeypatch):
    whole = replay(organization, caller)
    monkeypatch.setattr(running, "LEAST_AT_ONCE", 500)
    monkeypatch.setattr(running, "AT_ONCE_EACH", 100)
    parts = replay(organization, caller)
    assert parts.step > whole.step
    assert parts.readings == whole.readings == 2 * ROWS
    assert parts.result == whole.result


def test_a_step_that_is_heard_twice_counts_once(plant, organization, caller):
    started = start_replay(
        organization_id=organization.pk, scope="organization", days=30, at=END, by=caller, wish=Wish()
    )
    for _ in range(2):
        running.advance_replay(organization_id=organization.pk, replay_id=started.pk, step=0, at=END)
    started.refresh_from_db()
    assert started.step == 1


def test_a_cancelled_replay_leaves_nothing_behind(plant, organization, caller):
    started = start_replay(
        organization_id=organization.pk, scope="organization", days=30, at=END, by=caller, wish=Wish()
    )
    running.advance_replay(organization_id=organization.pk, replay_id=started.pk, step=0, at=END)
    cancel_replay(replay=started, at=END)
    drain()
    started.refresh_from_db()
    assert (started.state, TrialAlarm.objects.count(), ModelState.objects.count()) == ("cancelled", 0, 0)


def test_one_replay_runs_at_a_time(plant, organization, caller):
    wanted = {"organization_id": organization.pk, "scope": "organization", "days": 30, "by": caller}
    start_replay(**wanted, at=END, wish=Wish())
    with pytest.raises(Conflict, match="runs already"):
        start_replay(**wanted, at=END, wish=Wish())


def test_a_scope_without_sensors_is_refused(asset, organization, caller):
    with pytest.raises(Unprocessable, match="Nothing there is judged"):
        replay(organization, caller, scope=f"asset:{asset.pk}")


def test_new_limits_of_a_sensor_are_tried_without_setting_them(plant, sensor, organization, caller):
    limits = {"lower": None, "upper": 30.0}
    done = replay(organization, caller, scope=f"sensor:{sensor.pk}", wish=None, limits=limits)
    causes = done.alarms.filter(side="proposed").values_list("cause", flat=True)
    assert "limit_exceeded" in causes
    assert not done.alarms.filter(side="present", cause="limit_exceeded").exists()
    sensor.refresh_from_db()
    assert sensor.upper_limit is None


def test_alarms_of_the_lead_in_do_not_count(plant, organization, caller):
    done = replay(organization, caller)
    assert not done.alarms.filter(raised_at__lt=done.since).exists()


def test_the_sensors_of_a_machine_are_judged_together(asset, sensor, organization, caller, monkeypatch):
    pair = [sensor, SensorFactory(organization=organization, asset=asset)]
    load = np.sin(np.arange(ROWS) / 20) * 5
    values = [course(seed) + load for seed in (1, 2)]
    values[1][1500:] -= 2 * load[1500:]
    for one, some in zip(pair, values, strict=True):
        remember(one, some)
    whole = replay(organization, caller)
    told = whole.alarms.filter(side="proposed").order_by("pk").values_list("summary", "raised_at", "score")
    assert any("together" in summary or "2 sensors" in summary for summary, *_ in told), list(told)
    monkeypatch.setattr(running, "LEAST_AT_ONCE", 700)
    monkeypatch.setattr(running, "AT_ONCE_EACH", 100)
    assert replay(organization, caller).result == whole.result
    assert not ModelState.objects.exists()
