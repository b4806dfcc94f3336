"""From a snippet of vibration or sound to the figures that are watched: a plain rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensors.waveforms.bearings import Geometry, fault_frequencies
from sensors.waveforms.cepstrum import COEFFICIENTS, FRAME, mel_cepstrum
from sensors.waveforms.spectra import (
    Signal,
    amplitude_spectrum,
    envelope,
    line_height,
    spectrum_of,
    velocity_rms,
)

Band = tuple[float, float]
VIBRATION, SOUND = "vibration", "sound"
BANDS: tuple[Band, ...] = ((10, 100), (100, 1000), (1000, 5000), (5000, 10_000), (10_000, 20_000))
ENVELOPE_BAND: Band = (500, 10_000)
SEVERITY_BAND: Band = (10, 1000)
PERIODS = 2  # of the lowest frequency of a band that a snippet must hold
TURNS = 5  # of a bearing's part that a snippet must hold, for its line to stand apart
SMALLEST = 1e-100
TO_METRES_PER_SECOND_SQUARED = {"g": 9.80665, "m/s²": 1.0, "mm/s²": 1e-3}
TO_MILLIMETRES_PER_SECOND = {"mm/s": 1.0, "m/s": 1e3, "in/s": 25.4, "µm/s": 1e-3}
SPELLINGS = {
    "gn": "g", "g0": "g", "g_n": "g", "m/s2": "m/s²", "m/s^2": "m/s²", "m/s**2": "m/s²",
    "mm/s2": "mm/s²", "mm/s^2": "mm/s²", "mm/s**2": "mm/s²", "um/s": "µm/s", "ips": "in/s",
}  # fmt: skip


@dataclass(frozen=True)
class Snippet:
    """`samples` (n,) in `unit`, `rate` in Hz, `shaft_speed` in rpm."""

    samples: Signal
    rate: float
    unit: str = ""
    kind: str = VIBRATION
    bands: tuple[Band, ...] = BANDS
    envelope_band: Band = ENVELOPE_BAND
    geometry: Geometry | None = None
    shaft_speed: float | None = None

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def reached_band(self) -> Band:
        """The band that resonances are looked for in, as far as the sampling rate reaches."""
        low, high = self.envelope_band
        return low, min(high, 0.95 * self.rate / 2)


@dataclass(frozen=True)
class Channel:
    name: str
    value: float
    unit: str = ""


@dataclass(frozen=True)
class Skipped:
    """A channel that could not be computed, and why, in words."""

    name: str
    reason: str


Outcome = Iterator[Channel | Skipped]


def compute_channels(snippet: Snippet) -> tuple[list[Channel], list[Skipped]]:
    """Return what can be computed of the snippet without its mean, and what cannot.

    Always: rms, peak, crest_factor, kurtosis, band energies. Vibration: velocity_rms, the bearing's lines.
    Sound: mfcc_01 to mfcc_13."""
    signal = snippet.samples - snippet.samples.mean()
    outcomes = [*_shape(snippet, signal), *_bands(snippet, signal)]
    if snippet.kind == SOUND:
        outcomes += _cepstrum(snippet, signal)
    else:
        outcomes += [*_severity(snippet, signal), *_bearing(snippet, signal)]
    channels = [outcome for outcome in outcomes if isinstance(outcome, Channel)]
    return channels, [outcome for outcome in outcomes if isinstance(outcome, Skipped)]


def _shape(snippet: Snippet, signal: Signal) -> Outcome:
    """Yield rms = sqrt(mean x²), peak = max |x|, crest factor = peak / rms, and kurtosis = mean x⁴ / rms⁴,
    which is 1.5 of a sine and 3 of Gaussian noise (ISO 13373-2, annex)."""
    peak = float(np.max(np.abs(signal)))
    if peak <= max(SMALLEST, 1e-12 * float(np.max(np.abs(snippet.samples)))):
        yield from (Channel("rms", 0.0, snippet.unit), Channel("peak", 0.0, snippet.unit))
        yield from (Skipped(name, "The signal is constant.") for name in ("crest_factor", "kurtosis"))
        return
    squares = (signal / peak) ** 2
    mean_square = float(squares.mean())
    yield Channel("rms", peak * mean_square**0.5, snippet.unit)
    yield Channel("peak", peak, snippet.unit)
    yield Channel("crest_factor", mean_square**-0.5)
    yield Channel("kurtosis", float(squares @ squares) / len(squares) / mean_square**2)


def _bands(snippet: Snippet, signal: Signal) -> Outcome:
    """Yield the mean square of what lies in each band, so that bands over all frequencies sum up to rms²."""
    spectrum = spectrum_of(signal, snippet.rate)
    for low, high in snippet.bands:
        name = f"band_{low:.0f}_{high:.0f}"
        if reason := _out_of_reach(snippet, low, high):
            yield Skipped(name, reason)
        else:
            energy = float(spectrum.power(low, high).sum())
            yield Channel(name, energy, snippet.unit and f"{snippet.unit}²")


def _out_of_reach(snippet: Snippet, low: float, high: float) -> str:
    """Return why what happens from `low` to `high` Hz cannot be seen in the snippet; empty: it can."""
    if high > snippet.rate / 2:
        return f"{high:g} Hz needs a sampling rate of {2 * high:g} Hz or more; it is {snippet.rate:g} Hz."
    if low and snippet.seconds * low < PERIODS:
        wanted = PERIODS / low
        return f"{low:g} Hz needs a snippet of {wanted:.3g} s or more; it is {snippet.seconds:.3g} s long."
    return "" if snippet.seconds * (high - low) >= 1 else "The snippet is too short for so narrow a band."


def _severity(snippet: Snippet, signal: Signal) -> Outcome:
    """Yield the RMS of the velocity from 10 to 1000 Hz in mm/s: the quantity of ISO 20816-3."""
    unit = SPELLINGS.get(snippet.unit, snippet.unit)
    if unit not in TO_METRES_PER_SECOND_SQUARED and unit not in TO_MILLIMETRES_PER_SECOND:
        known = ", ".join([*TO_METRES_PER_SECOND_SQUARED, *TO_MILLIMETRES_PER_SECOND])
        yield Skipped("velocity_rms", f"The unit says neither acceleration nor velocity ({known}).")
    elif reason := _out_of_reach(snippet, *SEVERITY_BAND):
        yield Skipped("velocity_rms", reason)
    elif unit in TO_MILLIMETRES_PER_SECOND:
        spectrum = spectrum_of(signal, snippet.rate, np.hanning(len(signal)))
        mean_square = float(spectrum.power(*SEVERITY_BAND).sum())
        yield Channel("velocity_rms", mean_square**0.5 * TO_MILLIMETRES_PER_SECOND[unit], "mm/s")
    else:
        metres = velocity_rms(signal, snippet.rate, *SEVERITY_BAND) * TO_METRES_PER_SECOND_SQUARED[unit]
        yield Channel("velocity_rms", metres * 1e3, "mm/s")


def _bearing(snippet: Snippet, signal: Signal) -> Outcome:
    """Yield the amplitude of the envelope at each frequency of the bearing. A rolling element strikes both
    races as it spins, so `bsf` is the higher of the lines at that frequency and at twice that."""
    if reason := _no_lines(snippet):
        yield from (Skipped(f"envelope_{part}", reason) for part in ("bpfo", "bpfi", "bsf", "ftf"))
        return
    low, high = snippet.reached_band
    lines = amplitude_spectrum(*envelope(signal, snippet.rate, low, high))
    for part, frequency in find_frequencies(snippet).items():
        if reason := _no_line(snippet, frequency, high - low):
            yield Skipped(f"envelope_{part}", reason)
            continue
        heights = [line_height(lines, frequency * order) for order in ((1, 2) if part == "bsf" else (1,))]
        yield Channel(f"envelope_{part}", max(heights), snippet.unit)


def find_frequencies(snippet: Snippet) -> dict[str, float]:
    """Return the bearing's frequencies in Hz by part; none where geometry or speed is not known."""
    if snippet.geometry is None or not snippet.shaft_speed:
        return {}
    return fault_frequencies(snippet.geometry, snippet.shaft_speed)


def _no_lines(snippet: Snippet) -> str:
    if snippet.geometry is None:
        return "The bearing's geometry is not known: send `bearing`, or keep it with the asset."
    if not snippet.shaft_speed:
        return "The shaft's speed is not known, or 0: send `shaft_speed`, or keep it with the asset."
    low, high = snippet.reached_band
    return _out_of_reach(snippet, low, high) if high > low else f"Nothing above {low:g} Hz was sampled."


def _no_line(snippet: Snippet, frequency: float, width: float) -> str:
    if snippet.seconds * frequency < TURNS:
        wanted = TURNS / frequency
        return f"{frequency:.4g} Hz needs a snippet of {wanted:.3g} s; it is {snippet.seconds:.3g} s long."
    return "" if 2 * frequency < width else f"{frequency:.4g} Hz is too fast for the envelope's band."


def _cepstrum(snippet: Snippet, signal: Signal) -> Outcome:
    names = [f"mfcc_{number:02}" for number in range(1, COEFFICIENTS + 1)]
    if snippet.seconds < FRAME or snippet.rate < 4000:
        yield from (Skipped(name, "It needs 25 ms of sound sampled at 4000 Hz or more.") for name in names)
        return
    for name, value in zip(names, mel_cepstrum(signal, snippet.rate), strict=True):
        yield Channel(name, float(value))
