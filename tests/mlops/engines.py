"""A simulated fleet with known physics: each engine wears exponentially to one and the same failure level.

Its sensors read the wear through loads that are fixed, with noise; one kind of engine fails by another wear,
seen by other sensors. One sensor only jitters, one never moves.
"""

from __future__ import annotations

import numpy as np

from mlops.predictors.life.fleets import Fleet, Unit

SENSORS = ("temperature", "pressure", "flow", "vibration", "noise", "stuck")
LOADS = np.array([[1.0, -0.8, 0.3, 0.0, 0.0, 0.0], [0.0, 0.2, -0.6, 1.0, 0.0, 0.0]])
LEVELS = np.array([400.0, 30.0, 8.0, 2.0, 5.0, 1.0])
UNITS = np.array([10.0, 2.0, 0.5, 0.3, 1.0, 0.0])
SPEEDS = (50.0, 80.0)  # the two conditions of operation
FAILURE = 8.0  # wear at which it fails, in units of the sensors' noise


def life(seed: int, *, kind: int = 0, conditions: bool = False) -> Unit:
    """Return one engine from its beginning to its failure."""
    rng = np.random.default_rng(seed)
    length = int(rng.integers(90, 170))
    pace = rng.uniform(3.0, 5.0)
    rows = np.arange(1, length + 1)
    wear = np.zeros((length, 2))
    wear[:, kind] = FAILURE * np.expm1(pace * rows / length) / np.expm1(pace)
    sensors = wear @ LOADS + rng.normal(0, 1, (length, len(SENSORS))) + rng.normal(0, 0.2, len(SENSORS))
    speed = rng.choice(SPEEDS, length) if conditions else np.full(length, SPEEDS[0])
    shift = np.where(speed == SPEEDS[1], 12.0, 0.0)[:, None] * (UNITS > 0)
    readings = LEVELS + UNITS * (sensors + shift)
    return Unit(str(seed), rows.astype(float), readings, speed[:, None])


def fleet(count: int = 40, *, kinds: int = 1, conditions: bool = False, first: int = 0) -> Fleet:
    lives = (life(seed, kind=seed % kinds, conditions=conditions) for seed in range(first, first + count))
    return Fleet(SENSORS, ("speed",), tuple(lives))
