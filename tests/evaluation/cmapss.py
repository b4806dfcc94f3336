"""Scores what `manage.py evaluate cmapss` wrote: `python -m tests.evaluation.cmapss DATA OUT`.

RMSE on the true lives as they are, and on both capped at 125; NASA's score; coverage and width of the 90 %
interval, by true life. ± is the deviation of a bootstrap over the units.
"""

from __future__ import annotations

import csv
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from reports.evaluation.folders import find

CAP = 125
DRAWS = 1000
LIVES = (0, 30, 60, 100, 150, np.inf)


def answers(path: Path) -> np.ndarray:
    """Return rul, low, high of each unit (units, 3)."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[name]) for name in ("rul", "rul_low", "rul_high")] for row in rows])


def truths(data: Path, name: str, count: int) -> np.ndarray:
    """Return the first so many true lives: the test part of a partial set is its beginning."""
    return np.loadtxt(find(data, f"RUL_{name}.txt"), ndmin=1)[:count]


def rmse(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def nasa(errors: np.ndarray) -> float:
    """Late answers cost more (A. Saxena et al., PHM 2008)."""
    return float(np.sum(np.where(errors < 0, np.exp(-errors / 13), np.exp(errors / 10)) - 1))


def figures(found: np.ndarray, true: np.ndarray) -> dict[str, float]:
    errors = found[:, 0] - true
    capped = np.minimum(found[:, 0], CAP) - np.minimum(true, CAP)
    covered = (found[:, 1] <= true) & (true <= found[:, 2])
    return {
        "RMSE": rmse(errors),
        "capped 125": rmse(capped),
        "NASA score": nasa(capped),
        "bias": float(errors.mean()),
        "coverage": float(covered.mean()),
        "width": float((found[:, 2] - found[:, 1]).mean()),
    }


def bootstrap(found: np.ndarray, true: np.ndarray) -> dict[str, float]:
    draw = np.random.default_rng(0)
    picks = [draw.integers(0, len(true), len(true)) for _ in range(DRAWS)]
    rows = [figures(found[pick], true[pick]) for pick in picks]
    return {name: float(np.std([row[name] for row in rows])) for name in rows[0]}


def report(name: str, found: np.ndarray, true: np.ndarray) -> None:
    spread = bootstrap(found, true)
    parts = [f"{what} {value:.3g} ± {spread[what]:.2g}" for what, value in figures(found, true).items()]
    print(f"{name} ({len(true)} units): {', '.join(parts)}")
    for low, high in pairwise(LIVES):
        part = (true >= low) & (true < high)
        if part.any():
            own = figures(found[part], true[part])
            print(
                f"  life {low:g} to {high:g}: {part.sum()} units, RMSE {own['RMSE']:.1f},"
                f" coverage {own['coverage']:.2f}, width {own['width']:.0f}"
            )


def main(data: Path, out: Path) -> None:
    for path in sorted(out.glob("FD*.csv")):
        found = answers(path)
        report(path.stem, found, truths(data, path.stem, len(found)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
