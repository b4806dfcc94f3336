"""Many tests at once: how likely it is that even one of the drifts that a check reports is false."""

from __future__ import annotations

import numpy as np

from mlops.drift.distances import Floats


def holm(p: Floats) -> Floats:
    """Return the adjusted p-values (M,), valid however the tests depend on each other (Holm 1979).

    Sensors of one plant share its load, so nothing is assumed about that. Where one sensor of many has
    drifted, which is the case that matters, Benjamini and Yekutieli's rule asks for a fifth of that p.
    """
    count = len(p)
    order = np.argsort(p)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(count, 0, -1)), 1.0)
    return adjusted
