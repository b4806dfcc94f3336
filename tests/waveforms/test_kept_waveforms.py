from __future__ import annotations

import numpy as np
import pytest

from tests.waveforms.signals import RATE, bearing, sine
from tests.waveforms.test_keeping import hear

URL = "/api/v1/sensors/waveforms"


def drawn(api, organization, signal):
    hear(organization, signal)
    found = api("data:read").get(URL).json()["results"][0]
    answer = api("data:read").get(f"{URL}/{found['id']}")
    assert answer.status_code == 200
    return answer.json()


def test_they_are_listed_newest_first(api, organization, other_organization):
    for minute in (0, 2, 1):
        hear(organization, bearing(), minutes=minute)
    hear(organization, bearing(), minutes=3, code="P-2.acc")
    hear(other_organization, bearing())
    rows = api("data:read").get(URL, {"sensor_id": "P-1.acc"}).json()["results"]
    assert [row["timestamp"][11:16] for row in rows] == ["12:02", "12:01", "12:00"]
    assert (rows[0]["unit"], rows[0]["sampling_rate"], rows[0]["sample_count"]) == ("g", RATE, RATE)
    assert len(api("data:read").get(URL).json()["results"]) == 4


def test_a_waveform_is_thinned_and_keeps_its_extremes(api, organization):
    signal = bearing(107.36)
    line = drawn(api, organization, signal)["waveform"]
    assert len(line["x"]) == len(line["y"]) <= 2000
    level = signal - signal.mean()
    assert (max(line["y"]), min(line["y"])) == (pytest.approx(level.max()), pytest.approx(level.min()))
    assert line["x"] == sorted(line["x"])


def test_a_tone_stands_in_the_spectrum_at_its_frequency_and_height(api, organization):
    line = drawn(api, organization, sine(2.0, 300) + 5)["spectrum"]
    top = int(np.argmax(line["y"]))
    assert (line["x"][top], line["y"][top]) == (pytest.approx(300, abs=0.5), pytest.approx(2, rel=0.01))


def test_a_fault_stands_in_the_envelopes_spectrum(api, organization):
    line = drawn(api, organization, bearing(107.36))["envelope_spectrum"]
    assert line["x"][int(np.argmax(line["y"]))] == pytest.approx(107.36, abs=1.5)
    assert max(line["x"]) <= 1000


def test_a_short_snippet_is_drawn_too(api, organization):
    body = drawn(api, organization, sine(1.0, 3000)[:16])
    assert len(body["waveform"]["x"]) == 16
