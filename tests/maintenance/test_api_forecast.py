"""`POST ml/forecast` over HTTP; a real worker answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.utils import timezone

from maintenance.api import forecasts
from maintenance.models import Forecast
from mlops.asking import QUEUE
from sensors.incoming import IncomingReading
from sensors.services import store_readings
from tests.maintenance.factories import ForecastFactory
from tests.sensors.factories import SensorFactory

ADDRESS = "/api/v1/ml/forecast"
WISH = {"horizon_steps": 8, "history_window": 200, "cadence_minutes": 1}


@pytest.fixture
def sensor(organization):
    return SensorFactory(organization=organization, code="P-1.pressure")


@pytest.fixture
def program(api):
    return api("ml:predict")


@pytest.fixture
def worker(transactional_db):
    with start_worker(current_app, pool="solo", queues=[QUEUE], perform_ping_check=False, loglevel="ERROR"):
        yield


@pytest.mark.xdist_group("asking")
def test_a_worker_answers_and_its_answer_is_kept(worker, program, sensor):
    now = timezone.now()
    readings = [
        IncomingReading(
            sensor_id=sensor.code, value=5.0 + number % 3, timestamp=now - timedelta(minutes=number)
        )
        for number in range(45)
    ]
    store_readings(organization=sensor.organization, readings=readings, at=now, source="test")
    first = program.post(ADDRESS, {"sensor_id": sensor.code, **WISH}, format="json")
    assert first.status_code == 200, first.json()
    told = first.json()
    assert (told["status"], told["refusal"], len(told["forecast"])) == ("ready", None, 8)
    assert told["method"] in {row["method"] for row in told["back_test"] if row["chosen"]}
    assert told["back_test"][0]["method"] == "seasonal-naive"
    assert program.post(ADDRESS, {"sensor_id": sensor.code, **WISH}, format="json").json() == told


def test_a_kept_answer_needs_no_worker(program, sensor):
    kept = ForecastFactory(sensor=sensor, cadence_minutes=1, horizon_steps=8, history_window=200)
    told = program.post(ADDRESS, {"sensor_id": sensor.code, **WISH}, format="json").json()
    assert [step["value"] for step in told["forecast"]] == [2.0, 2.1]
    assert told["made_at"] == kept.made_at.isoformat().replace("+00:00", "Z")


def test_without_a_worker_it_says_so_and_when_to_ask_again(program, sensor, monkeypatch):
    monkeypatch.setattr(forecasts, "PATIENCE", 0.2)
    answer = program.post(ADDRESS, {"sensor_id": sensor.code, **WISH}, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


@pytest.mark.parametrize(
    ("field", "value"),
    [("horizon_steps", 0), ("horizon_steps", 337), ("history_window", 5001), ("cadence_minutes", 0)],
)
def test_what_is_out_of_bounds_is_named(program, sensor, field, value):
    answer = program.post(ADDRESS, {"sensor_id": sensor.code, field: value}, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_window_too_short_for_the_horizon_is_named_with_what_it_takes(program, sensor):
    answer = program.post(ADDRESS, {"sensor_id": sensor.code, "history_window": 60}, format="json")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "history_window"
    assert error["detail"] == "96 steps ahead take at least 195 steps of history."


def test_another_organizations_sensor_is_not_there(program):
    foreign = ForecastFactory().sensor
    answer = program.post(ADDRESS, {"sensor_id": foreign.code}, format="json")
    assert answer.status_code == 404
    (error,) = answer.json()["errors"]
    assert (error["field"], error["detail"]) == (
        "sensor_id",
        f"There is no sensor {foreign.code} that is yours.",
    )
    assert Forecast.objects.exclude(sensor=foreign).count() == 0
