from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from reports.episodes import Episode
from reports.figures import Panel, build_figure, with_gaps
from reports.spans import read_span
from tests.pages.conftest import send

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOON = START + timedelta(hours=3)


def minutes(*numbers: float) -> list[datetime]:
    return [START + timedelta(minutes=number) for number in numbers]


def line_of(figure: dict) -> dict:
    return next(trace for trace in figure["data"] if trace["mode"] == "lines" and "hovertemplate" in trace)


def test_a_gap_is_an_empty_point_in_the_line():
    points = with_gaps(minutes(0, 1, 2, 30, 31), [1, 2, 3, 4, 5], None)
    assert [value for _, value in points] == [1, 2, 3, None, 4, 5]


def test_a_sensor_that_sends_rarely_has_no_gaps():
    points = with_gaps(minutes(0, 60, 120), [1, 2, 3], interval=3600)
    assert None not in [value for _, value in points]


def test_a_figure_has_the_band_the_limit_and_each_alert_with_its_digit():
    panel = Panel("Vibration", "mm/s", minutes(0, 1), [2.0, 2.1], band=([1, 1], [3, 3]), limits=[2.15, 90])
    figure = build_figure([panel], [Episode(START, NOON, "Too high", "/alerts/1/", 2)], START, NOON)
    assert [trace.get("fillcolor") for trace in figure["data"]] == [None, None, "--chart-band", None]
    assert figure["data"][0]["text"] == ["2"]
    assert figure["data"][0]["marker"]["symbol"] == ["triangle-up"]
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert "limit 2.15" in texts
    assert "limit 90" not in texts  # far above: it would press the line flat


def test_work_is_drawn_as_a_wrench():
    figure = build_figure([], [Episode(START, NOON, "Oil change", "/work/1/")], START, NOON)
    assert figure["layout"]["images"][0]["x"] == START.isoformat()


@pytest.mark.parametrize(("name", "hours"), [("1h", 1), ("7d", 168), ("nonsense", 8), ("", 8)])
def test_a_range_ends_now(name, hours):
    span = read_span(QueryDict(f"range={name}"), NOON, NOON)
    assert (span.start, span.end) == (NOON - timedelta(hours=hours), NOON)


def test_old_readings_are_shown_where_they_are():
    newest = NOON - timedelta(days=400)
    assert read_span(QueryDict("range=1h"), NOON, newest).end == newest


def test_zoom_asks_for_its_own_stretch():
    query = QueryDict("from=2026-03-02T12:00:00.000Z&to=2026-03-02 12:10:00")
    span = read_span(query, NOON, NOON)
    assert (span.start, span.end, span.name) == (START, START + timedelta(minutes=10), "")


@pytest.mark.parametrize(
    "query", ["from=x&to=y", "from=2026-03-02T12:00:00Z&to=2026-03-02T11:00:00Z", "to=9"]
)
def test_a_senseless_stretch_falls_back_to_the_range(query):
    assert read_span(QueryDict(query), NOON, NOON).name == "8h"


def test_the_chart_of_a_long_history_has_at_most_2000_points(operator, organization, plant):
    send(organization, "P-1.vibration", [float(number % 7) for number in range(9000)], every=5)
    answer = operator.get(f"/sensors/{plant.sensor.pk}/chart/?range=24h").json()
    assert 1000 < len(line_of(answer["figure"])["x"]) <= 2000


def test_charts_show_the_readings_with_their_unit_and_the_alert(operator, plant):
    for address in (f"/sensors/{plant.sensor.pk}/chart/", f"/assets/{plant.asset.pk}/chart/"):
        figure = operator.get(address).json()["figure"]
        assert len(line_of(figure)["y"]) >= 120
        assert "mm/s" in line_of(figure)["hovertemplate"]
        assert figure["data"][0]["customdata"][0][1] == f"/alerts/{plant.alert.pk}/"


def test_the_evidence_of_an_alert_surrounds_its_episode(operator, plant):
    figure = operator.get(f"/alerts/{plant.alert.pk}/chart/").json()["figure"]
    start, end = map(datetime.fromisoformat, figure["layout"]["xaxis"]["range"])
    assert start <= plant.alert.started_at - timedelta(hours=1)
    assert end >= plant.alert.latest_at
    assert len(line_of(figure)["y"]) >= 80


def test_an_empty_stretch_says_so(operator, plant):
    old = (timezone.now() - timedelta(days=90)).isoformat().replace("+00:00", "Z")
    older = (timezone.now() - timedelta(days=91)).isoformat().replace("+00:00", "Z")
    assert operator.get(f"/sensors/{plant.sensor.pk}/chart/?from={older}&to={old}").json()["empty"]


@pytest.mark.parametrize("kind", ["sensor", "asset", "alert"])
def test_another_organizations_chart_is_not_there(outsider, plant, kind):
    pk = getattr(plant, kind).pk
    assert outsider.get(f"/{kind}s/{pk}/chart/").status_code == 404
