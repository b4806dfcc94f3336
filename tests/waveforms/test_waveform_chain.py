"""A bearing that begins to fail: what is heard becomes an alert by the same chain as any reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anomalies.models import Alert
from sensors.services import store_readings
from sensors.waveforms.bearings import fault_frequencies
from sensors.waveforms.requests import BearingIn, Sent, WaveformRequest
from sensors.waveforms.services import analyse
from smartmaint.events.testing import drain
from tests.waveforms.signals import RATE, SKF_6205, SPEED, bearing

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
BPFO = fault_frequencies(SKF_6205, SPEED)["bpfo"]
BALLS = BearingIn(rolling_elements=9, ball_diameter=7.94, pitch_diameter=39.04)
LEARNING, AFTER = 480, 30


def heard(organization, minute, fault):
    """Return the readings of what is heard in that minute."""
    moment = BEGIN + timedelta(minutes=minute)
    signal = bearing(BPFO if fault else None, seconds=0.3, seed=minute)
    request = WaveformRequest(
        sensor_id="P-1.de.acc", unit="g", timestamp=moment, shaft_speed=SPEED, bearing=BALLS
    )
    sent = Sent(request, np.array([signal]), RATE)
    return analyse(organization=organization, sent=sent, at=moment).readings


def listen(organization, *, fault_from):
    minutes = range(LEARNING + AFTER)
    readings = [one for minute in minutes for one in heard(organization, minute, minute >= fault_from)]
    at = BEGIN + timedelta(minutes=LEARNING + AFTER)
    store_readings(organization=organization, readings=readings, at=at, live=True)
    drain()


@pytest.mark.parametrize(("fault_from", "alerts"), [(LEARNING, 1), (LEARNING + AFTER, 0)])
def test_an_outer_race_fault_raises_one_alert_for_its_machine(organization, fault_from, alerts):
    listen(organization, fault_from=fault_from)
    raised = Alert.objects.filter(asset__code="P-1.de")
    assert raised.count() == alerts
    if raised:
        codes = set(raised.get().alert_sensors.values_list("sensor__code", flat=True))
        assert codes & {"P-1.de.acc.envelope_bpfo", "P-1.de.acc.kurtosis"}
