"""The few quantities behind all sensors that move slowly from a beginning to a failure: the wear.

Directions: the generalised eigenvectors of what moves slowly against what jitters from row to row (minimum
noise fractions, P. Switzer and A. Green 1984; slow features, L. Wiskott and T. Sejnowski 2002); no failure
time is looked at, and two kinds of failure give further directions. Then each condition of operation gets its
own loadings, by regression on the smoothed wear, and each row an estimate by generalised least squares:
a condition in which the sensors tell little counts little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops.predictors.answers import NotEnoughData
from mlops.predictors.life.fleets import Floats, Ints
from mlops.predictors.life.paths import averaged, own_beginning, smoothed

SLOW = 0.5  # of one row's noise, as variance: what moves less than this over a life is no wear
MOST_DIRECTIONS = 4
ROUNDS = 3
RIDGE = 1e-6


@dataclass(frozen=True)
class Wear:
    """In each of K conditions: `bases` (K, S), `loads` (K, D, S) of the standardised sensors on the D
    directions; `gains` (K, D, S) lead back; `weights` (K, D): how much a row there tells; `jitter` (K, S)."""

    bases: Floats
    loads: Floats
    gains: Floats
    weights: Floats
    jitter: Floats

    def follow(self, sensors: Floats, conditions: Ints) -> tuple[Floats, Floats]:
        """Return the wear at each row (T, D) and its weight (T, D)."""
        rest = sensors - self.bases[conditions]
        return np.einsum("tds,ts->td", self.gains[conditions], rest), self.weights[conditions]

    def misfits(self, sensors: Floats, conditions: Ints) -> Floats:
        """Return what no wear explains at each row (T, S), in units of the sensor's jitter."""
        wear, _ = self.follow(sensors, conditions)
        told = self.bases[conditions] + np.einsum("td,tds->ts", wear, self.loads[conditions])
        return np.asarray((sensors - told) / self.jitter[conditions])


def find_wear(lives: Sequence[tuple[Floats, Ints]]) -> Wear:
    """Learn from the standardised sensors (T, S) and the conditions (T,) of each life.

    Raises:
        NotEnoughData: no direction moves slowly.
    """
    directions = _directions([sensors for sensors, _ in lives])
    paths = [(sensors @ directions, np.ones((len(sensors), directions.shape[1]))) for sensors, _ in lives]
    wear = _loaded(lives, paths)
    for _ in range(ROUNDS - 1):
        wear = _loaded(lives, [wear.follow(*life) for life in lives])
    return wear


def _directions(lives: Sequence[Floats]) -> Floats:
    """Return the slow directions (S, D), in units of one row's noise."""
    from scipy.linalg import eigh

    moved = [averaged(one, np.ones_like(one), 30) - own_beginning(one, np.ones_like(one)) for one in lives]
    noise = np.atleast_2d(np.cov(np.vstack([np.diff(one, axis=0) for one in lives]).T)) / 2
    noise += RIDGE * np.eye(len(noise))
    sizes, vectors = eigh(np.atleast_2d(np.cov(np.vstack(moved).T)), noise)
    count = min(int(np.sum(sizes > SLOW)), MOST_DIRECTIONS)
    if not count:
        raise NotEnoughData("No sensor moves slowly before the failures: there is no wear to be seen.")
    return np.asarray(vectors[:, ::-1][:, :count])


def _loaded(lives: Sequence[tuple[Floats, Ints]], paths: Sequence[tuple[Floats, Floats]]) -> Wear:
    """Regress each condition's sensors on the smoothed wear."""
    known = np.vstack([smoothed(*path) for path in paths])
    sensors = np.vstack([one for one, _ in lives])
    conditions = np.concatenate([one for _, one in lives])
    parts = [
        _regressed(sensors[conditions == one], known[conditions == one])
        for one in range(int(conditions.max()) + 1)
    ]
    bases, loads, gains, weights, jitter = (np.array(part) for part in zip(*parts, strict=True))
    return Wear(bases, loads, gains, weights / weights.mean(axis=0), jitter)


def _regressed(sensors: Floats, known: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    inputs = np.column_stack([np.ones(len(known)), known])
    found = np.linalg.lstsq(inputs, sensors, rcond=None)[0]
    rest = np.atleast_2d(np.cov((sensors - inputs @ found).T)) + RIDGE * np.eye(sensors.shape[1])
    loads = found[1:]
    tells = np.linalg.solve(rest, loads.T).T
    spread = np.linalg.pinv(tells @ loads.T)
    gains = np.asarray(spread @ tells)
    weights = np.asarray(1 / np.maximum(np.diag(spread), RIDGE))
    return np.asarray(found[0]), np.asarray(loads), gains, weights, np.asarray(np.sqrt(np.diag(rest)))
