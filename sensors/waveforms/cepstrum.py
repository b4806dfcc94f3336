"""How something sounds, in thirteen numbers: mel-frequency cepstral coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.waveforms.spectra import Signal

FRAME, HOP = 0.025, 0.010  # seconds
FILTERS = 26
COEFFICIENTS = 13
LOWEST, HIGHEST = 20.0, 8000.0  # Hz
SILENCE = 1e-12  # added to each filter's energy, so that digital silence has a logarithm


def mel(frequency: Signal | float) -> Signal:
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


def hertz(mels: Signal) -> Signal:
    return 700 * (10 ** (mels / 2595) - 1)


def mel_cepstrum(signal: Signal, rate: float) -> Signal:
    """Return the coefficients (13,), the first for loudness, as means over frames of 25 ms every 10 ms.

    Each frame: Hamming window, power spectrum / n, 26 triangular filters evenly spaced in mel = 2595
    log10(1 + f/700) from 20 Hz to 8 kHz (or half the rate), natural logarithm, orthonormal DCT-II.
    Source: Davis and Mermelstein, IEEE Transactions on ASSP 28 (1980); mel scale of HTK. `rate` in Hz; the
    signal is at least one frame long.
    """
    size, hop = round(FRAME * rate), max(1, round(HOP * rate))
    frames = np.lib.stride_tricks.sliding_window_view(signal, size)[::hop]
    length = 1 << (size - 1).bit_length()
    power = np.abs(np.fft.rfft(frames * np.hamming(size), length)) ** 2 / length
    energies = np.log(power @ _filters(length, rate).T + SILENCE)
    return _cosines() @ energies.mean(axis=0)


def _filters(length: int, rate: float) -> NDArray[np.float64]:
    """Return the triangles (26, length / 2 + 1): each rises from its left neighbour's peak to its own."""
    edges = hertz(np.linspace(mel(LOWEST), mel(min(HIGHEST, rate / 2)), FILTERS + 2))
    lines = np.fft.rfftfreq(length, 1 / rate)
    left, peak, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (lines - left) / (peak - left), (right - lines) / (right - peak)
    return np.clip(np.minimum(rising, falling), 0, None)


def _cosines() -> NDArray[np.float64]:
    """Return the first rows (13, 26) of the orthonormal DCT-II."""
    rows, columns = np.arange(COEFFICIENTS)[:, None], np.arange(FILTERS)
    basis = np.sqrt(2 / FILTERS) * np.cos(np.pi * rows * (columns + 0.5) / FILTERS)
    basis[0] /= np.sqrt(2)
    return basis
