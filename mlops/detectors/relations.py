"""What a sensor is beside the course of the others: its residual from the regression on all of them.

From the covariance C of the first 400 rows and P = C^-1 the residual of sensor j is (P u)_j / P_jj. These
residuals are the conditional terms of Hotelling's T2 = u' P u (Mason, Tracy and Young 1995), so a sensor that
leaves the others' company is named at once. Only sensors that the others explain to four fifths have one:
elsewhere a residual is the sensor itself.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import BLOCK, Floats, Mask, States

ROWS = 400
SHRINK = 0.02
EXPLAINED = 0.8


def layout(sensors: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("rows", "i4"),
            ("mean", "f8", (sensors,)),
            ("products", "f8", (sensors, sensors)),
            ("weights", "f4", (sensors, sensors)),
            ("related", "?", (sensors,)),
        ]
    )


def add(state: States, z: Floats, there: Mask) -> tuple[Floats, Mask]:
    """Return the channels (S, B, 2n) of rows (S, B, n), and where they have something to say."""
    away = z - state["mean"][:, None]
    beside = np.einsum("sbi,sij->sbj", away, state["weights"], optimize=False)
    complete = (there | ~state["related"][:, None]).all(axis=-1, keepdims=True)
    told = complete & state["related"][:, None]
    return np.concatenate([z, np.where(told, beside, 0.0)], axis=-1), np.concatenate([there, told], axis=-1)


def learn(state: States, z: Floats, where: Mask) -> None:
    """Learn from a block's sensors (S, 16, n) for those in `where` until 400 rows are known."""
    some = where & (state["rows"] < ROWS)
    if not some.any():
        return
    known = state[some]
    rate = BLOCK / (known["rows"] + BLOCK)
    rows = z[some].astype("f8")
    known["mean"] += rate[:, None] * (rows.mean(axis=1) - known["mean"])
    squares = np.einsum("sbi,sbj->sij", rows, rows) / BLOCK
    known["products"] += rate[:, None, None] * (squares - known["products"])
    known["rows"] += BLOCK
    _relate(known, known["rows"] >= ROWS)
    state[some] = known


def _relate(known: States, ready: Mask) -> None:
    """Find the weights of those that have seen enough."""
    for one in np.flatnonzero(ready):
        mean = known["mean"][one]
        covariance = known["products"][one] - np.outer(mean, mean)
        spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        moving = spread > 1e-9 * (1.0 + np.abs(mean))
        unit = np.where(moving, spread, 1.0)
        likeness = np.where(np.outer(moving, moving), covariance / np.outer(unit, unit), 0.0)
        precision = np.linalg.inv((1 - SHRINK) * likeness + np.diag(np.where(moving, SHRINK, 1.0)))
        own = np.diag(precision)
        known["related"][one] = moving & (1.0 - 1.0 / own >= EXPLAINED)
        known["weights"][one] = precision / own / unit[:, None] * known["related"][one]
