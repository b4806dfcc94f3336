from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from maintenance.horizons import horizons, pick
from maintenance.models import Forecast
from maintenance.services.forecasting import past_of
from sensors.models import Sensor, SensorSummary
from tests.maintenance.factories import ForecastFactory
from tests.sensors.factories import SensorFactory

ROW = {"method": "seasonal-naive", "chosen": True, "refusal": "", "rmse": 1.5, "mae": 1.0}


@pytest.fixture
def address(plant) -> str:
    return f"/sensors/{plant.sensor.pk}/forecast/"


def test_a_sensors_page_leads_to_its_forecast(operator, plant, address):
    assert f'href="{address}"' in operator.get(f"/sensors/{plant.sensor.pk}/").content.decode()


@pytest.fixture
def known_for(plant):
    """Make the sensor known for so long, and silent for so long."""

    def tell(length: timedelta, silent: timedelta = timedelta()) -> None:
        last = timezone.now() - silent
        summary = {"first_reading_at": last - length, "last_reading_at": last}
        SensorSummary.objects.filter(sensor=plant.sensor).update(reading_count=10**6, **summary)

    return tell


@pytest.mark.parametrize(
    ("length", "first"),
    [
        (timedelta(hours=3), "1 h"),
        (timedelta(days=1), "8 h"),
        (timedelta(days=3), "24 h"),
        (timedelta(days=90), "24 h"),
    ],
)
def test_it_offers_first_what_the_history_can_answer(operator, address, known_for, length, first):
    known_for(length)
    page = operator.get(address).content.decode()
    assert f"Nobody has asked for the next {first} yet" in page
    assert f'action="{address}request/"' in page


def test_what_cannot_be_answered_yet_says_from_when_on(operator, plant, address, known_for):
    known_for(timedelta(days=1))
    page = operator.get(address, {"horizon": "24h"}).content.decode()
    opens = pick(horizons(past_of(Sensor.objects.get(pk=plant.sensor.pk)), timezone.now()), "24h").opens_at
    assert "The next 24 h can be forecast from" in page
    assert opens.isoformat() in page
    assert "That takes 49 h of readings" in page
    assert 'href="?horizon=8h">See the next 8 h' in page
    assert f'action="{address}request/"' not in page


def test_a_sensor_that_fell_silent_long_ago_is_not_carried_on(operator, address, known_for):
    known_for(timedelta(days=30), silent=timedelta(days=20))
    assert "a forecast would lie in the past" in operator.get(address).content.decode()


def test_a_sensor_without_readings_says_what_a_forecast_takes(operator, plant):
    address = f"/sensors/{SensorFactory(organization=plant.sensor.organization).pk}/forecast/"
    assert "No readings yet" in operator.get(address).content.decode()
    assert operator.post(f"{address}request/", {"horizon": "1h"}).status_code == 302
    assert not Forecast.objects.exists()


def test_asking_starts_a_worker_and_shows_its_progress(operator, address, htmx, known_for):
    known_for(timedelta(days=20))
    answer = operator.post(f"{address}request/", {"horizon": "4d"})
    assert answer["Location"] == f"{address}?horizon=4d"
    forecast = Forecast.objects.get()
    assert (forecast.state, forecast.cadence_minutes) == ("waiting", 60)
    part = operator.get(f"{address}?horizon=4d", headers=htmx)
    assert b"<progress" in part.content
    assert b"<html" not in part.content
    Forecast.objects.update(state="ready", made_at=timezone.now(), expires_at=timezone.now())
    assert operator.get(f"{address}?horizon=4d", headers=htmx)["HX-Refresh"] == "true"


def test_it_tells_the_method_its_test_and_when_the_limit_is_met(operator, plant, address, known_for):
    known_for(timedelta(days=20))
    soon = (timezone.now() + timedelta(minutes=15)).isoformat()
    crossing = {"side": "upper", "limit": 7.1, "possible_at": soon, "likely_at": soon, "sure_at": None}
    test = [{**ROW, "beside_naive": 1.0, "origins": 24}, {"method": "blend", "refusal": "needs 900 rows"}]
    reason = "On its past nothing does better."
    row = ForecastFactory(sensor=plant.sensor, crossings=[crossing], back_test=test, reasons=[reason])
    page = operator.get(address).content.decode()
    assert "upper limit of 7.10 mm/s is likely met" in page
    assert 'title="seasonal-naive">Repeating what was last' in page
    for words in (reason, "needs 900 rows", "1.50", "100 %", f'data-chart="/forecasts/{row.pk}/chart/"'):
        assert words in page
    assert "between 1.40 and 2.80" in page


def test_a_refusal_says_what_is_missing(operator, plant, address, known_for):
    known_for(timedelta(days=3))
    ForecastFactory(
        sensor=plant.sensor, state="refused", refusal="not_enough_data", reasons=["9 h are missing"]
    )
    page = operator.get(address).content.decode()
    assert "No forecast for now." in page
    assert "9 h are missing" in page


def test_the_chart_has_the_readings_and_the_cone(operator, plant):
    row = ForecastFactory(sensor=plant.sensor)
    traces = operator.get(f"/forecasts/{row.pk}/chart/").json()["figure"]["data"]
    past = [value for value in traces[-4]["y"] if value is not None]
    assert past
    assert all(2 <= value <= 2.4 for value in past), "means of 15 minutes of what was read"
    low, high, value = (trace["y"] for trace in traces[-3:])
    assert (low, high, value) == ([1.5, 1.4], [2.5, 2.8], [2.0, 2.1])
    assert traces[-2]["fill"] == "tonexty"


def test_the_chart_can_be_zoomed(operator, plant):
    row = ForecastFactory(sensor=plant.sensor)
    start, end = row.starts_at.isoformat(), (row.starts_at + timedelta(minutes=30)).isoformat()
    figure = operator.get(f"/forecasts/{row.pk}/chart/", {"from": start, "to": end}).json()["figure"]
    assert figure["layout"]["xaxis"]["range"] == [start, end]


def test_a_forecast_without_numbers_has_no_chart(operator, plant):
    row = ForecastFactory(sensor=plant.sensor, state="refused", steps=[])
    assert operator.get(f"/forecasts/{row.pk}/chart/").status_code == 404


@pytest.mark.parametrize("horizon", ["8h", "14d", "nonsense"])
def test_a_horizon_can_be_chosen(operator, address, horizon):
    assert operator.get(address, {"horizon": horizon}).status_code == 200


@pytest.mark.parametrize("kind", ["asset", "sensor"])
def test_a_forecast_that_holds_stands_on_the_other_charts_too(operator, plant, kind):
    address = f"/{kind}s/{getattr(plant, kind).pk}/chart/"
    plain = operator.get(address).json()["figure"]
    row = ForecastFactory(sensor=plant.sensor)
    figure = operator.get(address).json()["figure"]
    assert [trace["y"] for trace in figure["data"][-3:]] == [[1.5, 1.4], [2.5, 2.8], [2.0, 2.1]]
    assert figure["layout"]["xaxis"]["range"][1] > plain["layout"]["xaxis"]["range"][1]
    Forecast.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert len(operator.get(address).json()["figure"]["data"]) == len(plain["data"])
