"""In which condition a machine is run, and what its sensors read there when nothing else is known.

Conditions are clusters of the settings (k-means, S. Lloyd 1982), so many as the sensors can tell apart: one
more is taken only where it explains a tenth of what varies within the others. Settings that only jitter
explain nothing and give one condition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops.predictors.life.fleets import Fleet, Floats, Ints, Mask

MOST_CONDITIONS = 10
WORTH = 0.9  # of the spread within conditions: a further condition must leave less
SAMPLE = 5000  # rows to find clusters in
NOTABLE = 0.01  # of a setting's level: what was never changed is another condition when it moves by more
STILL = 1e-9  # of a sensor's level: what moves less does not move


@dataclass(frozen=True)
class Conditions:
    """K conditions: `centres` (K, C) of the settings in units of their `spread` around `middle` (C,); the
    sensors' `levels` and `spreads` (K, S) there; `used` (S,) marks the sensors that move in each.
    `reach` is the distance of the training's farthest row from its condition."""

    middle: Floats
    spread: Floats
    centres: Floats
    levels: Floats
    spreads: Floats
    used: Mask
    reach: float

    def of(self, settings: Floats) -> Ints:
        """Return the condition of each row (T,)."""
        return np.argmin(self._distances(settings), axis=1)

    def distance(self, settings: Floats) -> Floats:
        """Return how far each row (T,) is from all conditions."""
        return np.asarray(self._distances(settings).min(axis=1))

    def standardised(self, readings: Floats, conditions: Ints) -> Floats:
        """Return the readings (T, used) in units of their spread in each row's condition.

        What is missing is as it was last; before the first reading it is usual.
        """
        usual = (readings - self.levels[conditions])[:, self.used]
        return _carried_on(usual / self.spreads[conditions][:, self.used])

    def _distances(self, settings: Floats) -> Floats:
        scaled = np.nan_to_num((settings - self.middle) / self.spread)
        return np.asarray(np.sqrt(np.sum((scaled[:, None] - self.centres) ** 2, axis=2)))


def find_conditions(fleet: Fleet, *, seed: int) -> Conditions:
    """Tell the conditions of operation in which the fleet was run."""
    readings = np.vstack([unit.readings for unit in fleet.units])
    settings = np.vstack([unit.settings for unit in fleet.units])
    middle, spread = np.nanmean(settings, axis=0), np.nanstd(settings, axis=0)
    size = np.maximum(1.0, np.abs(middle))
    spread = np.where(spread > STILL * size, spread, NOTABLE * size)
    scaled = np.nan_to_num((settings - middle) / spread)
    centres = _centres(scaled, readings, seed) if fleet.settings else np.zeros((1, 0))
    distances = np.sqrt(np.sum((scaled[:, None] - centres) ** 2, axis=2))
    labels = np.argmin(distances, axis=1)
    groups = [readings[labels == label] for label in range(len(centres))]
    levels = np.array([np.nanmean(group, axis=0) for group in groups])
    spreads = np.array([np.nanstd(group, axis=0) for group in groups])
    used = np.all(spreads > STILL * np.maximum(1.0, np.abs(levels)), axis=0)
    reach = float(distances.min(axis=1).max())
    return Conditions(middle, spread, centres, levels, np.where(used, spreads, 1.0), used, reach)


def _centres(scaled: Floats, readings: Floats, seed: int) -> Floats:
    from sklearn.cluster import KMeans

    kept = np.random.default_rng(seed).permutation(len(scaled))[:SAMPLE]
    rows, seen = scaled[kept], readings[kept]
    moving = np.nanstd(seen, axis=0) > STILL * np.maximum(1.0, np.abs(np.nanmean(seen, axis=0)))
    total = np.nanvar(seen[:, moving], axis=0)
    best, left = np.zeros((1, scaled.shape[1])), 1.0
    for count in range(2, min(MOST_CONDITIONS, len(np.unique(rows, axis=0))) + 1):
        found = KMeans(count, n_init=3, random_state=seed).fit(rows)
        within = [np.nanvar(seen[found.labels_ == one][:, moving], axis=0) for one in range(count)]
        share = float(np.mean(np.bincount(found.labels_) / len(rows) @ np.array(within) / total))
        if share < WORTH * left:
            best, left = found.cluster_centers_, share
    return np.asarray(best, float)


def _carried_on(values: Floats) -> Floats:
    rows = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    last = np.maximum.accumulate(rows, axis=0)
    found = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.where(last < 0, 0.0, found)
