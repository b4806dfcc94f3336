"""From a raw measure to a surprise: -log10 of how often normal behaviour looks this odd.

Each measure r keeps a histogram of log2(r) in quarter octaves with a memory of 10,000 rows. Within the
histogram the surprise is empirical; beyond its top 2 % the tail is exponential in octaves (Hill 1975),
with a prior of one octave worth five counts.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import Floats, Ints, Mask

BINS = 96
MEMORY = 10_000
TOP = 0.02
PRIOR_COUNTS = 5.0
PRIOR_OCTAVES = 1.0


def positions(measures: Floats) -> Floats:
    """Return where measures fall on the quarter-octave scale, 0 <= y < 96."""
    return np.clip((np.log2(measures + 1e-3) + 10.0) * 4.0, 0.0, BINS - 1e-3)


def surprise(counts: Floats, y: Floats) -> Floats:
    """Return -log10 P(more) for positions y (any shape) under histograms `counts` (shape + (96,))."""
    tail = np.cumsum(counts[..., ::-1], axis=-1, dtype="f8")[..., ::-1]
    total = tail[..., 0]
    at = y.astype("i8")
    here = np.take_along_axis(tail, at[..., None], -1)[..., 0]
    mass = np.take_along_axis(counts, at[..., None], -1)[..., 0]
    beyond = here - (y - at) * mass
    scores = -np.log10((beyond + 1.0) / (total + 1.0))
    edge = (tail > (TOP * total + 1.0)[..., None]).sum(axis=-1)
    far = (y > edge) & (total > 0)
    if far.any():
        scores[far] = _tail(tail[far], total[far], edge[far], y[far])
    return scores


def _tail(tail: Floats, total: Floats, edge: Ints, y: Floats) -> Floats:
    mass = np.take_along_axis(tail, edge[:, None], -1)[:, 0]
    above = np.where(np.arange(BINS) > edge[:, None], tail, 0.0).sum(axis=-1)
    excess = (above + 0.5 * mass) / 4.0
    octaves = (excess + PRIOR_COUNTS * PRIOR_OCTAVES) / (mass + PRIOR_COUNTS)
    return -np.log10((mass + 1.0) / (total + 1.0)) + (y - edge) / 4.0 / octaves * np.log10(np.e)


def learn(counts: Floats, y: Floats, where: Mask) -> None:
    """Add positions y (S, V) to the histograms (S, V, 96) of the sensors in `where`, forgetting slowly."""
    counts *= np.where(where, 1.0 - 1.0 / MEMORY, 1.0).astype("f4")[:, None, None]
    sensor, view = np.ix_(*(np.arange(size) for size in y.shape))
    counts[sensor, view, y.astype("i8")] += where[:, None]
