"""The checks that every detector must pass, whatever its algorithm."""

from __future__ import annotations

import numpy as np
import pytest

from mlops.detectors import sensor
from mlops.detectors.sensor import EVIDENCE, Limits
from mlops.detectors.window import Floats, States
from tests.mlops.signals import daily, noise, times

ROWS = 700


def unlimited(sensors: int) -> Limits:
    return Limits(np.full(sensors, -np.inf), np.full(sensors, np.inf))


def evidence(values: Floats, state: States | None = None, start: int = 0) -> Floats:
    """Return every detector's evidence (rows, EVIDENCE) for sensors in columns, from row `start` on."""
    state = sensor.fresh(values.shape[1]) if state is None else state
    steps = [
        sensor.advance(state, row, np.full(len(row), at), unlimited(len(row)))
        for row, at in zip(values[start:], times(len(values))[start:], strict=True)
    ]
    return np.stack([step.evidence for step in steps])


def signals() -> Floats:
    drifting = noise(ROWS, 3) + np.linspace(0, 4, ROWS)
    stepped = np.where(np.arange(ROWS) < 500, 3.0, 5.0)
    spiky = noise(ROWS, 4)
    spiky[600] += 12
    return np.stack([noise(ROWS), daily(ROWS, 60), drifting, stepped, spiky], axis=1)


@pytest.fixture(scope="module")
def scored() -> Floats:
    return evidence(signals())


@pytest.mark.parametrize("detector", EVIDENCE)
class TestEachDetector:
    def test_its_scores_do_not_depend_on_later_rows(self, detector, scored):
        at = EVIDENCE.index(detector)
        np.testing.assert_array_equal(evidence(signals()[:450])[..., at], scored[:450, :, at])

    def test_it_goes_on_from_its_stored_state(self, detector, scored):
        at, state = EVIDENCE.index(detector), sensor.fresh(5)
        evidence(signals()[:450], state)
        restored = sensor.unpack(sensor.pack(state))
        np.testing.assert_array_equal(evidence(signals(), restored, 450)[..., at], scored[450:, :, at])

    def test_it_scores_a_sensor_alone_as_among_others(self, detector, scored):
        at = EVIDENCE.index(detector)
        np.testing.assert_array_equal(evidence(signals()[:, 4:])[:, 0, at], scored[:, 4, at])

    def test_its_scores_are_finite(self, detector, scored):
        assert np.isfinite(scored[..., EVIDENCE.index(detector)]).all()

    def test_it_bears_huge_tiny_and_constant_values(self, detector):
        hard = np.stack([noise(450) * 1e300, noise(450) * 1e-300, np.zeros(450), np.full(450, 7.0)], axis=1)
        assert np.isfinite(evidence(hard)[..., EVIDENCE.index(detector)]).all()


def test_a_state_of_another_length_is_refused():
    with pytest.raises(ValueError, match="bytes"):
        sensor.unpack([b"too short"])


def test_a_state_stays_below_eight_kilobytes():
    assert sensor.STATE.itemsize < 8192
