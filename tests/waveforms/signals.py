"""Signals whose figures are known: by formula, and by the physics of a bearing."""

from __future__ import annotations

import numpy as np

from sensors.waveforms.bearings import Geometry
from sensors.waveforms.channels import Snippet, compute_channels

RATE = 12_000
SPEED = 1797.0  # rpm
SKF_6205 = Geometry(rolling_elements=9, ball_diameter=7.94, pitch_diameter=39.04)
"""The drive end bearing of the Case Western Reserve University test stand, in mm."""


def times(seconds=1.0, rate=RATE):
    return np.arange(round(seconds * rate)) / rate


def sine(amplitude, frequency, seconds=1.0, rate=RATE):
    return amplitude * np.sin(2 * np.pi * frequency * times(seconds, rate))


RESONANCE, DAMPING = 3400.0, 0.02  # Hz, of critical


def bearing(fault_frequency=None, *, seconds=1.0, seed=0, blow=1.0):
    """Return an acceleration in g, as on a motor's bearing housing: shaft imbalance, noise, and at each
    passage over a fault a blow that rings the housing, with intervals that slip by 1 % (Randall and Antoni
    2011)."""
    random = np.random.default_rng(seed)
    t = times(seconds)
    signal = 0.05 * np.sin(2 * np.pi * SPEED / 60 * t) + random.normal(0, 0.1, len(t))
    if fault_frequency is None:
        return signal
    intervals = (1 + 0.01 * random.standard_normal(int(seconds * fault_frequency) + 1)) / fault_frequency
    for moment in np.cumsum(intervals):
        after = np.clip(t - moment, 0, None)
        decay = np.exp(-DAMPING * 2 * np.pi * RESONANCE * after)
        signal += (t >= moment) * blow * decay * np.sin(2 * np.pi * RESONANCE * after)
    return signal


def figures(samples, rate=RATE, **settings):
    """Return the value of each channel by name, and the reason of each that is not computed."""
    channels, skipped = compute_channels(Snippet(np.asarray(samples, float), rate, **settings))
    return {one.name: one.value for one in channels}, {one.name: one.reason for one in skipped}
