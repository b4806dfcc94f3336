"""Random numbers by index: the same tick has the same noise, whatever part of time is asked for.

Only numpy: this runs in a process of its own, which scipy would make half as big again.
"""

from __future__ import annotations

from itertools import accumulate
from math import exp
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TICKS_PER_COUNTER = 2  # a counter of Philox gives four numbers, a tick takes two
FORGOTTEN = 8.0  # time constants after which what came before counts for less than 0.04 %


def white_noise(seed: int, name: str, first: int, count: int) -> Array:
    """Return independent N(0, 1) numbers for the ticks `first` to `first + count` (Box and Muller).

    Philox is a counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
    SC11), so any tick is reached without making those before it.
    """
    counter, skip = divmod(first, TICKS_PER_COUNTER)
    source = np.random.Philox(key=[seed, crc32(name.encode())], counter=counter)
    uniform = np.random.Generator(source).random((skip + count, 2))[skip:]
    return np.sqrt(-2.0 * np.log1p(-uniform[:, 0])) * np.cos(2.0 * np.pi * uniform[:, 1])


def slow_noise(seed: int, name: str, first: int, count: int, *, interval: float, memory: float) -> Array:
    """Return an AR(1) process of unit variance with correlation exp(-lag / `memory`); seconds both."""
    keep = exp(-interval / memory)
    before = int(FORGOTTEN * memory / interval)
    shocks = white_noise(seed, name, first - before, before + count)
    return _smoothed((1 - keep**2) ** 0.5 * shocks, keep)[before:]


def lagged(values: Array, *, interval: float, memory: float) -> Array:
    """Return the first-order lag of `values`, in balance at the first: T' = (values - T) / `memory`."""
    keep = exp(-interval / memory)
    return values[0] + _smoothed((1 - keep) * (values - values[0]), keep)


def _smoothed(inputs: Array, keep: float) -> Array:
    """Return y with y[n] = `keep` y[n - 1] + inputs[n]."""
    return np.fromiter(accumulate(inputs.tolist(), lambda y, x: keep * y + x), np.float64, len(inputs))
