from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sensors.models import Waveform
from sensors.waveforms.keeping import prune_waveforms, unpack
from sensors.waveforms.requests import Sent, WaveformRequest
from sensors.waveforms.services import analyse, store_analysis
from tests.waveforms.signals import RATE, SPEED, bearing

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
GEOMETRY = {"rolling_elements": 9, "ball_diameter": 7.94, "pitch_diameter": 39.04}


def hear(organization, *signals, minutes=0, code="P-1.acc"):
    """Store signals as they would come from a sensor."""
    moment = AT + timedelta(minutes=minutes)
    request = WaveformRequest(sensor_id=code, unit="g", timestamp=moment, shaft_speed=SPEED, bearing=None)
    sent = Sent(request, np.array(signals), RATE)
    analysis = analyse(organization=organization, sent=sent, at=moment)
    return store_analysis(organization=organization, analysis=analysis, at=moment)


def test_the_snippet_can_be_seen_again(organization):
    signal = bearing(107.36)
    hear(organization, signal)
    kept = Waveform.objects.get()
    assert (kept.sensor_code, kept.measured_at, kept.sampling_rate, kept.unit) == ("P-1.acc", AT, RATE, "g")
    assert (kept.envelope_low, kept.envelope_high) == (500, 5700)
    assert unpack(kept.packed) == pytest.approx(signal, abs=1e-6)
    assert len(kept.packed) < 4 * len(signal)


def test_of_a_long_one_the_beginning_is_kept(organization, settings):
    settings.WAVEFORM_MOST_SAMPLES = 1000
    signal = bearing()
    hear(organization, signal)
    kept = Waveform.objects.get()
    assert (kept.sample_count, len(unpack(kept.packed))) == (RATE, 1000)
    assert unpack(kept.packed) == pytest.approx(signal[:1000], abs=1e-6)


def test_the_newest_of_each_sensor_are_kept(organization, settings):
    settings.WAVEFORMS_KEPT = 3
    for minute in (0, 1, 2, 4, 3):
        hear(organization, bearing(), minutes=minute)
    hear(organization, bearing(), code="P-2.acc")
    kept = Waveform.objects.of_source(organization, "P-1.acc").values_list("measured_at", flat=True)
    assert list(kept) == [AT + timedelta(minutes=minute) for minute in (4, 3, 2)]
    assert Waveform.objects.filter(sensor_code="P-2.acc").count() == 1


def test_each_side_of_a_stereo_snippet_is_kept(organization):
    left, right = bearing(), 2 * bearing()
    hear(organization, left, right)
    kept = {one.sensor_code: unpack(one.packed) for one in Waveform.objects.all()}
    assert kept["P-1.acc.ch2"] == pytest.approx(2 * kept["P-1.acc.ch1"], abs=1e-6)


def test_what_is_sent_twice_is_kept_once(organization):
    assert hear(organization, bearing()).accepted > 0
    assert hear(organization, bearing()).accepted == 0
    assert Waveform.objects.count() == 1


def test_old_ones_are_forgotten(organization, settings):
    settings.WAVEFORMS_KEPT_FOR = timedelta(days=2)
    hear(organization, bearing(), minutes=0)
    hear(organization, bearing(), minutes=5)
    assert prune_waveforms(at=AT + timedelta(days=2, minutes=1)) == 1
    assert [one.measured_at for one in Waveform.objects.all()] == [AT + timedelta(minutes=5)]
