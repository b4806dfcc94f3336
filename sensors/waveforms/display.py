"""A snippet as people look at it: over time, its spectrum, and the spectrum of its envelope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.waveforms.channels import Band
from sensors.waveforms.spectra import Signal, Spectrum, amplitude_spectrum, envelope

POINTS = 2000
ENVELOPE_TO = 1000.0  # Hz: above it lie no harmonics that anybody looks for


@dataclass(frozen=True)
class Line:
    """`y` over `x`, both (n,) with n <= 2000."""

    x: NDArray[Any]
    y: NDArray[Any]


def over_time(signal: Signal, rate: float) -> Line:
    """Return the signal over seconds, without its mean; the extremes of each stretch are kept."""
    level = signal - signal.mean()
    places = _extremes(level, POINTS)
    return Line(places / rate, level[places])


def spectrum(signal: Signal, rate: float) -> Line:
    """Return amplitudes over Hz; of each stretch the highest line."""
    return _highest(amplitude_spectrum(signal, rate))


def envelope_spectrum(signal: Signal, rate: float, band: Band) -> Line:
    """Return amplitudes of the envelope over Hz, up to 1 kHz; nothing where the band was not sampled."""
    if band[1] <= band[0]:
        return Line(np.array([]), np.array([]))
    whole = amplitude_spectrum(*envelope(signal - signal.mean(), rate, *band))
    return _highest(Spectrum(whole.step, whole.lines[whole.between(0, ENVELOPE_TO)]))


def _highest(lines: Spectrum) -> Line:
    places = _parted(lines.lines, POINTS, np.argmax)
    return Line(places * lines.step, lines.lines[places])


def _extremes(values: Signal, most: int) -> NDArray[np.intp]:
    low, high = (_parted(values, most // 2, extreme) for extreme in (np.argmin, np.argmax))
    return np.unique(np.concatenate([low, high]))


def _parted(values: Signal, parts: int, choose: Callable[[Signal], np.intp]) -> NDArray[np.intp]:
    """Return the place that `choose` takes of each of so many stretches."""
    edges = np.linspace(0, len(values), min(parts, len(values)) + 1).astype(int)
    return np.array([start + choose(values[start:end]) for start, end in pairwise(edges)], int)
