from __future__ import annotations

import base64
import json
import math
import struct
from time import monotonic

import numpy as np
import pytest

from sensors.models import QuarantinedReading, Reading, Sensor
from tests.waveforms.signals import sine
from tests.waveforms.wavs import FLOAT, PCM, wav

URL = "/api/v1/data/waveforms"
GOOD = {"sensor_id": "P-1.acc", "sampling_rate": 1000, "samples": [0.0, 1.0] * 50}
NUMBERS = base64.b64encode(struct.pack("<20f", *[math.nan] * 20)).decode()
BALLS = {"rolling_elements": 9, "ball_diameter": 8, "pitch_diameter": 40}


def send(api, content, kind="application/json", query="", **headers):
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    return api("data:ingest").post(URL + query, text, content_type=kind, headers=headers)


def without(field, **fields):
    return {name: value for name, value in GOOD.items() if name != field} | fields


BAD = [
    (without("sensor_id"), "sensor_id"),
    (GOOD | {"sensor_id": ""}, "sensor_id"),
    (GOOD | {"sensor_id": " P-1"}, "sensor_id"),
    (GOOD | {"sensor_id": "x" * 101}, "sensor_id"),
    (GOOD | {"sensor_id": "P\u0000"}, "sensor_id"),
    (GOOD | {"unit": "g\u0000"}, "unit"),
    (without("sampling_rate"), "sampling_rate"),
    (GOOD | {"sampling_rate": 9.9}, "sampling_rate"),
    (GOOD | {"sampling_rate": 1e7}, "sampling_rate"),
    (GOOD | {"sampling_rate": "1000"}, "sampling_rate"),
    (without("samples"), "samples"),
    (GOOD | {"samples": []}, "samples"),
    (GOOD | {"samples": [1.0] * 15}, "samples"),
    (GOOD | {"samples": [1.0] * 1_048_577}, "samples"),
    (GOOD | {"samples": [1.0] * 20 + ["2"]}, "samples"),
    (GOOD | {"samples": [1.0] * 20 + [True]}, "samples"),
    (GOOD | {"samples": [1.0] * 20 + [1e13]}, "samples"),
    (GOOD | {"samples_base64": NUMBERS}, "samples"),
    (without("samples", samples_base64=NUMBERS), "samples"),
    (without("samples", samples_base64="&&&&"), "samples_base64"),
    (without("samples", samples_base64="AAAAAAA="), "samples_base64"),
    (GOOD | {"timestamp": "2026-03-02T12:00:00"}, "timestamp"),
    (GOOD | {"kind": "smell"}, "kind"),
    (GOOD | {"quality": 1.5}, "quality"),
    (GOOD | {"bands": [[100, 10]]}, "bands"),
    (GOOD | {"bands": [[10, 100]] * 2}, "bands"),
    (GOOD | {"bands": [[0, 1]] * 17}, "bands"),
    (GOOD | {"envelope_band": [500]}, "envelope_band"),
    (GOOD | {"shaft_speed": 0}, "shaft_speed"),
    (GOOD | {"bearing": {"rolling_elements": 9}}, "bearing.ball_diameter"),
    (GOOD | {"bearing": BALLS | {"ball_diameter": 50}}, "bearing.ball_diameter"),
    (GOOD | {"metadata": [1]}, "metadata"),
    (GOOD | {"correlation_id": "mine"}, "correlation_id"),
]


@pytest.mark.parametrize(("content", "field"), BAD, ids=range(len(BAD)))
def test_it_says_which_field_is_wrong(api, organization, content, field):
    answer = send(api, content)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["detail"]
    assert (Reading.objects.count(), Sensor.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "17", '{"sensor_id":"P","sampling_rate":1,"samples":[NaN]}', "[" * 100_000, "\ud800"],
)
def test_what_is_no_request_is_refused(api, organization, text):
    answer = send(api, text.encode(errors="surrogatepass"))
    assert answer.status_code == 400
    assert answer.json()["detail"]


QUERY = "?sensor_id=P-1.acc"


@pytest.mark.parametrize(
    ("content", "query", "field"),
    [
        (b"ID3", QUERY, "file"),
        (wav(sine(1, 50), code=PCM, bits=8), QUERY, "file"),
        (wav(sine(1, 50), rate=5), QUERY, "file"),
        (wav(sine(1, 50)), "", "sensor_id"),
        (wav(sine(1, 50)), QUERY + "&unit=g%00", "unit"),
        (wav(sine(1, 50)), QUERY + "&full_scale=0", "full_scale"),
        (wav(sine(1, 50)), QUERY + "&full_scale=1_000", "full_scale"),
        (wav(sine(1, 50)), QUERY + "&sampling_rate=999", "sampling_rate"),
        (wav(sine(1, 50)), QUERY + "&metadata={", "metadata"),
        (wav(np.full(100, np.inf), code=FLOAT, bits=32), QUERY, "samples"),
        (wav(np.zeros((0, 1))), QUERY, "samples"),
    ],
)
def test_a_wav_file_that_does_not_fit_is_refused(api, organization, content, query, field):
    answer = send(api, content, "audio/wav", query)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "`file`"),
        (b"--b\r\nnothing", "`file`"),
        (b'--b\r\nContent-Disposition: form-data; name="sensor_id"\r\n\r\nP-1\r\n--b--\r\n', "`file`"),
    ],
)
def test_a_form_without_a_file_is_refused(api, organization, content, words):
    answer = send(api, content, "multipart/form-data; boundary=b")
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert send(api, content, "multipart/form-data").status_code == 400


@pytest.mark.parametrize("kind", ["text/csv", "audio/mpeg", "image/png"])
def test_other_kinds_of_content_are_not_taken(api, organization, kind):
    assert send(api, b"x", kind).status_code == 415
    assert send(api, GOOD, **{"Content-Encoding": "br"}).status_code == 415


def test_a_body_over_the_limit_is_not_read(api, organization):
    assert send(api, b"[" + b" " * (8 * 1024 * 1024) + b"]").status_code == 413


def test_a_policy_against_strangers_holds(api, organization):
    organization.registers_unknown_sensors = False
    organization.save()
    answer = send(api, GOOD)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "unknown_sensor")
    assert QuarantinedReading.objects.filter(code="unknown_sensor").exists()


def test_limits_hold_here_too(api, organization, settings):
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1, 1))
    began, admitted = monotonic(), 0
    while (answer := send(api, GOOD)).status_code != 429:
        admitted += 1
        assert admitted <= 3 + monotonic() - began  # one a second, however slow the machine is
    assert int(answer["Retry-After"]) >= 1
