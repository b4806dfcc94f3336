"""Bearing faults: the frequencies of a known bearing, and blows at them in a simulated housing."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.waveforms.bearings import Geometry, fault_frequencies
from tests.waveforms.signals import RATE, SKF_6205, SPEED, bearing, figures, times

KNOWN = {"geometry": SKF_6205, "shaft_speed": SPEED, "unit": "g"}
FREQUENCIES = fault_frequencies(SKF_6205, SPEED)
PARTS = ("bpfo", "bpfi", "bsf", "ftf")


def lines(samples):
    values, _ = figures(samples, **KNOWN)
    return {part: values[f"envelope_{part}"] for part in PARTS} | {"kurtosis": values["kurtosis"]}


def test_frequencies_are_those_of_the_known_bearing():
    """Multiples of the running speed as the Case Western Reserve University lists them for this bearing; it
    lists twice the spin, at which an element strikes a race."""
    multiples = {part: frequency / (SPEED / 60) for part, frequency in FREQUENCIES.items()}
    assert multiples["bpfi"] == pytest.approx(5.4152, abs=2e-3)
    assert multiples["bpfo"] == pytest.approx(3.5848, abs=2e-3)
    assert multiples["ftf"] == pytest.approx(0.39828, abs=2e-4)
    assert 2 * multiples["bsf"] == pytest.approx(4.7135, abs=2e-3)


def test_elements_pass_both_races_together_as_often_as_there_are_elements():
    at_angle = fault_frequencies(Geometry(12, 8, 40, contact_angle=30), 60)
    assert at_angle["bpfo"] + at_angle["bpfi"] == pytest.approx(12)
    assert at_angle["bpfo"] == pytest.approx(12 * at_angle["ftf"])
    assert at_angle["ftf"] == pytest.approx(0.5 * (1 - 0.2 * np.cos(np.pi / 6)))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("rolling_elements", (2, 8, 40)),
        ("ball_diameter", (9, 40, 40)),
        ("ball_diameter", (9, 0, 40)),
        ("ball_diameter", (9, float("nan"), 40)),
        ("contact_angle", (9, 8, 40, 90)),
        ("rolling_elements", (20, 8, 40)),
    ],
)
def test_a_bearing_that_cannot_be_is_refused(field, values):
    with pytest.raises(ValueError, match=field):
        Geometry(*values)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("depth", [0.2, 0.8])
def test_a_modulated_carrier_shows_its_depth_at_its_modulation(part, depth):
    """x = A (1 + m cos(2πft)) cos(2πct): the envelope has a line of A m at f."""
    t = times(2)
    x = 1.5 * (1 + depth * np.cos(2 * np.pi * FREQUENCIES[part] * t)) * np.cos(2 * np.pi * 3000 * t)
    heights = lines(x)
    assert heights[part] == pytest.approx(1.5 * depth, rel=0.02)
    assert all(heights[other] < 0.05 * heights[part] for other in PARTS if other != part)


@pytest.mark.parametrize("seed", range(5))
def test_an_outer_race_fault_rises_at_bpfo_and_not_at_bpfi(seed):
    healthy = lines(bearing(seed=seed))
    faulty = lines(bearing(FREQUENCIES["bpfo"], seed=seed))
    assert faulty["bpfo"] > 10 * healthy["bpfo"]
    assert faulty["kurtosis"] > 4 > 3.3 > healthy["kurtosis"]
    assert faulty["bpfi"] < 0.2 * faulty["bpfo"]


@pytest.mark.parametrize("part", ["bpfi", "bsf"])
@pytest.mark.parametrize("seed", range(3))
def test_other_faults_rise_at_their_own_frequency(part, seed):
    heights = lines(bearing(FREQUENCIES[part], seed=seed))
    assert max(PARTS, key=heights.get) == part
    assert heights[part] > 10 * lines(bearing(seed=seed))[part]


def test_a_stronger_fault_stands_higher():
    heights = [lines(bearing(FREQUENCIES["bpfo"], blow=blow))["bpfo"] for blow in (0.2, 0.5, 1.0, 2.0)]
    assert heights == sorted(heights)
    assert heights[3] == pytest.approx(2 * heights[2], rel=0.2)


def test_a_speed_that_is_off_finds_nothing():
    values, _ = figures(bearing(FREQUENCIES["bpfo"]), **KNOWN | {"shaft_speed": SPEED * 1.1})
    assert values["envelope_bpfo"] < 0.2 * lines(bearing(FREQUENCIES["bpfo"]))["bpfo"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"geometry": None}, "geometry is not known"),
        ({"shaft_speed": None}, "speed is not known"),
        ({"envelope_band": (7000, 9000)}, "Nothing above 7000 Hz"),
    ],
)
def test_it_says_why_there_are_no_lines(settings, words):
    values, reasons = figures(bearing(), **KNOWN | settings)
    assert not any(name.startswith("envelope_") for name in values)
    assert all(words in reasons[f"envelope_{part}"] for part in PARTS)


def test_it_says_which_lines_a_short_snippet_cannot_show():
    values, reasons = figures(bearing(FREQUENCIES["bpfo"], seconds=0.1), RATE, **KNOWN)
    assert "envelope_bpfo" in values
    assert "11.93 Hz needs a snippet of 0.419 s; it is 0.1 s long" in reasons["envelope_ftf"]
