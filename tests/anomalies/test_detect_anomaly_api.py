"""`POST ml/detect_anomaly`: what the production detection says of readings, kept nowhere."""

from __future__ import annotations

import pytest

from anomalies.models import Alert
from mlops.models import ModelState
from tests.anomalies.feeding import feed, moment
from tests.asking import answer_at_once
from tests.mlops.signals import noise
from tests.sensors.factories import AssetFactory, SensorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("asking")]

ADDRESS = "/api/v1/ml/detect_anomaly"
KNOWN = 1500  # rows that the sensor's state has heard


@pytest.fixture
def sensor(organization):
    asset = AssetFactory(organization=organization)
    return SensorFactory(organization=organization, asset=asset, code="P-1.vibration")


@pytest.fixture
def post(api, monkeypatch):
    answer_at_once(monkeypatch)
    return lambda **body: api("ml:anomaly").post(ADDRESS, {"sensor_id": "P-1.vibration", **body})


def readings(values) -> list[dict]:
    """Readings that follow those that the sensor's state has heard."""
    return [
        {"timestamp": moment(KNOWN + row).isoformat(), "value": float(value)}
        for row, value in enumerate(values)
    ]


def test_a_spike_in_what_is_handed_in_is_found_and_nothing_is_kept(sensor, post):
    feed(sensor, noise(KNOWN))
    before = bytes(ModelState.objects.get(scope=f"sensor:{sensor.pk}").state)
    values = noise(60, seed=9)
    values[40] = 25 + 9
    body = post(readings=readings(values)[::-1]).json()
    assert (body["anomaly"], body["judged"], body["refusal"]) == (True, 60, None)
    (episode,) = body["episodes"]
    assert episode["started_at"] == moment(KNOWN + 40).isoformat()
    assert episode["normal_low"] < 25 < episode["normal_high"] < episode["value"] == 34
    assert body["score"] == episode["score"] > 2
    assert bytes(ModelState.objects.get(scope=f"sensor:{sensor.pk}").state) == before
    assert not Alert.objects.exists()


def test_usual_readings_are_no_anomaly(sensor, post):
    feed(sensor, noise(KNOWN))
    body = post(readings=readings(noise(60, seed=9))).json()
    assert (body["anomaly"], body["score"], body["episodes"]) == (False, None, [])


def test_the_stored_readings_of_the_last_minutes_are_judged(sensor, post, monkeypatch):
    values = noise(KNOWN)
    values[KNOWN - 30] = 25 + 9
    feed(sensor, values)
    monkeypatch.setattr("anomalies.tasks.timezone.now", lambda: moment(KNOWN))
    body = post(window_minutes=60).json()
    assert (body["anomaly"], body["judged"]) == (True, 59)
    assert post(window_minutes=20).json()["anomaly"] is False


def test_a_sensor_that_still_learns_says_how_many_readings_it_needs(sensor, post):
    feed(sensor, noise(50))
    body = post(window_minutes=60).json()
    assert (body["anomaly"], body["refusal"]["code"]) == (None, "not_enough_data")
    assert "more readings of the sensor are needed" in body["refusal"]["detail"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"readings": []},
        {"window_minutes": 0},
        {"window_minutes": 5, "readings": [{"timestamp": "2026-03-02T12:00:00Z", "value": 1}]},
        {"readings": [{"timestamp": "2026-03-02T12:00:00Z", "value": 1}] * 2},
        {"readings": [{"timestamp": "2026-03-02T12:00:00", "value": 1}]},
    ],
)
def test_what_cannot_be_judged_is_refused(sensor, post, asked):
    assert post(**asked).status_code == 400


def test_another_organizations_sensor_is_not_there(sensor, api, other_organization):
    client = api(organization=other_organization)
    assert client.post(ADDRESS, {"sensor_id": sensor.code, "window_minutes": 5}).status_code == 404
