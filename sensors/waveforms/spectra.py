"""Power in bands, vibration velocity, and the spectrum of the envelope. Plain numpy, float64 throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]
SLIP = 0.02


@dataclass(frozen=True)
class Spectrum:
    """`lines` (m,), complex or an amplitude each, at 0 Hz, `step` Hz, 2 `step` Hz, ...; |line|² * `scale` is
    the mean square at a line."""

    step: float
    lines: NDArray[Any]
    scale: float = 1.0

    def between(self, low: float, high: float) -> slice:
        """Return the lines with low <= f < high."""
        first, last = np.ceil(np.array([low, high]) / self.step - 1e-9)
        return slice(int(first), min(int(last), len(self.lines)))

    def power(self, low: float, high: float) -> Signal:
        """Return the mean square per line from `low` to `high` Hz."""
        lines = self.lines[self.between(low, high)]
        return (lines.real**2 + lines.imag**2) * self.scale


def fast_length(count: int) -> int:
    """Return the smallest 2^a 3^b 5^c that is at least `count`: other lengths transform up to ten times
    slower."""
    best = 1 << (count - 1).bit_length()
    for threes in (3**power for power in range(13)):
        for odd in (threes, threes * 5, threes * 25, threes * 125):
            if odd < best:
                best = min(best, odd << (-(-count // odd) - 1).bit_length())
    return best


def spectrum_of(signal: Signal, rate: float, window: Signal | None = None) -> Spectrum:
    """Return the spectrum of which the power in a band is the mean square of what lies in it.

    Without a window, all bands together give the signal's mean square (Parseval); a window is corrected for
    its own power (Harris, Proceedings of the IEEE 66 (1978), section III). The signal comes without its
    mean, and the line at half the rate is in no band: lines that have no twin at a negative frequency.
    """
    length = fast_length(len(signal))
    weight = len(signal) if window is None else float(window @ window)
    lines = np.fft.rfft(signal if window is None else signal * window, length)
    return Spectrum(rate / length, lines, 2 / (weight * length))


def velocity_rms(acceleration: Signal, rate: float, low: float, high: float) -> float:
    """Return the RMS of the velocity, in the acceleration's unit times a second, of what vibrates from `low`
    to `high` Hz: each line of the Hann-windowed spectrum divided by its angular frequency."""
    spectrum = spectrum_of(acceleration, rate, np.hanning(len(acceleration)))
    power, first = spectrum.power(low, high), spectrum.between(low, high).start
    angular = 2 * np.pi * spectrum.step * np.arange(first, first + len(power))
    return float(np.sqrt(np.sum(power / angular**2)))


def envelope(signal: Signal, rate: float, low: float, high: float) -> tuple[Signal, float]:
    """Return the amplitude over time of what vibrates from `low` to `high` Hz, and its own sampling rate.

    It is the magnitude of the analytic signal, made by keeping those positive frequencies only (Randall and
    Antoni 2011, section 4). The magnitude is the same when they are moved down to 0 Hz, where half as many
    samples or fewer hold it.
    """
    spectrum = spectrum_of(signal, rate)
    kept = 2 * spectrum.lines[spectrum.between(low, high)]
    length = fast_length(len(signal))
    size = min(fast_length(2 * len(kept)), length)
    whole = np.abs(np.fft.ifft(kept, size)) * (size / length)
    return whole[: len(signal) * size // length], rate * size / length


def amplitude_spectrum(signal: Signal, rate: float) -> Spectrum:
    """Return the amplitude per line of the signal without its mean, Hann-windowed, at two lines for each that
    its length tells apart: a sine of amplitude A on a line reads A."""
    window = np.hanning(len(signal))
    length = fast_length(2 * len(signal))
    lines = np.fft.rfft((signal - signal.mean()) * window, length)
    return Spectrum(rate / length, np.abs(lines) * (2 / window.sum()))


def line_height(spectrum: Spectrum, frequency: float, width: float = SLIP) -> float:
    """Return the greatest amplitude within the slip of 2 % (and two lines at least) around `frequency`.

    Between lines the peak is that of a parabola through the logarithms of three (Smith and Serra, PARSHL,
    1987)."""
    reach = max(width * frequency, 2 * spectrum.step)
    near = spectrum.between(frequency - reach, frequency + reach + spectrum.step)
    start = max(near.start, 1)
    stop = min(near.stop, len(spectrum.lines) - 1)
    top = start + int(np.argmax(spectrum.lines[start:stop]))
    before, peak, after = np.log(np.maximum(spectrum.lines[top - 1 : top + 2], 1e-300))
    bend = before - 2 * peak + after
    if peak < max(before, after) or bend >= 0:
        return float(spectrum.lines[top])
    return float(np.exp(peak - (before - after) ** 2 / (8 * bend)))
