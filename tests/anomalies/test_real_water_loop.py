"""A water loop with eight sensors; a valve is closed for some 400 of 1150 seconds."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from anomalies.detection.offline import Series, detect_offline

FILES = ["0", "2", "4", "6", "8", "10", "12", "14"]
SENSORS = 8


def water_loop(path: Path) -> tuple[list[Series], tuple[float, float]]:
    """Return the sensors and the time of the fault (first, last)."""
    with path.open() as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    time = np.array([datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC).timestamp() for row in rows])
    fault = time[[float(row["anomaly"]) > 0 for row in rows]]
    names = list(rows[0])[1 : SENSORS + 1]
    return [Series(name, time, np.array([float(row[name]) for row in rows])) for name in names], (
        fault[0],
        fault[-1],
    )


@pytest.mark.parametrize("file", FILES)
def test_a_closed_valve_is_one_alert_that_names_the_sensors_that_moved(test_data, file):
    series, (first, last) = water_loop(test_data / "SKAB/data/valve1" / f"{file}.csv")
    alerts = detect_offline(series)
    announced = [alert for alert in alerts if first - 10 <= alert.started <= last]
    assert len(announced) == 1
    assert any("Flow" in name for name in announced[0].sensors)
    assert len(alerts) - len(announced) <= 1


@pytest.mark.parametrize("batch", [1, 17])
def test_readings_cut_otherwise_give_the_same_alerts(test_data, batch):
    series, _ = water_loop(test_data / "SKAB/data/valve1/8.csv")
    assert detect_offline(series, batch=batch) == detect_offline(series, batch=1000)
