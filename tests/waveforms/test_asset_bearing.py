from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sensors.models import Bearing
from tests.sensors.factories import AssetFactory, ReadingFactory, SensorFactory
from tests.waveforms.signals import RATE, SPEED, sine

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
SKF_6205 = {"rolling_elements": 9, "ball_diameter": 7.94, "pitch_diameter": 39.04}
BPFO_PER_TURN = 3.5848


@pytest.fixture
def asset(organization):
    return AssetFactory(organization=organization, code="P-1.de")


def put(api, asset, **values):
    return api("admin").put(f"/api/v1/assets/{asset.pk}/bearing", SKF_6205 | values)


def hear(api, **fields):
    """Send a second of vibration and return the answer."""
    body = {"sensor_id": "P-1.de.acc", "sampling_rate": RATE, "samples": list(sine(1, 300)), **fields}
    text = json.dumps(body | {"timestamp": AT.isoformat()})
    return api("data:ingest").post("/api/v1/data/waveforms", text, content_type="application/json").json()


def test_it_is_kept_read_changed_and_removed(api, asset):
    address = f"/api/v1/assets/{asset.pk}/bearing"
    assert api("data:read").get(address).status_code == 204
    assert put(api, asset, designation="6205-2RS", shaft_speed=SPEED).status_code == 200
    assert api("data:read").get(address).json() == {
        **SKF_6205,
        "designation": "6205-2RS",
        "contact_angle": 0.0,
        "shaft_speed": SPEED,
        "speed_sensor": None,
    }
    assert put(api, asset).json()["shaft_speed"] is None
    assert Bearing.objects.count() == 1
    assert api("admin").delete(address).status_code == 204
    assert api("data:read").get(address).status_code == 204


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"rolling_elements": 2}, "rolling_elements"),
        ({"rolling_elements": 16}, "rolling_elements"),
        ({"ball_diameter": 40}, "ball_diameter"),
        ({"ball_diameter": "wide"}, "ball_diameter"),
        ({"contact_angle": 90}, "contact_angle"),
        ({"shaft_speed": -1}, "shaft_speed"),
        ({"shaft_speed": 1e9}, "shaft_speed"),
        ({"speed_sensor": "nobody"}, "speed_sensor"),
    ],
)
def test_a_bearing_that_cannot_be_is_refused(api, asset, values, field):
    answer = put(api, asset, **values)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Bearing.objects.exists()


def test_another_organizations_speed_sensor_does_not_exist(api, asset, other_organization):
    SensorFactory(organization=other_organization, code="M-9.speed", unit="rpm")
    assert put(api, asset, speed_sensor="M-9.speed").status_code == 400


def test_the_assets_bearing_gives_lines_at_its_nominal_speed(api, asset):
    put(api, asset, shaft_speed=SPEED)
    answer = hear(api)
    assert answer["fault_frequencies"]["bpfo"] == pytest.approx(BPFO_PER_TURN * SPEED / 60, rel=1e-3)
    assert {"P-1.de.acc.envelope_bpfo", "P-1.de.acc.envelope_ftf"} <= {
        c["sensor_id"] for c in answer["channels"]
    }


def test_the_request_knows_better_than_what_is_kept(api, asset):
    put(api, asset, shaft_speed=SPEED)
    answer = hear(api, shaft_speed=600, bearing=SKF_6205 | {"rolling_elements": 8})
    assert answer["shaft_speed"] == 600
    assert answer["fault_frequencies"]["bpfo"] == pytest.approx(BPFO_PER_TURN * 10 * 8 / 9, rel=1e-3)


@pytest.mark.parametrize(
    ("unit", "value", "rpm"),
    [("rpm", 1500, 1500), ("Hz", 25, 1500), ("rad/s", -157.0796, 1500), ("", 1500, 1500)],
)
def test_a_speed_sensor_tells_the_speed_of_that_moment(api, asset, unit, value, rpm):
    sensor = SensorFactory(asset=asset, organization=asset.organization, code="P-1.speed", unit=unit)
    for minutes, said in ((-12, 9), (-5, value), (1, 7)):
        ReadingFactory(sensor=sensor, measured_at=AT + timedelta(minutes=minutes), value=said)
    put(api, asset, speed_sensor="P-1.speed", shaft_speed=SPEED)
    assert hear(api)["shaft_speed"] == pytest.approx(1500, rel=1e-6)


def test_a_speed_that_is_old_gives_way_to_the_nominal_one(api, asset):
    sensor = SensorFactory(asset=asset, organization=asset.organization, code="P-1.speed", unit="rpm")
    ReadingFactory(sensor=sensor, measured_at=AT - timedelta(minutes=11), value=900)
    put(api, asset, speed_sensor="P-1.speed", shaft_speed=SPEED)
    assert hear(api)["shaft_speed"] == SPEED


def test_a_shaft_that_stands_has_no_lines(api, asset):
    sensor = SensorFactory(asset=asset, organization=asset.organization, code="P-1.speed", unit="rpm")
    ReadingFactory(sensor=sensor, measured_at=AT - timedelta(minutes=1), value=0)
    put(api, asset, speed_sensor="P-1.speed", shaft_speed=SPEED)
    reasons = {one["sensor_id"]: one["reason"] for one in hear(api)["skipped"]}
    assert "or 0" in reasons["P-1.de.acc.envelope_bpfo"]


def test_another_organizations_bearing_is_not_taken(api, asset, other_organization):
    theirs = AssetFactory(organization=other_organization, code="P-1.de")
    Bearing.objects.create(asset=theirs, **SKF_6205, shaft_speed=SPEED)
    assert hear(api)["fault_frequencies"] == {}
