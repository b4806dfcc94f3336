"""MFCC against a slow computation out of the definition: sums, one frame and one filter at a time."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

from sensors.waveforms.cepstrum import mel_cepstrum
from tests.waveforms.signals import figures, sine

RATE = 4000  # Hz: frames of 100 samples every 40, transforms of 128


def mel_of(frequency):
    return 2595 * math.log10(1 + frequency / 700)


def hertz_of(mels):
    return 700 * (10 ** (mels / 2595) - 1)


def power_of(frame):
    window = [0.54 - 0.46 * math.cos(2 * math.pi * n / (len(frame) - 1)) for n in range(len(frame))]
    for k in range(65):
        turn = -2j * math.pi * k / 128
        total = sum(x * w * cmath.exp(turn * n) for n, (x, w) in enumerate(zip(frame, window, strict=True)))
        yield abs(total) ** 2 / 128


def triangle(frequency, left, peak, right):
    if left <= frequency <= peak:
        return (frequency - left) / (peak - left)
    return (right - frequency) / (right - peak) if peak <= frequency <= right else 0.0


def coefficients_of(frame):
    low, high = mel_of(20), mel_of(2000)
    edges = [hertz_of(low + (high - low) * i / 27) for i in range(28)]
    power = list(power_of(frame))
    logs = [
        math.log(sum(p * triangle(k * RATE / 128, *edges[i : i + 3]) for k, p in enumerate(power)) + 1e-12)
        for i in range(26)
    ]
    for q in range(13):
        scale = math.sqrt((2 if q else 1) / 26)
        yield scale * sum(e * math.cos(math.pi * q * (i + 0.5) / 26) for i, e in enumerate(logs))


@pytest.mark.parametrize("seed", range(2))
def test_it_is_what_the_definition_says(seed):
    sound = np.random.default_rng(seed).normal(0, 1, 500) + sine(2, 440, 0.125, RATE)
    frames = [list(coefficients_of(sound[start : start + 100])) for start in range(0, 401, 40)]
    assert mel_cepstrum(sound, RATE) == pytest.approx(np.mean(frames, axis=0), rel=1e-9, abs=1e-9)


def test_loudness_moves_the_first_coefficient_only():
    sound = np.random.default_rng(5).normal(0, 1, 8000)
    quiet, loud = mel_cepstrum(sound, 16_000), mel_cepstrum(10 * sound, 16_000)
    assert loud[0] - quiet[0] == pytest.approx(math.sqrt(26) * math.log(100), rel=1e-6)
    assert loud[1:] == pytest.approx(quiet[1:], abs=1e-6)


def test_another_timbre_is_another_sound():
    hum, hiss = sine(1, 100, 1, 16_000), np.random.default_rng(6).normal(0, 1, 16_000)
    assert mel_cepstrum(hum, 16_000)[1] - mel_cepstrum(hiss, 16_000)[1] > 10


def test_sound_has_thirteen_and_no_vibration_figures():
    values, reasons = figures(sine(1, 440, 1, 16_000), rate=16_000, kind="sound", unit="Pa")
    assert [name for name in values if name.startswith("mfcc_")] == [f"mfcc_{n:02}" for n in range(1, 14)]
    assert not [name for name in {**values, **reasons} if name.startswith(("envelope", "velocity"))]


def test_too_little_sound_is_told():
    _, reasons = figures(sine(1, 440, 0.02, 16_000), rate=16_000, kind="sound")
    assert "25 ms" in reasons["mfcc_01"]
