from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sensors.models import QuarantinedReading, Reading, Sensor, SensorSummary
from smartmaint.events.models import EventRecord
from tests.sensors.factories import AssetFactory, SensorFactory
from tests.waveforms.signals import RATE, SPEED, bearing, sine
from tests.waveforms.wavs import FLOAT, wav

URL = "/api/v1/data/waveforms"
GEOMETRY = {"rolling_elements": 9, "ball_diameter": 7.94, "pitch_diameter": 39.04}


def body(samples=None, **fields):
    samples = sine(2.0, 50) if samples is None else samples
    return {"sensor_id": "P-1.de.acc", "sampling_rate": RATE, "samples": list(samples), "unit": "g", **fields}


def send(api, content, headers=None, **options):
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    client = api("data:ingest", **options)
    return client.post(URL, text, content_type="application/json", headers=headers or {})


def values(answer):
    return {one["sensor_id"]: one["value"] for one in answer.json()["channels"]}


def test_it_stores_a_reading_for_each_channel(api, organization):
    at = datetime.now(UTC) - timedelta(minutes=1)
    answer = send(api, body(timestamp=at.isoformat()))
    assert answer.status_code == 200, answer.json()
    stored = {r.sensor.code: r.value for r in Reading.objects.select_related("sensor")}
    assert stored == values(answer)
    assert stored["P-1.de.acc.rms"] == pytest.approx(np.sqrt(2))
    assert {r.measured_at for r in Reading.objects.all()} == {at}
    assert answer.json()["accepted"] == len(stored) == SensorSummary.objects.count()


def test_it_tells_the_agents_once_under_one_journey(api, organization):
    journey = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
    answer = send(api, body(correlation_id=journey)).json()
    event = EventRecord.objects.get(name="sensors.ReadingsStored")
    assert (str(event.pk), str(event.correlation_id)) == (answer["event_id"], journey)
    assert event.payload["count"] == answer["accepted"]


def test_channels_belong_to_the_machine_and_say_what_they_are(api, organization):
    send(api, body())
    rms, velocity = (Sensor.objects.get(code=f"P-1.de.acc.{name}") for name in ("rms", "velocity_rms"))
    assert {sensor.asset.code for sensor in Sensor.objects.all()} == {"P-1.de"}
    assert (rms.kind, rms.unit) == ("vibration rms", "g")
    assert (velocity.kind, velocity.unit) == ("vibration velocity rms", "mm/s")


def test_a_named_machine_and_a_known_sensor_decide_where_channels_go(api, organization):
    send(api, body(sensor_id="A.x", metadata={"asset": "M-7"}))
    assert Sensor.objects.get(code="A.x.rms").asset.code == "M-7"
    SensorFactory(
        organization=organization, code="B.x", asset=AssetFactory(organization=organization, code="M-8")
    )
    send(api, body(sensor_id="B.x"))
    assert Sensor.objects.get(code="B.x.rms").asset.code == "M-8"


def test_without_a_time_the_snippet_ends_now(api, organization):
    send(api, body(sine(1.0, 50, seconds=3)))
    began = datetime.now(UTC) - Reading.objects.first().measured_at
    assert timedelta(seconds=3) <= began < timedelta(seconds=8)


def test_it_says_what_it_could_not_compute(api, organization):
    answer = send(api, body()).json()
    reasons = {one["sensor_id"]: one["reason"] for one in answer["skipped"]}
    assert "sampling rate of 20000 Hz" in reasons["P-1.de.acc.band_5000_10000"]
    assert "geometry is not known" in reasons["P-1.de.acc.envelope_bpfo"]


def test_a_bearing_in_the_request_gives_its_lines(api, organization):
    known = {"bearing": GEOMETRY, "shaft_speed": SPEED}
    answer = send(api, body(bearing(107.36), **known))
    assert answer.json()["fault_frequencies"]["bpfo"] == pytest.approx(107.36, abs=0.05)
    lines = values(answer)
    assert lines["P-1.de.acc.envelope_bpfo"] > 5 * lines["P-1.de.acc.envelope_bpfi"]


@pytest.mark.parametrize(("encoding", "dtype", "scale"), [("float32", "<f4", 1.0), ("int16", "<i2", 8.0)])
def test_base64_is_the_same_as_numbers(api, organization, encoding, dtype, scale):
    samples = sine(2.0, 50)
    plain = values(send(api, body(samples, sensor_id="A.x")))
    raw = samples.astype(dtype) if dtype == "<f4" else np.rint(samples / scale * 32768).astype(dtype)
    packed = body(
        samples_base64=base64.b64encode(raw.tobytes()).decode(), encoding=encoding, full_scale=scale
    )
    del packed["samples"]
    read = values(send(api, packed | {"sensor_id": "B.x"}))
    assert read["B.x.rms"] == pytest.approx(plain["A.x.rms"], rel=1e-4)


def test_a_wav_file_comes_with_its_fields_in_the_address(api, organization):
    query = '?sensor_id=P-1.de.acc&unit=g&full_scale=4&shaft_speed=1797&metadata={"asset":"M-7"}'
    file = wav(sine(0.5, 50), RATE, FLOAT, 32)
    answer = api("data:ingest").post(URL + query, file, content_type="audio/wav")
    assert answer.status_code == 200, answer.json()
    assert values(answer)["P-1.de.acc.rms"] == pytest.approx(2 / np.sqrt(2), rel=1e-6)
    assert (answer.json()["sampling_rate"], answer.json()["shaft_speed"]) == (RATE, 1797)
    assert Sensor.objects.get(code="P-1.de.acc.rms").asset.code == "M-7"


def test_a_stereo_form_gives_channels_for_each_side(api, organization, tmp_path):
    path = tmp_path / "sound.wav"
    path.write_bytes(wav(np.stack([sine(0.5, 440, 1, 16_000), sine(0.25, 880, 1, 16_000)], axis=1), 16_000))
    with path.open("rb") as file:
        form = {"sensor_id": "M-1.mic", "kind": "sound", "unit": "Pa", "bands": "[[400,500]]", "file": file}
        answer = api("data:ingest").post(URL, form, format="multipart")
    assert answer.status_code == 200, answer.json()
    read = values(answer)
    assert read["M-1.mic.ch1.rms"] == pytest.approx(2 * read["M-1.mic.ch2.rms"], rel=1e-3)
    assert read["M-1.mic.ch1.band_400_500"] > 1000 * read["M-1.mic.ch2.band_400_500"]
    assert {"M-1.mic.ch1.mfcc_01", "M-1.mic.ch2.mfcc_13"} <= set(read)


def test_sending_it_again_stores_nothing_twice(api, organization):
    again = body(timestamp=datetime.now(UTC).isoformat())
    first, second = send(api, again).json(), send(api, again).json()
    assert (second["status"], second["duplicate"]) == ("duplicate_ignored", first["accepted"])
    assert Reading.objects.count() == first["accepted"]


def test_a_key_gets_the_first_answer_again(api, organization):
    headers = {"Idempotency-Key": "k-1"}
    first = send(api, body(), headers).json()
    assert send(api, body(), headers).json() == {**first, "status": "duplicate_ignored"}
    assert send(api, body(unit="m/s²"), headers).status_code == 422


def test_a_snippet_from_the_future_is_refused_and_kept(api, organization):
    answer = send(api, body(timestamp=(datetime.now(UTC) + timedelta(hours=1)).isoformat()))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "future")
    assert not Reading.objects.exists()
    kept = QuarantinedReading.objects.filter(organization=organization, source="waveforms")
    assert "P-1.de.acc.rms" in kept.values_list("sensor_code", flat=True)


def test_a_channel_of_another_unit_is_told_apart(api, organization):
    SensorFactory(organization=organization, code="P-1.de.acc.peak", unit="bar")
    answer = send(api, body()).json()
    assert answer["rejected"] == 1
    assert [(one["sensor_id"], one["code"]) for one in answer["errors"]] == [("P-1.de.acc.peak", "unit")]


def test_organizations_are_apart(api, organization, other_organization):
    send(api, body())
    send(api, body(), organization=other_organization)
    codes = Sensor.objects.filter(code="P-1.de.acc.rms").values_list("organization__slug", flat=True)
    assert sorted(codes) == ["acme", "rival"]
