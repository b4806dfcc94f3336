"""Replays for programs: asked for, watched, run again; and those that do not get on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from anomalies.models import Replay
from anomalies.replaying import running, tending
from smartmaint.events.models import Delivery
from smartmaint.events.testing import drain
from tests.anomalies.learning.factories import WORTH, ChallengerFactory, ReplayFactory

URL = "/api/v1/ml/replays"


def test_a_program_asks_for_a_replay_and_watches_it(api, asset, sensor):
    asked = api("ml:anomaly").post(URL, {"asset": "P-101", "at_most": 1, "per": "week"})
    assert (asked.status_code, asked.json()["state"], asked.json()["asset"]) == (202, "running", "P-101")
    drain(20)
    done = api("data:read").get(asked["Location"]).json()
    assert (done["state"], done["progress"], done["settings"]["at_most"]) == ("done", 1.0, 1)
    assert done["result"]["proposed"]["alarms"] == 0


def test_a_result_is_told_by_machine(api, organization, asset):
    results = {"present": WORTH, "proposed": WORTH}
    told = [{"asset": number, **results} for number in (asset.pk, 10**9)]
    replay = ReplayFactory(organization=organization, result={**results, "assets": told})
    done = api("data:read").get(f"{URL}/{replay.pk}").json()
    assert (done["asset"], done["machines"]) == (None, [{"asset": "P-101", **results}])


def test_a_version_or_the_limits_of_a_sensor_are_replayed(api, organization, sensor, asset):
    version = ChallengerFactory(model__organization=organization, model__scope=f"asset:{asset.pk}")
    tried = {"model_name": version.model.name, "model_version": version.number}
    first = api().post(URL, tried).json()
    assert (first["asset"], first["settings"]["sensitivity"]) == ("P-101", "sensitive")
    assert api().post(URL, {"sensor": sensor.code, "upper": 7}).status_code == 409
    assert api().post(f"{URL}/{first['id']}/cancel").json()["state"] == "cancelled"
    second = api().post(URL, {"sensor": sensor.code, "upper": 7, "days": 90}).json()
    assert (second["sensor"], second["limits"]) == (sensor.code, {"lower": None, "upper": 7.0})


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"days": 31}, 400, "days"),
        ({"at_most": 0}, 400, "at_most"),
        ({"sensor": "a", "asset": "b"}, 400, "sensor"),
        ({"model_name": "a"}, 400, "model_name"),
        ({"sensor": "a", "lower": 2, "upper": 1}, 400, "upper"),
        ({"asset": "nobody"}, 404, ""),
        ({}, 422, ""),
    ],
)
def test_what_cannot_be_replayed_is_named(api, organization, asked, status, field):
    answer = api().post(URL, asked)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


def test_replays_are_listed_the_newest_first(api, organization, other_organization):
    ReplayFactory(organization=organization)
    failed = ReplayFactory(organization=organization, state="failed", error="No worker.", result={})
    ReplayFactory(organization=other_organization)
    first, second = api("data:read").get(URL).json()["results"]
    assert (first["id"], first["error"], first["result"]) == (failed.pk, "No worker.", None)
    assert second["result"] == {"present": WORTH, "proposed": WORTH}


@pytest.fixture
def broken(api, asset, sensor, monkeypatch):
    """A replay whose step breaks at each attempt."""

    def break_down(replay, at):
        raise ValueError("no room on the disk")

    monkeypatch.setattr(running, "_finish", break_down)
    api().post(URL, {})
    drain(20, failures=True)
    return Replay.objects.get()


def test_a_step_that_was_given_up_ends_the_replay_with_its_reason(broken, admin):
    Delivery.objects.filter(agent=tending.AGENT).exclude(state="done").update(
        state="dead", attempts=5, error="The worker died in attempt 5, without an answer."
    )
    tending.tend_replays(at=timezone.now())
    broken.refresh_from_db()
    assert (broken.state, broken.alarms.count()) == ("failed", 0)
    page = admin.get(f"/replays/{broken.pk}/").content.decode()
    assert "was given up after 5 attempts. The worker died in attempt 5" in page
    again = admin.post(f"/replays/{broken.pk}/again/").url
    assert Replay.objects.open().get().pk == int(again.split("/")[2])


def test_a_replay_that_nobody_takes_up_fails_and_one_that_moves_does_not(broken):
    at = broken.moved_at
    assert not tending.tend_replays(at=at + timedelta(minutes=29))
    (failed,) = tending.tend_replays(at=at + timedelta(minutes=31))
    assert failed.error.startswith("No worker took step 2 for 30 minutes.")
