"""First-order recursion in numpy: scipy's filter gives the same, at 57 MB for each worker that answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def decayed(shocks: Floats, memory: float) -> Floats:
    """Return y of the shape of shocks (T, ...), with y[t] = memory y[t - 1] + shocks[t]."""
    levels = np.empty_like(shocks, dtype="f8")
    level = np.zeros(shocks.shape[1:])
    for row, shock in enumerate(shocks):
        level = memory * level + shock
        levels[row] = level
    return levels
