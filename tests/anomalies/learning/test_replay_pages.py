"""The pages of replays, from asking to going back, as people use them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from anomalies.detection.wishes import Wish
from anomalies.models import Alert, Replay, ThresholdStep, TrialAlarm
from anomalies.services.choosing import propose_settings
from anomalies.services.trying import review_trials, trial_of
from mlops.models import ModelVersion, Outcome
from mlops.services import try_version
from tests.anomalies.factories import AlertFactory
from tests.anomalies.learning.factories import ReplayFactory, ThresholdStepFactory
from tests.anomalies.learning.plant import found

SETTINGS = {"what": "settings", "sensitivity": "calm", "budget": "1 a month", "days": 30}


@pytest.fixture
def done(organization):
    return ReplayFactory(organization=organization)


def test_a_person_asks_for_a_replay_in_words(admin, sensor, organization):
    answer = admin.post("/replays/start/", {**SETTINGS, "machine": "P-101"})
    replay = Replay.objects.get()
    assert answer.url == f"/replays/{replay.pk}/"
    assert (replay.scope, Wish.of(replay.settings)) == (f"asset:{sensor.asset_id}", Wish("calm", 1, "month"))
    assert b"Replaying" in admin.get(answer.url).content


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"machine": "P-999"}, "There is no machine with this code."),
        ({"what": "limits", "sensor": "nobody"}, "There is no sensor with this code."),
        ({"days": 31}, "Days:"),
        ({"budget": "0 a month"}, "Budget:"),
        ({"what": "limits", "lower": 5, "upper": 5}, "The upper limit must lie above the lower one."),
    ],
)
def test_what_cannot_be_replayed_is_refused_by_name(admin, sensor, wrong, words):
    answer = admin.post("/replays/start/", {**SETTINGS, "sensor": sensor.code, **wrong})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Replay.objects.exists()


def test_the_result_is_told_in_words_and_drawn(admin, done, asset):
    done.result["assets"] = [
        {"asset": asset.pk, **{side: done.result[side] for side in ("present", "proposed")}}
    ]
    done.save()
    alarm = {"organization": done.organization, "replay": done, "asset": asset, "cause": "abnormal_behaviour"}
    at = done.since + timedelta(days=3)
    TrialAlarm.objects.create(**alarm, side="present", score=4, summary="odd", started_at=at, raised_at=at)
    page = admin.get(f"/replays/{done.pk}/").content.decode()
    assert "3 alarms instead of 3." in page
    assert 'class="mark-present" x="10.00%"' in page


def test_from_replay_to_shadow_to_champion_and_back(admin, done, asset):
    admin.post(f"/replays/{done.pk}/try/")
    version = ModelVersion.objects.challengers().get()
    assert "On trial: the whole plant" in admin.get("/replays/").content.decode()
    admin.post(f"/detection/{version.pk}/promote/")
    assert ModelVersion.objects.champions().get() == version
    admin.post(f"/detection/{version.pk}/back/")
    assert ModelVersion.objects.champions().get().number == 1


def test_limits_are_set_by_their_replay(admin, sensor, organization):
    limits = {"lower": None, "upper": 7.1}
    done = ReplayFactory(organization=organization, scope=f"sensor:{sensor.pk}", settings={}, limits=limits)
    admin.post(f"/replays/{done.pk}/promote/")
    sensor.refresh_from_db()
    assert (sensor.lower_limit, sensor.upper_limit) == (None, 7.1)


def test_a_discarded_replay_leaves_its_figures_and_no_alarms(admin, done):
    admin.post(f"/replays/{done.pk}/discard/")
    done.refresh_from_db()
    assert (done.state, done.result["proposed"]["alarms"], done.alarms.count()) == ("discarded", 3, 0)


@pytest.mark.parametrize("action", ["try", "promote"])
def test_only_administrators_change_what_serves(planner, done, action):
    assert planner.post(f"/replays/{done.pk}/{action}/").status_code == 403
    assert not ModelVersion.objects.exists()


def tried(organization, caller, at):
    wish = {"scope": "organization", "wish": Wish("calm", 1, "month"), "reason": "fewer"}
    version = propose_settings(organization_id=organization.pk, at=at, by=caller, **wish)
    return try_version(version=version, at=at, by=caller)


def quiet_trial(asset, caller, at):
    """A challenger that raised one alarm where the champion raised three, and caught what people found."""
    version = tried(asset.organization, caller, at)
    raised = [at + timedelta(hours=hours) for hours in (10, 20, 30)]
    for moment in raised:
        AlertFactory(asset=asset, state="normal", raised_at=moment, started_at=moment, ended_at=moment)
    trial = {"organization": asset.organization, "version": version, "asset": asset, "score": 4}
    TrialAlarm.objects.create(
        **trial, cause="abnormal_behaviour", started_at=raised[2], raised_at=raised[2], summary="odd"
    )
    found(asset, found_at=raised[2] + timedelta(hours=41))
    return version


def test_a_trial_is_compared_with_what_was_raised_meanwhile(asset, sensor, caller):
    at = timezone.now() - timedelta(days=8)
    trial = trial_of(quiet_trial(asset, caller, at), timezone.now())
    assert (
        trial.words
        == "1 alarm instead of 3, 1 of 1 known failure caught (now 1), median lead 41 h (now 61 h)"
    )
    assert (trial.ready, trial.better, trial.labels) == (True, True, 1)


def test_a_better_trial_is_promoted_by_itself_only_where_that_is_allowed(admin, asset, sensor, caller):
    at = timezone.now() - timedelta(days=8)
    version = quiet_trial(asset, caller, at)
    assert review_trials(at=timezone.now()) == 0
    admin.post("/detection/automatic/", {"allowed": "on"})
    assert review_trials(at=timezone.now()) == 1
    assert ModelVersion.objects.champions().get() == version


def test_a_trial_of_a_day_is_not_ready(admin, asset, sensor, caller):
    quiet_trial(asset, caller, timezone.now() - timedelta(days=4))
    admin.post("/detection/automatic/", {"allowed": "on"})
    assert review_trials(at=timezone.now()) == 0


def test_a_missed_failure_is_reported_on_the_machines_page(technician, asset, sensor):
    page = technician.get(f"/assets/{asset.pk}/learning/").content.decode()
    assert "Sensitivity: calm, without a budget." in page
    said, htmx = {"failure_mode": "VIB"}, {"HX-Request": "true"}
    answer = technician.post(f"/assets/{asset.pk}/missed/", said, headers=htmx)
    assert "alarms come already at what is 2.0 times more common" in answer.content.decode()
    assert (Outcome.objects.get().finding, Outcome.objects.get().failure_mode) == ("missed", "VIB")


def test_a_mode_that_is_none_is_refused(technician, asset):
    assert technician.post(f"/assets/{asset.pk}/missed/", {"failure_mode": "XYZ"}).status_code == 422
    assert not Outcome.objects.exists()


def test_a_moved_threshold_is_taken_back_on_the_machines_page(operator, asset, sensor):
    step = ThresholdStepFactory(asset=asset, at=timezone.now())
    page = operator.get(f"/assets/{asset.pk}/learning/").content.decode()
    assert "alarms come only at what is 1.6 times rarer" in page
    operator.post(f"/threshold-steps/{step.pk}/undo/", headers={"HX-Request": "true"})
    page = operator.get(f"/assets/{asset.pk}/learning/").content.decode()
    assert "alarms come only" not in page
    assert "taken back by operator-of-acme" in page
    assert ThresholdStep.objects.get().undone_by == "operator-of-acme"


def test_an_alarm_without_a_similar_case_says_so(operator, asset):
    alert = AlertFactory(asset=asset)
    page = operator.get(f"/alerts/{alert.pk}/similar/").content.decode()
    assert "No similar case yet." in page
    assert Alert.objects.count() == 1


def test_the_page_of_a_model_shows_what_people_found_of_its_version(admin, asset, sensor, caller):
    at = timezone.now()
    version = tried(asset.organization, caller, at)
    found(asset, version=version, found_at=at, raised_at=at - timedelta(hours=41))
    page = admin.get(f"/models/{version.model_id}/?version={version.number}").content.decode()
    assert "What people found of version 2" in page
    assert "41 h" in page
