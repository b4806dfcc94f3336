"""What is computed, held against what a formula says of the signal."""

from __future__ import annotations

import time

import numpy as np
import pytest

from sensors.waveforms.channels import Snippet, compute_channels
from sensors.waveforms.spectra import fast_length
from tests.waveforms.signals import RATE, SKF_6205, figures, sine


def test_a_sine_has_the_shape_of_a_sine():
    values, _ = figures(sine(3.0, 100))
    assert values["rms"] == pytest.approx(3 / np.sqrt(2), rel=1e-9)
    assert values["peak"] == pytest.approx(3, rel=1e-9)
    assert values["crest_factor"] == pytest.approx(np.sqrt(2), rel=1e-9)
    assert values["kurtosis"] == pytest.approx(1.5, rel=1e-9)


def test_a_square_wave_is_all_peak():
    values, _ = figures(np.tile([2.5] * 60 + [-2.5] * 60, 100))
    assert values["rms"] == values["peak"] == pytest.approx(2.5, rel=1e-3)
    assert (values["crest_factor"], values["kurtosis"]) == (pytest.approx(1, rel=1e-3),) * 2


def test_white_noise_has_kurtosis_three_and_the_same_power_everywhere():
    noise = np.random.default_rng(1).normal(0, 2, 200_000)
    values, _ = figures(noise, rate=40_000)
    assert values["kurtosis"] == pytest.approx(3, abs=0.05)
    assert values["rms"] == pytest.approx(2, rel=0.01)
    assert values["band_10000_20000"] == pytest.approx(4 * 10 / 20, rel=0.02)
    assert values["band_1000_5000"] == pytest.approx(4 * 4 / 20, rel=0.02)


@pytest.mark.parametrize("count", [12_000, 11_987, 4_999])
def test_bands_over_all_frequencies_sum_up_to_the_mean_square(count):
    noise = np.random.default_rng(2).normal(0, 1, count)
    bands = ((0, 1000), (1000, 3000), (3000, RATE / 2))
    values, _ = figures(noise, bands=bands)
    total = sum(value for name, value in values.items() if name.startswith("band_"))
    assert total == pytest.approx(values["rms"] ** 2, rel=2e-3)


def test_a_constant_offset_changes_nothing():
    plain, _ = figures(sine(3.0, 100))
    moved, _ = figures(sine(3.0, 100) + 1000)
    assert moved == pytest.approx(plain, rel=1e-6, abs=1e-9)


def test_a_tone_is_found_in_its_band_alone():
    values, _ = figures(sine(2.0, 300))
    assert values["band_100_1000"] == pytest.approx(2.0, rel=1e-6)
    assert values["band_10_100"] < 1e-6
    assert values["band_1000_5000"] < 1e-6


@pytest.mark.parametrize(
    ("unit", "metres"), [("g", 9.80665), ("m/s2", 1.0), ("m/s²", 1.0), ("m/s^2", 1.0), ("mm/s²", 1e-3)]
)
@pytest.mark.parametrize("frequency", [12, 50, 159.155, 900.3])
def test_velocity_is_acceleration_by_angular_frequency(unit, metres, frequency):
    values, _ = figures(sine(1.0, frequency, seconds=2), unit=unit)
    expected = metres / np.sqrt(2) / (2 * np.pi * frequency) * 1000
    assert values["velocity_rms"] == pytest.approx(expected, rel=2e-3)


def test_velocity_counts_10_to_1000_hz_only():
    within, _ = figures(sine(1.0, 100, seconds=2), unit="g")
    both, _ = figures(
        sine(1.0, 100, seconds=2) + sine(5.0, 2000, seconds=2) + sine(0.1, 4, seconds=2), unit="g"
    )
    assert both["velocity_rms"] == pytest.approx(within["velocity_rms"], rel=1e-3)


def test_a_velocity_is_taken_as_it_is():
    values, _ = figures(sine(4.0, 100) + sine(9.0, 1500), unit="mm/s")
    assert values["velocity_rms"] == pytest.approx(4 / np.sqrt(2), rel=1e-3)
    assert figures(sine(4.0, 100), unit="in/s")[0]["velocity_rms"] == pytest.approx(
        25.4 * 4 / np.sqrt(2), rel=1e-3
    )


def test_other_units_give_no_velocity_and_say_so():
    values, reasons = figures(sine(1.0, 100), unit="Pa")
    assert "velocity_rms" not in values
    assert "neither acceleration nor velocity" in reasons["velocity_rms"]


def test_it_says_which_bands_cannot_be_seen():
    _, reasons = figures(sine(1.0, 1000, seconds=0.05), unit="g")
    assert "20000 Hz or more; it is 12000 Hz" in reasons["band_5000_10000"]
    assert "needs a snippet of 0.2 s or more; it is 0.05 s" in reasons["band_10_100"]
    assert "0.2 s" in reasons["velocity_rms"]


@pytest.mark.parametrize("level", [0.0, 0.1, -7.3e9])
def test_a_constant_signal_has_no_shape(level):
    values, reasons = figures(np.full(1000, level))
    assert values["rms"] == values["peak"] == 0
    assert reasons["crest_factor"] == reasons["kurtosis"] == "The signal is constant."


@pytest.mark.parametrize("scale", [1e-60, 1e12])
def test_tiny_and_huge_signals_keep_their_shape(scale):
    values, _ = figures(scale * sine(1.0, 100))
    assert values["kurtosis"] == pytest.approx(1.5, rel=1e-6)
    assert values["rms"] == pytest.approx(scale / np.sqrt(2), rel=1e-6)


def test_units_are_those_of_the_signal():
    channels, _ = compute_channels(Snippet(sine(1.0, 100), RATE, unit="g"))
    units = {one.name: one.unit for one in channels}
    assert (units["rms"], units["peak"], units["band_10_100"], units["velocity_rms"]) == (
        "g",
        "g",
        "g²",
        "mm/s",
    )
    assert (units["kurtosis"], units["crest_factor"]) == ("", "")


def test_lengths_are_rounded_up_to_fast_ones():
    fast = {1: 1, 2: 2, 7: 8, 11: 12, 97: 100, 12_000: 12_000, 1_048_573: 1_048_576}
    assert {count: fast_length(count) for count in fast} == fast


def test_a_million_samples_take_less_than_a_request_may():
    samples = np.random.default_rng(3).normal(size=1_048_573)
    snippet = Snippet(samples, 51_200, unit="g", geometry=SKF_6205, shaft_speed=1797)
    took = []
    for _ in range(3):
        began = time.process_time()
        compute_channels(snippet)
        took.append(time.process_time() - began)
    assert min(took) < 0.6, took
