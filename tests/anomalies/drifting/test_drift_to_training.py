"""Drift of what a class's model is given: found, trained for, promoted only if better, rolled back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from anomalies.drifting.checks import start_check
from mlops import attempts, datasets, serving
from mlops.datasets import Dataset
from mlops.models import DriftFinding, ModelVersion, TrainingJob
from mlops.services import request_training, roll_back
from sensors.models import Reading
from smartmaint.events.models import EventRecord
from smartmaint.events.testing import drain
from tests.anomalies.drifting.history import EVERY, store
from tests.mlops import line
from tests.mlops.conftest import lines as small_algorithm  # noqa: F401  (a fixture)
from tests.sensors.factories import AssetFactory, SensorFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SCOPE = "asset-class:pump"
DAYS, DRIFTED_DAYS, LEARNT = 42, 12, 14


@pytest.fixture
def plant(organization, small_algorithm, monkeypatch):  # noqa: F811
    """A pump whose power is learnt from its flow, by a small algorithm on the readings that are stored."""
    asset = AssetFactory(organization=organization, asset_class="pump")
    for kind in ("flow", "power"):
        SensorFactory(organization=organization, asset=asset, code=f"{asset.code}.{kind}", kind=kind)
    monkeypatch.setitem(datasets._builders, line.PURPOSE, build)
    return asset


def build(organization_id: int, scope: str, at: datetime) -> Dataset:
    """Learn from the first ten of the last days, judge on the others."""
    flow, power = (values(organization_id, kind, at) for kind in ("flow", "power"))
    cut = int(0.7 * len(flow))
    return Dataset(
        learn=(flow[:cut], power[:cut]),
        held_out=(flow[cut:], power[cut:]),
        judge=lambda model, held: np.abs(model.predict(held[0]) - held[1]),
        measure="absolute error",
        rows=cut,
        groups=(np.arange(len(flow) - cut) // 24).tolist(),
        data_from=at - LEARNT * DAY,
        data_until=at,
        features=[{"name": "flow", "kind": "number"}],
    )


def values(organization_id: int, kind: str, at: datetime) -> Any:
    rows = Reading.objects.filter(sensor__organization=organization_id, sensor__kind=kind)
    rows = rows.between(at - LEARNT * DAY, at).order_by("measured_at")
    return np.array(rows.values_list("value", flat=True))


def run_the_plant(plant: Any, *, slope_after: float) -> None:
    """Store weeks in which power is twice the flow; in the last days flow is higher and the slope another."""
    rng, count = np.random.default_rng(5), int(DAYS * DAY / EVERY)
    times = [timezone.now() - EVERY * (count - place) for place in range(count)]
    late = np.arange(count) >= count - int(DRIFTED_DAYS * DAY / EVERY)
    flow = 20 + 4 * rng.normal(size=count) + np.where(late, 12, 0)
    power = flow * np.where(late, slope_after, 2.0) + rng.normal(size=count)
    for kind, series in (("flow", flow), ("power", power)):
        store(plant.sensors.get(kind=kind), times, series)


def train(plant: Any, at: datetime, cause: str = "hand") -> TrainingJob:
    job = request_training(
        organization_id=plant.organization_id, purpose=line.PURPOSE, scope=SCOPE, cause=cause, at=at
    )
    ended = attempts.run(job.pk, say=lambda step: None, now=lambda: at)
    assert ended is not None
    return ended


def check(plant: Any) -> DriftFinding:
    start_check(organization_id=plant.organization_id, cause="hand", by="tests", at=timezone.now())
    drain()
    return DriftFinding.objects.current().get(purpose=line.PURPOSE, input="flow")


def champion(plant: Any) -> ModelVersion:
    found = serving.champion(plant.organization_id, line.PURPOSE, SCOPE)
    assert found is not None
    return found


@pytest.fixture
def drifted(plant):
    """A champion from before; then drift, of which a check has been made. `drifted(3.0)` is the finding."""

    def make(slope_after: float) -> DriftFinding:
        run_the_plant(plant, slope_after=slope_after)
        train(plant, timezone.now() - (DRIFTED_DAYS + 1) * DAY)
        return check(plant)

    return make


def test_drift_is_found_trained_for_promoted_and_can_be_rolled_back(plant, drifted):
    found = drifted(3.0)
    old = champion(plant)
    assert (found.outcome, found.version, found.job.cause) == ("drifted", old, "drift")
    job = train(plant, timezone.now(), "drift")
    assert (job.pk, job.state) == (found.job_id, "promoted")
    new = champion(plant)
    assert new.number == old.number + 1
    roll_back(version=new, at=timezone.now(), by="tests", reason="it was better before")
    assert champion(plant) == old


def test_a_candidate_that_is_no_better_does_not_serve(plant, drifted):
    found = drifted(2.0)
    old = champion(plant)
    assert found.outcome == "drifted"
    assert train(plant, timezone.now(), "drift").state == "kept"
    assert champion(plant) == old


def test_the_way_from_the_check_to_the_training_is_one_journey(plant, drifted):
    found = drifted(3.0)
    events = EventRecord.objects.filter(correlation_id=found.drift_check.correlation_id)
    names = list(events.order_by("published_at").values_list("name", flat=True))
    assert names[0] == "mlops.DriftCheckAdvanced"
    for name in ("mlops.DriftChecked", "mlops.DriftDetected", "mlops.TrainingRequested"):
        assert name in names
    assert found.job.correlation_id == found.drift_check.correlation_id


def test_drift_that_goes_on_asks_once_a_day(plant, drifted):
    first = drifted(3.0)
    TrainingJob.objects.filter(pk=first.job_id).update(state="kept")
    assert check(plant).job == first.job
    assert TrainingJob.objects.filter(cause="drift").count() == 1


def test_a_drift_of_a_sensor_without_a_trained_model_asks_for_nothing(plant):
    run_the_plant(plant, slope_after=3.0)
    start_check(organization_id=plant.organization_id, cause="hand", by="tests", at=timezone.now())
    drain()
    assert not TrainingJob.objects.exists()
