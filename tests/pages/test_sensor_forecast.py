from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from maintenance.models import Forecast
from tests.maintenance.factories import ForecastFactory

ROW = {"method": "seasonal-naive", "chosen": True, "refusal": "", "rmse": 1.5, "mae": 1.0}


@pytest.fixture
def address(plant) -> str:
    return f"/sensors/{plant.sensor.pk}/forecast/"


def test_a_sensors_page_leads_to_its_forecast(operator, plant, address):
    assert f'href="{address}"' in operator.get(f"/sensors/{plant.sensor.pk}/").content.decode()


def test_before_anybody_asked_it_offers_to_forecast(operator, address):
    page = operator.get(address).content.decode()
    assert "Nobody has asked for the next 24 h yet" in page
    assert f'action="{address}request/"' in page


def test_asking_starts_a_worker_and_shows_its_progress(operator, address, htmx):
    answer = operator.post(f"{address}request/", {"horizon": "4d"})
    assert answer["Location"] == f"{address}?horizon=4d"
    forecast = Forecast.objects.get()
    assert (forecast.state, forecast.cadence_minutes) == ("waiting", 60)
    part = operator.get(f"{address}?horizon=4d", headers=htmx)
    assert b"<progress" in part.content
    assert b"<html" not in part.content
    Forecast.objects.update(state="ready", made_at=timezone.now(), expires_at=timezone.now())
    assert operator.get(f"{address}?horizon=4d", headers=htmx)["HX-Refresh"] == "true"


def test_it_tells_the_method_its_test_and_when_the_limit_is_met(operator, plant, address):
    soon = (timezone.now() + timedelta(minutes=15)).isoformat()
    crossing = {"side": "upper", "limit": 7.1, "possible_at": soon, "likely_at": soon, "sure_at": None}
    test = [{**ROW, "beside_naive": 1.0, "origins": 24}, {"method": "blend", "refusal": "needs 900 rows"}]
    reason = "Nothing beats the naive forecast here."
    row = ForecastFactory(sensor=plant.sensor, crossings=[crossing], back_test=test, reasons=[reason])
    page = operator.get(address).content.decode()
    assert "upper limit of 7.10 mm/s is likely met" in page
    for words in (reason, "needs 900 rows", "1.50", "100 %", f'data-chart="/forecasts/{row.pk}/chart/"'):
        assert words in page
    assert "between 1.40 and 2.80" in page


def test_a_refusal_says_what_is_missing(operator, plant, address):
    ForecastFactory(
        sensor=plant.sensor, state="refused", refusal="not_enough_data", reasons=["9 h are missing"]
    )
    page = operator.get(address).content.decode()
    assert "No forecast: not enough data." in page
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
