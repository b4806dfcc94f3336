from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sensors.models import Asset, QuarantinedReading, Reading, Sensor
from smartmaint.events.models import EventRecord
from tests.sensors.factories import SensorFactory

URL = "/api/v1/data/ingest"


def now(**shift):
    return (datetime.now(UTC) + timedelta(**shift)).isoformat()


def send(api, body, **headers):
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    return api("data:ingest").post(URL, text, content_type="application/json", headers=headers)


def test_it_stores_one_reading(api, organization):
    answer = send(api, {"sensor_id": "P-1.vibration", "value": -18, "timestamp": now()})
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "event_id", "correlation_id", "sensor_id"}
    assert answer.json()["status"] == "event_published"
    assert Reading.objects.get().value == -18
    assert str(EventRecord.objects.get(name="sensors.ReadingsStored").pk) == answer.json()["event_id"]


def test_it_takes_now_for_a_missing_time(api, organization):
    send(api, {"sensor_id": "P-1", "value": 1})
    assert datetime.now(UTC) - Reading.objects.get().measured_at < timedelta(seconds=10)


@pytest.mark.parametrize("wrap", [list, lambda rows: {"readings": rows}])
def test_it_counts_what_became_of_many(api, organization, wrap):
    moment = now()
    rows = [
        {"sensor_id": "P-1", "value": 1, "timestamp": moment},
        {"sensor_id": "P-1", "value": 1, "timestamp": moment},
        {"sensor_id": "P-1", "value": "high", "timestamp": moment},
        {"sensor_id": "P-2", "value": 2, "timestamp": moment},
    ]
    body = send(api, wrap(rows)).json()
    assert (body["accepted"], body["duplicate"], body["rejected"]) == (2, 1, 1)
    assert [(error["index"], error["code"]) for error in body["errors"]] == [(2, "value")]
    assert Reading.objects.count() == 2


def test_it_ignores_a_reading_that_it_has(api, organization):
    reading = {"sensor_id": "P-1", "value": 1, "timestamp": now()}
    send(api, reading)
    again = send(api, reading).json()
    assert (again["status"], again["event_id"]) == ("duplicate_ignored", None)
    assert Reading.objects.get().value == 1


def test_another_value_for_an_instant_that_has_one_is_a_conflict(api, organization):
    reading = {"sensor_id": "P-1", "value": 1, "timestamp": now()}
    send(api, reading)
    again = send(api, {**reading, "value": 2.5})
    (error,) = again.json()["errors"]
    assert (again.status_code, error["code"]) == (422, "conflict")
    assert "has 1.0 already, this says 2.5" in error["detail"]
    assert QuarantinedReading.objects.get().payload["value"] == 2.5
    assert Reading.objects.get().value == 1


def test_it_keeps_the_readings_own_correlation_id(api, organization):
    journey = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
    answer = send(api, {"sensor_id": "P-1", "value": 1, "correlation_id": journey})
    assert answer.json()["correlation_id"] == journey
    assert {str(c) for c in EventRecord.objects.values_list("correlation_id", flat=True)} == {journey}


BAD = [
    ('{"sensor_id":"P-1","value":NaN}', "value"),
    ('{"sensor_id":"P-1","value":-Infinity}', "value"),
    ('{"sensor_id":"P-1","value":1e400}', "value"),
    ('{"sensor_id":"P-1","value":true}', "value"),
    ('{"sensor_id":"P-1","value":"1_000"}', "value"),
    ('{"sensor_id":"P-1","value":null}', "value"),
    ('{"sensor_id":"P-1"}', "value"),
    ('{"value":1}', "sensor_id"),
    ('{"sensor_id":"","value":1}', "sensor_id"),
    ('{"sensor_id":" P-1","value":1}', "sensor_id"),
    ('{"sensor_id":"P-1","value":1,"timestamp":"2026-03-02T12:00:00"}', "timestamp"),
    ('{"sensor_id":"P-1","value":1,"timestamp":"yesterday"}', "timestamp"),
    ('{"sensor_id":"P-1","value":1,"timestamp":"0001-01-01T00:00:00+14:00"}', "timestamp"),
    ('{"sensor_id":"P-1","value":1,"timestamp":"9999-12-31T23:59:59-12:00"}', "future"),
    ('{"sensor_id":"P-1","value":1,"quality":1.5}', "quality"),
    ('{"sensor_id":"P-1","value":1,"correlation_id":"mine"}', "correlation_id"),
    (f'{{"sensor_id":"P-1","value":1,"quality":2,"metadata":{{"a":{"[" * 500}{"]" * 500}}}}}', "metadata"),
    (f'{{"sensor_id":"P-1","value":"x","metadata":{{"a":1{"0" * 5000}}}}}', "metadata"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), BAD)
def test_it_quarantines_a_bad_reading(api, organization, text, code):
    answer = send(api, text)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == code
    kept = QuarantinedReading.objects.get(organization=organization)
    assert (kept.code, Reading.objects.count()) == (code, 0)
    assert kept.detail == answer.json()["detail"]


def test_it_quarantines_the_same_in_a_batch(api, organization):
    texts = [text for text, _ in BAD]
    body = send(api, f"[{','.join(texts)}]").json()
    assert [error["code"] for error in body["errors"]] == [code for _, code in BAD]
    assert (body["rejected"], body["status"]) == (len(BAD), "rejected")
    assert QuarantinedReading.objects.count() == len(BAD)


def test_it_shows_what_was_refused_as_it_came(api, organization):
    send(api, '{"sensor_id":"P-1","value":NaN,"unit":"bar"}')
    kept = QuarantinedReading.objects.get()
    assert kept.payload == {"sensor_id": "P-1", "value": "NaN", "unit": "bar"}
    assert kept.sensor_code == "P-1"


@pytest.mark.parametrize("shift", [{"minutes": 4}, {"days": -400}])
def test_it_takes_a_clock_that_is_a_little_ahead_and_any_past(api, organization, shift):
    assert send(api, {"sensor_id": "P-1", "value": 1, "timestamp": now(**shift)}).status_code == 200


def test_it_quarantines_the_future(api, organization):
    answer = send(api, {"sensor_id": "P-1", "value": 1, "timestamp": now(minutes=6)})
    assert answer.json()["errors"][0]["code"] == "future"


def test_it_converts_another_unit_and_quarantines_one_that_cannot_be(api, organization):
    SensorFactory(organization=organization, code="P-1.vibration", unit="mm/s")
    reading = {"sensor_id": "P-1.vibration", "value": 2}
    for unit in ("mm/s", "in/s"):
        assert send(api, {**reading, "unit": unit}).status_code == 200
    assert sorted(row.value for row in Reading.objects.all()) == [2.0, pytest.approx(50.8)]
    assert send(api, {**reading, "unit": "degC"}).json()["errors"][0]["code"] == "unit"


@pytest.mark.parametrize(
    ("code", "metadata", "asset"),
    [
        ("P-101.bearing.temperature", None, "P-101.bearing"),
        ("hall/P-101/flow", None, "hall/P-101"),
        ("flow", None, "flow"),
        (".flow", None, ".flow"),
        ("flow", {"asset": "P-7"}, "P-7"),
    ],
)
def test_it_registers_an_unknown_sensor(api, organization, code, metadata, asset):
    reading = {"sensor_id": code, "value": 1, "sensor_type": "flow", "unit": "l/s"}
    send(api, reading | ({"metadata": metadata} if metadata else {}))
    sensor = Sensor.objects.get(organization=organization, code=code)
    assert (sensor.asset.code, sensor.kind, sensor.unit) == (asset, "flow", "l/s")
    assert EventRecord.objects.filter(name="sensors.SensorRegistered").count() == 1


def test_it_registers_no_sensor_for_a_bad_reading(api, organization):
    send(api, [{"sensor_id": "P-9", "value": 1, "timestamp": now(days=1)}])
    assert not Sensor.objects.exists()
    assert not Asset.objects.exists()


def test_it_rejects_an_unknown_sensor_by_policy(api, organization):
    organization.registers_unknown_sensors = False
    organization.save()
    assert send(api, {"sensor_id": "P-9", "value": 1}).json()["errors"][0]["code"] == "unknown_sensor"
    assert not Sensor.objects.exists()


def test_it_keeps_organizations_apart(api, organization, other_organization):
    theirs = SensorFactory(organization=other_organization, code="P-1")
    send(api, {"sensor_id": "P-1", "value": 1})
    assert Reading.objects.get().sensor.organization == organization
    assert not theirs.readings.exists()
