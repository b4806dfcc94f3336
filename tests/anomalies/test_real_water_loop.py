"""A water loop with eight sensors; a valve is closed for some 400 of 1150 seconds."""

from __future__ import annotations

import pytest

from anomalies.detection.offline import detect_offline
from tests.anomalies.real_data import water_loop

FILES = ["0", "2", "4", "6", "8", "10", "12", "14"]


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
