"""From a raw measure to a surprise: -log10 of how often normal behaviour looks this odd.

Each measure r keeps a histogram of log2(r) in quarter octaves with a memory of 10,000 rows. Within the
histogram the surprise is empirical; beyond its top 3 % the tail is exponential in octaves (Hill 1975),
with a prior of one octave worth 15 counts.

Rows while all was well and abnormal rows are counted apart. By the first a fault that comes again is as odd
as before; by both together a sensor of frequent bursts is told of less often.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import BLOCK, Block, Floats, Ints, Mask

BINS = 96
WELL, ABNORMAL = 0, 1
MEMORY = 10_000
TOP = 0.03
PRIOR_COUNTS = 15.0
PRIOR_OCTAVES = 1.0


def positions(measures: Floats) -> Floats:
    """Return where measures fall on the quarter-octave scale, 0 <= y < 96; -1 where there is none (NaN)."""
    y = np.clip((np.log2(measures + 1e-3) + 10.0) * 4.0, 0.0, BINS - 1e-3)
    return np.where(np.isnan(y), -1.0, y)


def surprise(counts: Floats, y: Floats) -> Floats:
    """Return -log10 P(more) for positions y (S, B, V) under the histograms (S, V, 96) of S sensors."""
    tail = np.cumsum(counts[..., ::-1], axis=-1, dtype="f8")[..., ::-1]
    total = tail[..., :1]
    edge = (tail > TOP * total + 1.0).sum(axis=-1, keepdims=True)
    y = np.swapaxes(y, 1, 2)
    at = np.maximum(y, 0.0).astype("i8")
    here = np.take_along_axis(tail, at, -1)
    beyond = here - (y - at) * np.take_along_axis(counts, at, -1)
    within = -np.log10((beyond + 1.0) / (total + 1.0))
    far = (y > edge) & (total > 0)
    scores = np.where(far, _tail(tail, total, edge, y), within) if far.any() else within
    return np.swapaxes(np.where(y < 0, 0.0, scores), 1, 2)


def _tail(tail: Floats, total: Floats, edge: Ints, y: Floats) -> Floats:
    mass = np.take_along_axis(tail, np.minimum(edge, BINS - 1), -1)
    above = np.where(np.arange(BINS) > edge, tail, 0.0).sum(axis=-1, keepdims=True)
    excess = (above + 0.5 * mass) / 4.0
    octaves = (excess + PRIOR_COUNTS * PRIOR_OCTAVES) / (mass + PRIOR_COUNTS)
    return -np.log10((mass + 1.0) / (total + 1.0)) + (y - edge) / 4.0 / octaves * np.log10(np.e)


def ever(counts: Floats, y: Floats, well: Floats) -> Floats:
    """Return the surprises by all rows under histograms (S, 2, V, 96); `well` are those by the good rows."""
    odd = np.flatnonzero(counts[:, ABNORMAL].any(axis=(1, 2)))
    if not len(odd):
        return well
    scores = well.copy()
    scores[odd] = surprise(counts[odd].sum(axis=1), y[odd])
    return scores


def learn(counts: Floats, bins: Ints, block: Block, where: Mask) -> None:
    """Add a block's bins (S, 16, V) to the histograms (S, 2, V, 96) of those in `where`; they fade."""
    rows = np.stack([block.normal, np.full_like(block.normal, BLOCK)], axis=1) * where[:, None]
    counts *= ((1.0 - 1.0 / MEMORY) ** rows)[..., None, None]
    new = (where[:, None, None] & (bins >= 0)).astype("f4")
    kind, views = np.where(block.where, WELL, ABNORMAL)[..., None], np.arange(bins.shape[2])
    np.add.at(counts, (block.row[..., None], kind, views, np.maximum(bins, 0)), new)
