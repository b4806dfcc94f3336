"""The checks that every detector must pass, whatever its algorithm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mlops.detectors import sensor
from mlops.detectors.sensor import EVIDENCE, Limits
from mlops.detectors.window import BLOCK, Floats, States
from tests.mlops.signals import daily, noise, times

ROWS = 700


def unlimited(sensors: int) -> Limits:
    return Limits(np.full(sensors, -np.inf), np.full(sensors, np.inf))


def cuts(first: int, last: int, at_once: int) -> Iterator[slice]:
    """Cut rows so that none lies over the edge of a block, `at_once` at most."""
    while first < last:
        end = min(first + at_once, last, first - first % BLOCK + BLOCK)
        yield slice(first, end)
        first = end


def evidence(values: Floats, state: States | None = None, start: int = 0, at_once: int = BLOCK) -> Floats:
    """Return every detector's evidence (rows, sensors, EVIDENCE) for sensors in columns, from `start` on."""
    state = sensor.fresh(values.shape[1]) if state is None else state
    moments = np.broadcast_to(times(len(values)), values.T.shape)
    limits = unlimited(values.shape[1])
    steps = [
        sensor.advance(state, values.T[:, cut], moments[:, cut], limits)
        for cut in cuts(start, len(values), at_once)
    ]
    return np.concatenate([step.evidence.swapaxes(0, 1) for step in steps])


def signals() -> Floats:
    drifting = noise(ROWS, 3) + np.linspace(0, 4, ROWS)
    stepped = np.where(np.arange(ROWS) < 500, 3.0, 5.0)
    spiky = noise(ROWS, 4)
    spiky[600] += 12
    return np.stack([noise(ROWS), daily(ROWS, 60), drifting, stepped, spiky], axis=1)


def hard() -> Floats:
    """Huge, tiny and constant values."""
    return np.stack([noise(450) * 1e300, noise(450) * 1e-300, np.zeros(450), np.full(450, 7.0)], axis=1)


@pytest.fixture(scope="module")
def scored() -> Floats:
    return evidence(signals())


@pytest.fixture(scope="module")
def others() -> dict[str, Floats]:
    """The same signals, scored in other ways."""
    state = sensor.fresh(5)
    evidence(signals()[:450], state)
    restored = sensor.unpack(sensor.pack(state))
    return {
        "shorter": evidence(signals()[:450]),
        "restored": evidence(signals(), restored, 450),
        "alone": evidence(signals()[:, 4:]),
        "one by one": evidence(signals(), at_once=1),
        "seven at once": evidence(signals(), at_once=7),
        "hard": evidence(hard()),
    }


@pytest.mark.parametrize("detector", EVIDENCE)
class TestEachDetector:
    def test_its_scores_do_not_depend_on_later_rows(self, detector, scored, others):
        at = EVIDENCE.index(detector)
        np.testing.assert_array_equal(others["shorter"][..., at], scored[:450, :, at])

    def test_it_goes_on_from_its_stored_state(self, detector, scored, others):
        at = EVIDENCE.index(detector)
        np.testing.assert_array_equal(others["restored"][..., at], scored[450:, :, at])

    def test_it_scores_a_sensor_alone_as_among_others(self, detector, scored, others):
        at = EVIDENCE.index(detector)
        np.testing.assert_array_equal(others["alone"][:, 0, at], scored[:, 4, at])

    @pytest.mark.parametrize("cut", ["one by one", "seven at once"])
    def test_its_scores_do_not_depend_on_how_rows_are_cut(self, detector, scored, others, cut):
        at = EVIDENCE.index(detector)
        np.testing.assert_array_equal(others[cut][..., at], scored[..., at])

    def test_its_scores_are_finite(self, detector, scored):
        assert np.isfinite(scored[..., EVIDENCE.index(detector)]).all()

    def test_it_bears_huge_tiny_and_constant_values(self, detector, others):
        assert np.isfinite(others["hard"][..., EVIDENCE.index(detector)]).all()


def test_a_state_of_another_length_is_refused():
    with pytest.raises(ValueError, match="bytes"):
        sensor.unpack([b"too short"])


def test_a_state_stays_below_eight_kilobytes():
    assert sensor.STATE.itemsize < 8192
