"""Real readings of real machines with labelled failures: what the default configuration makes of them."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from anomalies.detection.offline import Episode, Series, detect_offline

MACHINE = "realKnownCause/machine_temperature_system_failure.csv"
WINDOWS = 4


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def machine_temperature(folder: Path) -> Series:
    with gzip.open(folder / "NAB/data" / f"{MACHINE}.gz", "rt") as file:
        rows = [(seconds(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    return Series("Temperature", *np.array(rows).T)


def touched(alert: Episode, windows: list[list[float]]) -> set[int]:
    end = alert.ended or np.inf
    return {n for n, (first, last) in enumerate(windows) if alert.started <= last and end >= first}


@pytest.fixture(scope="module")
def windows(test_data):
    labels = json.loads((test_data / "NAB/labels/combined_windows.json").read_text())
    return [[seconds(end) for end in window] for window in labels[MACHINE]]


@pytest.fixture(scope="module")
def alerts(test_data):
    return detect_offline([machine_temperature(test_data)])


def test_it_finds_the_failures_of_a_machine_and_cries_wolf_seldom(alerts, windows):
    found = [touched(alert, windows) for alert in alerts]
    assert len(windows) == WINDOWS
    assert len(set().union(*found)) >= 3
    assert sum(not one for one in found) <= 4


def test_each_alert_has_its_reason(alerts):
    assert all(" is normal" in alert.summary for alert in alerts)


def test_readings_cut_otherwise_give_the_same_episodes(test_data):
    whole = machine_temperature(test_data)
    series = [Series("Temperature", whole.time[:4500], whole.value[:4500])]
    expected = detect_offline(series, batch=1000)
    assert len(expected) >= 3
    for batch in (1, 17):
        assert detect_offline(series, batch=batch) == expected
