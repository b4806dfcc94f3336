"""What a plant's models and detection have come to after a while, for pages to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from anomalies.models import Alert, Replay, TrialAlarm
from anomalies.services.learning import remember_case
from maintenance.models import FailureEstimate, Forecast
from mlops.models import Model
from smartmaint.accounts.callers import Caller
from tests.accounts.factories import MembershipFactory
from tests.anomalies.drifting.factories import DriftFindingFactory
from tests.anomalies.learning.factories import WORTH, ReplayFactory, ThresholdStepFactory
from tests.maintenance.factories import ForecastFactory
from tests.mlops.factories import ModelFactory, VersionFactory
from tests.pages.conftest import Plant, raised

BACK_TEST = {
    "at": [1, 2, 3, 4],
    "actual": [4, 3, 2, 1],
    "predicted": [4, 3, 3, 1],
    "low": [3, 2, 2, 0],
    "high": [5, 4, 4, 2],
}
SHARE = {"feature": "mean of vibration over 3 h", "value": 4.1, "contribution": 0.32}
METHOD = {
    "method": "ridge-linear",
    "chosen": True,
    "refusal": "",
    "rmse": 1.5,
    "mae": 1.0,
    "beside_naive": 0.6,
}


@dataclass(frozen=True)
class Learned:
    model: Model
    replay: Replay


def by(plant: Plant) -> Learned:
    """Let a plant have all of it."""
    found = Learned(a_model(plant), a_replay(plant))
    for happen in (some_drift, a_forecast, thresholds_gave_way, an_estimate, a_similar_case):
        happen(plant)
    return found


def a_model(plant: Plant) -> Model:
    """A model with a champion that was tried on four cases, and a candidate."""
    model = ModelFactory(organization=plant.asset.organization, name="failure-pump")
    champion = {"stage": "champion", "sha256": "a" * 64, "file_state": "verified"}
    VersionFactory(model=model, metrics={"loss": 0.25, "back_test": BACK_TEST}, **champion)
    return VersionFactory(model=model, number=2, metrics={"loss": 0.5}).model


def some_drift(plant: Plant) -> None:
    """A drifted sensor, a stable one, and a drifted input of a model."""
    organization, model = plant.asset.organization, Model.objects.get()
    DriftFindingFactory(organization=organization, scope=f"sensor:{plant.sensor.pk}", name=str(plant.sensor))
    DriftFindingFactory(organization=organization, outcome="stable", name="Fan, speed", since=None)
    keys = {"purpose": model.purpose, "scope": model.scope, "version": model.versions.first()}
    DriftFindingFactory(organization=organization, input="flow", name=f"{model.name}, flow", **keys)


def a_forecast(plant: Plant) -> Forecast:
    """A forecast that meets the upper limit, with the test of two methods."""
    soon = (timezone.now() + timedelta(minutes=15)).isoformat()
    crossing = {"side": "upper", "limit": 7.1, "possible_at": soon, "likely_at": soon, "sure_at": None}
    methods = [
        {**METHOD, "beside_naive": 0.6, "origins": 24},
        {"method": "blend", "refusal": "needs 900 rows"},
    ]
    reasons = ["Ridge is clearly better than the naive forecast."]
    return ForecastFactory(sensor=plant.sensor, crossings=[crossing], back_test=methods, reasons=reasons)


def a_replay(plant: Plant) -> Replay:
    """A finished replay with an alarm of each side."""
    organization, better = plant.asset.organization, {**WORTH, "alarms": 1}
    each = [{"asset": plant.asset.pk, "present": WORTH, "proposed": better}]
    replay = ReplayFactory(
        organization=organization, result={"present": WORTH, "proposed": better, "assets": each}
    )
    about = {
        "organization": organization,
        "replay": replay,
        "asset": plant.asset,
        "score": 4,
        "summary": "odd",
        "cause": "abnormal_behaviour",
    }
    for day, side in enumerate(("present", "proposed"), start=3):
        at = replay.since + timedelta(days=day)
        TrialAlarm.objects.create(**about, side=side, started_at=at, raised_at=at, ended_at=at)
    return replay


def thresholds_gave_way(plant: Plant) -> None:
    ThresholdStepFactory(asset=plant.asset, at=timezone.now())


def an_estimate(plant: Plant) -> None:
    now, version = timezone.now(), Model.objects.get().versions.get(stage="champion")
    FailureEstimate.objects.create(
        organization=plant.asset.organization,
        asset=plant.asset,
        version=version,
        hour=now.replace(minute=0, second=0, microsecond=0),
        horizon_hours=24,
        probability=0.42,
        contributions=[SHARE],
        at=now,
    )


def a_similar_case(plant: Plant) -> Alert:
    """An alarm of the same sensor that turned out to be a fault."""
    before = raised(plant.asset, plant.sensor, state="normal", cause="limit_exceeded")
    person = Caller.of_membership(MembershipFactory(organization=plant.asset.organization))
    said = {"finding": "true", "failure_mode": "VIB", "notes": "Bearing replaced."}
    remember_case(alert=before, by=person, at=timezone.now(), **said)
    return before
