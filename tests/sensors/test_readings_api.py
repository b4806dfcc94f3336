from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from sensors.models import Reading
from tests.sensors.factories import SensorFactory

URL = "/api/v1/sensors/readings"
START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def sensor(organization):
    """A sensor with 300 readings, one a minute, of values 0 to 299."""
    sensor = SensorFactory(organization=organization, code="P-1.flow")
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=START + timedelta(minutes=n), value=n) for n in range(300)
    )
    return sensor


def ask(api, **query):
    return api("data:read").get(URL, {"sensor_id": "P-1.flow", **query})


def follow(api, answer, **query):
    """Return the results of all pages."""
    results = []
    while answer:
        results += answer.json()["results"]
        address = answer.json()["next"]
        answer = address and api("data:read").get(f"{URL}?{urlsplit(address).query}")
    return results


def test_it_lists_the_newest_first(api, sensor):
    first = ask(api, limit=2).json()["results"]
    assert first[0] == {
        "sensor_id": "P-1.flow",
        "timestamp": "2026-03-02T04:59:00+00:00",
        "value": 299,
        "quality": 1,
    }
    assert first[1]["value"] == 298


def test_it_goes_on_by_cursor(api, sensor):
    values = [row["value"] for row in follow(api, ask(api, limit=70))]
    assert values == list(range(299, -1, -1))


def test_it_keeps_to_the_range(api, sensor):
    span = {"start_ts": "2026-03-02T01:00:00Z", "end_ts": "2026-03-01T22:03:00-03:00"}
    assert [row["value"] for row in ask(api, **span).json()["results"]] == [62, 61, 60]


def test_it_reads_a_plus_in_an_address(api, sensor):
    address = f"{URL}?sensor_id=P-1.flow&start_ts=2026-03-02T05:58:00+01:00"
    assert len(api("data:read").get(address).json()["results"]) == 2


def test_it_sums_up_by_bucket(api, sensor):
    rows = ask(api, bucket="1h").json()["results"]
    assert [row["timestamp"][11:16] for row in rows] == ["04:00", "03:00", "02:00", "01:00", "00:00"]
    first = {key: rows[-1][key] for key in ("avg", "min", "max", "count")}
    assert first == {"avg": 29.5, "min": 0, "max": 59, "count": 60}


def test_buckets_go_on_across_gaps(api, sensor):
    long_ago = START - timedelta(days=400)
    Reading.objects.create(sensor=sensor, measured_at=long_ago, value=7)
    rows = follow(api, ask(api, bucket="1h", limit=2))
    assert [row["count"] for row in rows] == [60, 60, 60, 60, 60, 1]
    assert rows[-1]["avg"] == 7


def test_buckets_keep_to_the_range(api, sensor):
    rows = follow(
        api, ask(api, bucket="1h", limit=1, start_ts="2026-03-02T01:30:00Z", end_ts="2026-03-02T02:10:00Z")
    )
    assert [row["count"] for row in rows] == [10, 30]


def test_it_thins_and_keeps_the_extremes(api, sensor):
    Reading.objects.filter(sensor=sensor, value=150).update(value=1000)
    rows = ask(api, points=20).json()["results"]
    assert 10 < len(rows) <= 20
    assert max(row["value"] for row in rows) == 1000
    assert rows == sorted(rows, key=lambda row: row["timestamp"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sensor_id": ""}, "sensor_id"),
        ({"limit": 1001}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"start_ts": "2026-03-02T00:00:00"}, "start_ts"),
        ({"start_ts": "soon"}, "start_ts"),
        ({"start_ts": "2026-99-02T00:00:00Z"}, "start_ts"),
        ({"start_ts": "2026-03-02T00:00:00Z", "end_ts": "2026-03-01T00:00:00Z"}, "end_ts"),
        ({"bucket": "1y"}, "bucket"),
        ({"points": 2001}, "points"),
        ({"points": 10, "bucket": "1h"}, "points"),
        ({"sensor_id": "P\x00"}, "sensor_id"),
    ],
)
def test_it_says_which_parameter_is_wrong(api, sensor, query, field):
    answer = ask(api, **query)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("cursor", [b"p=abc", b"p=\x00", b"o=x", b"p=2026-99-99 00:00:00+00:00"])
def test_a_forged_cursor_is_not_found(api, sensor, cursor):
    assert ask(api, cursor=b64encode(cursor).decode()).status_code == 404


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("name", ["start_ts", "end_ts"])
@pytest.mark.parametrize("form", [{}, {"points": 10}, {"bucket": "1d"}])
def test_times_at_the_ends_of_the_calendar_are_no_crash(api, sensor, name, moment, form):
    assert ask(api, **{name: moment}, **form).status_code in {200, 400}


def test_another_organizations_sensor_is_not_found(api, sensor, other_organization):
    answer = api("data:read", organization=other_organization).get(URL, {"sensor_id": "P-1.flow"})
    assert answer.status_code == 404


def test_the_address_of_the_next_page_keeps_the_question(api, sensor):
    query = parse_qs(urlsplit(ask(api, bucket="1m", limit=5).json()["next"]).query)
    assert (query["bucket"], query["limit"], query["sensor_id"]) == (["1m"], ["5"], ["P-1.flow"])
