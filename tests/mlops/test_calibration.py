from __future__ import annotations

import numpy as np
import pytest

from mlops.detectors import calibration, window
from mlops.detectors.window import BLOCK


def learnt(measures, well=True):
    bins = calibration.positions(measures).astype("i1").reshape(-1, BLOCK, 1)
    counts = np.zeros((1, 2, 1, calibration.BINS), "f4")
    for block in bins:
        calibration.learn(counts, block[None], a_block(well), np.array([True]))
    return counts


def a_block(well):
    state = np.zeros(1, window.STATE)
    state["normal"] = well
    return window.block(state)


def surprise(counts, measure, ever=False):
    at = calibration.positions(np.array([[[measure]]]))
    well = calibration.surprise(counts[:, calibration.WELL], at)
    return float((calibration.ever(counts, at, well) if ever else well)[0, 0, 0])


@pytest.fixture(scope="module")
def gaussian():
    return learnt(np.abs(np.random.default_rng(0).normal(size=4992)))


def test_a_surprise_is_the_power_of_ten_of_its_rarity(gaussian):
    assert surprise(gaussian, 1.645) == pytest.approx(1.0, abs=0.15)
    assert surprise(gaussian, 2.576) == pytest.approx(2.0, abs=0.25)


def test_the_tail_goes_on_beyond_what_was_seen(gaussian):
    assert surprise(gaussian, 8) > surprise(gaussian, 6) > 3


def test_a_heavy_tail_makes_large_values_less_surprising(gaussian):
    heavy = learnt(np.abs(np.random.default_rng(0).standard_t(2, size=4992)))
    assert surprise(heavy, 10) < surprise(gaussian, 10)


def test_nothing_learnt_surprises_nobody():
    assert surprise(np.zeros((1, 2, 1, calibration.BINS), "f4"), 1e6) == 0


def test_what_was_abnormal_counts_only_for_what_ever_was(gaussian):
    fault = learnt(np.full(480, 20.0), well=False)
    assert surprise(gaussian + fault, 20) == surprise(gaussian, 20)
    assert surprise(gaussian + fault, 20, ever=True) < 1.5
