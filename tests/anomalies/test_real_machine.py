"""Real readings of real machines with labelled failures: what the default configuration makes of them."""

from __future__ import annotations

import pytest

from anomalies.detection.offline import Series, detect_offline
from mlops.detectors.settings import SENSITIVE
from tests.anomalies.real_data import labelled_windows, single_series, touched

MACHINE = "realKnownCause/machine_temperature_system_failure.csv"
WINDOWS = 4


@pytest.fixture(scope="module")
def temperature(test_data):
    return single_series(test_data / "NAB/data" / f"{MACHINE}.gz")


@pytest.fixture(scope="module")
def windows(test_data):
    return labelled_windows(test_data / "NAB")[MACHINE]


@pytest.fixture(scope="module")
def alerts(temperature):
    return detect_offline([temperature])


def test_it_finds_the_failures_of_a_machine_and_cries_wolf_seldom(alerts, windows):
    found = [touched(alert, windows) for alert in alerts]
    assert len(windows) == WINDOWS
    assert len(set().union(*found)) >= 3
    assert sum(not one for one in found) <= 4


def test_each_alert_has_its_reason(alerts):
    assert all("normal" in alert.summary for alert in alerts)


def test_readings_cut_otherwise_give_the_same_episodes(temperature):
    series = [Series("Temperature", temperature.time[:4500], temperature.value[:4500])]
    expected = detect_offline(series, batch=1000, settings=SENSITIVE)
    assert len(expected) >= 3
    for batch in (1, 17):
        assert detect_offline(series, batch=batch, settings=SENSITIVE) == expected
