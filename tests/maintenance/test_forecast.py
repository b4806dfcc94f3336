"""A sensor's forecast, from its stored readings to the kept row, by the real chain of agents."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from maintenance.horizons import horizons
from maintenance.models import Forecast
from maintenance.outlook import Wish
from maintenance.services.forecasting import forget_forecasts, past_of, request_forecast
from maintenance.services.looking_ahead import forecast_now
from sensors.incoming import IncomingReading
from sensors.services import store_readings
from smartmaint.events.testing import drain
from tests.anomalies.factories import AlertFactory
from tests.sensors.factories import SensorFactory

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOURLY = Wish(60, 24, 500)


def tell(sensor, hours, *, slope=0.0, without=()):
    """Store a reading at each half hour up to NOW: a course of the day with noise."""
    random = np.random.default_rng(1)
    readings = []
    for number in range(-2 * hours, 0):
        at = NOW + number * timedelta(minutes=30)
        value = 50 + slope * number / 2 + 8 * math.sin(at.hour / 24 * 2 * math.pi) + random.normal(0, 0.5)
        if -number // 2 not in without:
            readings.append(IncomingReading(sensor_id=sensor.code, value=value, timestamp=at))
    store_readings(organization=sensor.organization, readings=readings, at=NOW, source="test")
    sensor.refresh_from_db()


@pytest.fixture
def sensor(organization):
    return SensorFactory(organization=organization, upper_limit=70.0)


def test_a_worker_forecasts_the_course_of_the_day(sensor):
    tell(sensor, 300)
    asked = request_forecast(sensor=sensor, wish=HOURLY, at=NOW)
    assert asked.state == Forecast.State.WAITING
    made = forecast_now(sensor=sensor, wish=HOURLY, at=NOW)
    assert (made.pk, made.state, made.history_steps) == (asked.pk, "ready", 300)
    assert made.times()[0] == NOW
    truth = [50 + 8 * math.sin(at.hour / 24 * 2 * math.pi) for at in made.times()]
    assert max(abs(step[0] - one) for step, one in zip(made.steps, truth, strict=True)) < 2
    assert all(low < value < high for value, low, high in made.steps)
    assert made.crossings == []


def test_the_chain_makes_what_a_page_asked_for(sensor):
    asked = request_forecast(sensor=sensor, wish=HOURLY, at=NOW)
    drain()
    asked.refresh_from_db()
    assert (asked.state, asked.refusal) == ("refused", "not_enough_data")
    assert asked.reasons == ["It has no readings yet."]


def test_the_same_question_gets_the_kept_answer_while_it_holds(sensor):
    tell(sensor, 80)
    made = forecast_now(sensor=sensor, wish=HOURLY, at=NOW)
    assert request_forecast(sensor=sensor, wish=HOURLY, at=NOW + timedelta(minutes=59)) == made
    later = request_forecast(sensor=sensor, wish=HOURLY, at=NOW + timedelta(minutes=60))
    assert later != made
    assert request_forecast(sensor=sensor, wish=HOURLY, at=NOW + timedelta(minutes=61)) == later


def test_too_short_a_history_says_how_much_it_takes_and_when_that_is_there(sensor):
    tell(sensor, 10)
    made = forecast_now(sensor=sensor, wish=HOURLY, at=NOW)
    takes, enough = made.reasons
    assert takes == "The next 24 h take 2.12 days of readings without a long gap; there are 10 h."
    assert enough.startswith("That will be enough at 2026-03-22 05:00 UTC, if readings go on.")
    assert made.expires_at == NOW + timedelta(minutes=2), "a refusal may soon be wrong"
    (promised,) = (one.opens_at for one in horizons(past_of(sensor), NOW) if one.name == "24h")
    assert promised <= datetime(2026, 3, 22, 5, tzinfo=UTC)


def test_a_request_whose_worker_died_is_made_again(sensor):
    lost = request_forecast(sensor=sensor, wish=HOURLY, at=NOW)
    again = request_forecast(sensor=sensor, wish=HOURLY, at=NOW + timedelta(minutes=6))
    assert again.pk != lost.pk
    assert list(Forecast.objects.all()) == [again]


def test_it_says_when_a_rising_sensor_meets_its_limit(sensor):
    tell(sensor, 300, slope=0.05)
    sensor.upper_limit = 60.0
    sensor.save()
    (crossing,) = forecast_now(sensor=sensor, wish=Wish(60, 96, 500), at=NOW).crossings
    likely = datetime.fromisoformat(crossing["likely_at"])
    assert timedelta(hours=36) <= likely - NOW <= timedelta(hours=72), (
        "58 at its peaks, and 0.05 an hour more"
    )
    assert crossing["possible_at"] <= crossing["likely_at"]


def test_gaps_are_filled_and_told(sensor):
    tell(sensor, 300, without=range(100, 110))
    made = forecast_now(sensor=sensor, wish=HOURLY, at=NOW)
    assert any("9 of 300 steps had no reading" in reason for reason in made.reasons)


def test_a_sensor_in_trouble_is_refused(sensor):
    tell(sensor, 300)
    AlertFactory(asset=sensor.asset, subject_sensor=sensor, cause="sensor_stuck", started_at=NOW)
    made = forecast_now(sensor=sensor, wish=HOURLY, at=NOW)
    assert (made.state, made.refusal, made.steps) == ("refused", "sensor_bad", [])


def test_readings_that_ended_long_ago_are_not_carried_on(sensor):
    tell(sensor, 300)
    made = forecast_now(sensor=sensor, wish=HOURLY, at=NOW + timedelta(days=3))
    assert made.refusal == "not_enough_data"
    assert "no reading since 2026-03-20" in made.reasons[0]


def test_a_sensor_without_readings_is_refused(sensor):
    assert forecast_now(sensor=sensor, wish=HOURLY, at=NOW).refusal == "not_enough_data"


def test_old_forecasts_are_forgotten(sensor):
    forecast_now(sensor=sensor, wish=HOURLY, at=NOW)
    assert forget_forecasts(at=NOW + timedelta(days=29)) == 0
    assert forget_forecasts(at=NOW + timedelta(days=31)) == 1
