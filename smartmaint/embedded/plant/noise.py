"""Random numbers by index: the same tick has the same noise, whatever part of time is asked for."""

from __future__ import annotations

from math import exp
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtri

Array = NDArray[np.float64]

NUMBERS_PER_COUNTER = 4
FORGOTTEN = 8.0  # time constants after which what came before counts for less than 0.04 %


def white_noise(seed: int, name: str, first: int, count: int) -> Array:
    """Return independent N(0, 1) numbers for the ticks `first` to `first + count`.

    Philox is a counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
    SC11), so any tick is reached without making those before it.
    """
    counter, skip = divmod(first, NUMBERS_PER_COUNTER)
    source = np.random.Philox(key=[seed, crc32(name.encode())], counter=counter)
    uniform = np.random.Generator(source).random(skip + count)[skip:]
    return ndtri(uniform + 2.0**-54)


def slow_noise(seed: int, name: str, first: int, count: int, *, interval: float, memory: float) -> Array:
    """Return an AR(1) process of unit variance with correlation exp(-lag / `memory`); seconds both."""
    keep = exp(-interval / memory)
    before = int(FORGOTTEN * memory / interval)
    shocks = white_noise(seed, name, first - before, before + count)
    return lfilter([(1 - keep**2) ** 0.5], [1, -keep], shocks)[before:]


def lagged(values: Array, *, interval: float, memory: float) -> Array:
    """Return the first-order lag of `values`, in balance at the first: T' = (values - T) / `memory`."""
    keep = exp(-interval / memory)
    return lfilter([1 - keep], [1, -keep], values, zi=[keep * values[0]])[0]
