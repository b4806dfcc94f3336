from __future__ import annotations

import numpy as np
import pytest

from smartmaint.embedded.plant import physics
from smartmaint.embedded.plant.noise import lagged, slow_noise, white_noise

CURVE = physics.PumpCurve()


def test_head_falls_by_three_percent_where_the_npsh_margin_is_zero():
    flow = np.array([120.0])
    margin = CURVE.npsh_available - CURVE.npsh_required - CURVE.npsh_slope * flow**2
    assert physics.cavitation_loss(CURVE, flow, margin) == pytest.approx(0.03)


def test_cavitation_grows_with_the_npsh_that_is_lost():
    loss = physics.cavitation_loss(CURVE, np.full(4, 120.0), np.array([0.0, 2.0, 3.0, 4.0]))
    assert (np.diff(loss) > 0).all()
    assert loss[0] < 1e-3


def test_the_duty_point_lies_on_the_pumps_curve():
    flow, head = physics.duty_point(CURVE, np.array([0.6, 0.8, 1.0]), np.ones(3))
    assert head == pytest.approx(CURVE.shut_off - CURVE.slope * flow**2)
    assert (np.diff(flow) > 0).all()


def test_vibration_grows_exponentially_with_damage():
    vibration = physics.worn_vibration(np.full(3, 2.0), np.array([0.0, 0.5, 1.0]), worst=4.0)
    assert vibration == pytest.approx([2.0, 4.0, 8.0])


def test_the_pressure_drop_is_linear_in_flow_and_in_deposited_mass():
    def drop(flow: float, cake: float) -> float:
        return physics.filter_pressure_drop(np.array(flow), np.array(cake), clean=0.001, specific=0.004)

    assert drop(200.0, 0.5) == pytest.approx(2 * drop(100.0, 0.5))
    assert drop(100.0, 1.0) - drop(100.0, 0.5) == pytest.approx(drop(100.0, 0.5) - drop(100.0, 0.0))


def test_two_equal_sound_sources_are_three_decibels_louder_than_one():
    assert physics.add_levels(np.array([80.0]), np.array([80.0])) == pytest.approx(83.01, abs=0.01)


def test_a_thermal_lag_has_covered_63_percent_after_its_time_constant():
    step = np.concatenate([np.zeros(1), np.ones(200)])
    assert lagged(step, interval=1.0, memory=60.0)[60] == pytest.approx(1 - np.exp(-1), abs=1e-9)


def test_slow_noise_has_the_stated_spread_and_memory():
    noise = slow_noise(1, "x", 10_000, 200_000, interval=5.0, memory=45.0)
    assert noise.std() == pytest.approx(1.0, abs=0.03)
    assert np.corrcoef(noise[:-9], noise[9:])[0, 1] == pytest.approx(np.exp(-1), abs=0.03)


def test_white_noise_of_a_tick_does_not_depend_on_where_the_asking_began():
    whole = white_noise(7, "P-101-VIB", 1000, 100)
    assert (white_noise(7, "P-101-VIB", 1037, 63) == whole[37:]).all()
    assert not np.allclose(white_noise(8, "P-101-VIB", 1000, 100), whole)
