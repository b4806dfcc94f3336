"""A second opinion: an isolation forest (Liu, Ting and Zhou 2008) on the features of earlier windows.

The training windows are the state, a small plain array; trees are grown from it with a fixed seed when an
episode opens, which is rare, and are never stored: nothing to pickle, nothing to read for each batch.
"""

from __future__ import annotations

from mlops.detectors.window import Floats

NAME = "isolation forest"
TREES = 50
LEAST_WINDOWS = 64
SEED = 7


def odder_than(earlier: Floats, window: Floats) -> float | None:
    """Return the share of earlier windows (n, 6) that are less isolated than this one (6,).

    None while there are fewer than 64 earlier windows.
    """
    if len(earlier) < LEAST_WINDOWS:
        return None
    from sklearn.ensemble import IsolationForest  # heavy: only a worker that needs an opinion pays for it

    forest = IsolationForest(n_estimators=TREES, random_state=SEED).fit(earlier)
    return float((forest.score_samples(earlier) > forest.score_samples(window[None, :])[0]).mean())
