"""How well failures of AI4I are told, over random halves: `python -m tests.evaluation.ai4i DATA [HALVES]`.

DATA has one labelled table of UCI's columns. Each half trains once and is judged once on the other rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

from mlops.predictors import classification
from mlops.predictors.classification import Table
from reports.evaluation.ai4i import Sheet, read_sheet
from reports.evaluation.folders import recordings

HALVES = 10


def halves(failed: np.ndarray, seed: int) -> np.ndarray:
    """Return which rows train: half of those that failed, and half of the others."""
    drawn = np.random.default_rng(seed).permutation(len(failed))
    trains = np.zeros(len(failed), bool)
    for kind in (failed, ~failed):
        rows = drawn[kind[drawn]]
        trains[rows[: len(rows) // 2]] = True
    return trains


def folds(failed: np.ndarray, seed: int, count: int = 5) -> Iterator[np.ndarray]:
    """Yield the training rows of each of `count` folds."""
    place = np.empty(len(failed), int)
    drawn = np.random.default_rng(seed).permutation(len(failed))
    for kind in (failed, ~failed):
        rows = drawn[kind[drawn]]
        place[rows] = np.arange(len(rows)) % count
    for fold in range(count):
        yield place != fold


def judged(sheet: Sheet, trains: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Return PR-AUC and F1 at 0.5 on the rows that do not train."""
    table = Table({name: column[trains] for name, column in sheet.columns.items()}, sheet.failed[trains])
    model = classification.train(table, seed=seed)
    said = model.predict({name: column[~trains] for name, column in sheet.columns.items()})
    truth = sheet.failed[~trains]
    return average_precision_score(truth, said), f1_score(truth, said >= 0.5)


def show(name: str, found: list[tuple[float, float]]) -> None:
    (area, f1), (area_sd, f1_sd) = np.mean(found, axis=0), np.std(found, axis=0)
    print(f"{name}: PR-AUC {area:.3f} ± {area_sd:.3f}, F1 at 0.5 {f1:.3f} ± {f1_sd:.3f}", flush=True)


def main(data: Path, count: int = HALVES) -> None:
    (path, _), *_ = recordings(data)
    sheet = read_sheet(path)
    show(f"{count} random halves", [judged(sheet, halves(sheet.failed, seed)) for seed in range(count)])
    show("5 folds", [judged(sheet, trains) for trains in folds(sheet.failed, 0)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
