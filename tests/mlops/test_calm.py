"""Calm by default: what healthy and troubled sensors make of the default configuration."""

from __future__ import annotations

import numpy as np
import pytest

from tests.mlops.signals import START, alerts, daily, noise


def test_ten_thousand_normal_readings_of_four_sensors_raise_at_most_two_alerts():
    assert len(alerts(*(noise(10_000, seed) for seed in range(4)))) <= 2


@pytest.mark.parametrize("sigmas", [6, -6])
def test_a_six_sigma_spike_is_found_at_once(sigmas):
    spikes = (500, 1500, 4000)
    values = [noise(4001, seed) for seed in range(3)]
    for one, row in zip(values, spikes, strict=True):
        one[row] = 25 + sigmas
    found = {alert.sensors: alert.started for alert in alerts(*values)}
    assert found == {(f"s{n}",): START + row * 60 for n, row in enumerate(spikes)}


def test_a_constant_signal_that_steps_is_found_on_the_row_of_the_step():
    values = np.full(1200, 5.0)
    values[1100:] = 6.0
    assert [alert.started for alert in alerts(values)] == [START + 1100 * 60]


def test_a_constant_signal_raises_nothing():
    assert alerts(np.full(3000, 5.0)) == []


@pytest.mark.parametrize("interval", [60.0, 300.0])
def test_a_daily_load_raises_nothing_after_two_days(interval):
    found = alerts(daily(4500, interval), interval=interval)
    assert [alert for alert in found if alert.started > START + 2 * 86400] == []


def test_a_drift_of_two_sigma_is_found():
    values = noise(7000)
    values[5000:] += np.minimum(np.arange(2000) / 1500, 1) * 2
    found = alerts(values)
    assert found
    assert START + 5000 * 60 < found[0].started < START + 7000 * 60


def test_it_says_nothing_before_it_knows_enough():
    values = noise(390)
    values[300:] += 8
    assert alerts(values) == []


def test_a_new_level_that_lasts_becomes_the_normal():
    values = noise(5000)
    values[2000:] += 5
    (alert,) = alerts(values)
    assert START + 2000 * 60 <= alert.started < START + 2010 * 60
    assert alert.ended is not None
    assert alert.ended < START + 4500 * 60


def test_the_same_fault_is_found_again():
    values = noise(4000)
    values[3000:3300] += 6
    values[3700:] += 6
    begun = [alert.started for alert in alerts(values)]
    assert any(START + 3700 * 60 <= at < START + 3705 * 60 for at in begun)


def test_a_sensor_that_repeats_itself_is_stuck_and_no_machine_trouble():
    values = noise(1200)
    values[1000:] = values[1000]
    assert [alert.cause for alert in alerts(values)] == ["sensor_stuck"]


def test_a_coarsely_rounded_sensor_is_not_stuck():
    values = np.round(noise(4000) / 4) * 4
    assert [alert.cause for alert in alerts(values) if alert.cause == "sensor_stuck"] == []
