"""First-order recursion in numpy: scipy's filter gives the same, at 57 MB for each worker that answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def decayed(shocks: NDArray[Any], memory: float) -> NDArray[np.float64]:
    """Return y (T, ...) with y[t] = memory y[t - 1] + shocks[t]."""
    levels = np.empty(shocks.shape)
    level = np.zeros(shocks.shape[1:])
    for row, shock in enumerate(shocks):
        level = memory * level + shock
        levels[row] = level
    return levels
