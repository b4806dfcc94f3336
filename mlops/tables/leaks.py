"""Does one input tell the target, or define it? Then it is often known only afterwards."""

from __future__ import annotations

import numpy as np

from mlops.predictors.classification import Table
from mlops.predictors.pairs import Bools, Column, code_texts

ALMOST = 0.98  # average precision of one input alone
FEWEST = 5  # rows in a leaf: fewer tell of chance
MOST_KINDS = 10  # of an input that may be made of kinds of failures
CHANCE = 1e-6  # that all rows of a kind fail by themselves


def leaks_of(table: Table) -> dict[str, str]:
    """Return a warning for each input that alone, cut at no more than three places, tells who failed, and for
    each of few kinds, one of which nobody survived."""
    if table.failed.all() or not table.failed.any():
        return {}
    warnings = {name: _warning(name, column, table.failed) for name, column in table.columns.items()}
    return {name: warning for name, warning in warnings.items() if warning}


def _warning(name: str, column: Column, failed: Bools) -> str:
    precision = _precision(column, failed)
    if precision >= ALMOST:
        return (
            f"{name!r} alone tells the target almost perfectly (average precision {precision:.3f}). "
            "Is it known before the failure? If not, leave it out."
        )
    return _defining(name, column, failed)


def _defining(name: str, column: Column, failed: Bools) -> str:
    """Say where all rows of one kind failed, and so many that chance does not make it."""
    kinds, place = np.unique(column, return_inverse=True)
    if len(kinds) > MOST_KINDS:
        return ""
    rows, fell = np.bincount(place), np.bincount(place, weights=failed)
    sure = (rows == fell) & (rows >= FEWEST) & (failed.mean() ** rows < CHANCE)
    if not sure.any():
        return ""
    number = int(np.argmax(sure))
    kind = f"{kinds[number]:g}" if column.dtype.kind == "f" else kinds[number]
    return (
        f"All {rows[number]} rows in which {name!r} is {kind} failed. Is it a kind of failure, known only "
        "afterwards? Then leave it out."
    )


def _precision(column: Column, failed: Bools) -> float:
    """Return the average precision of the input alone, cut where impurity (Gini) falls most, twice."""
    if column.dtype.kind not in "biuf":
        codes = code_texts(column, failed)
        column = np.array([codes[text] for text in column.tolist()])
    leaves = [leaf for side in _cut(column, failed) for leaf in _cut(*side)]
    shares = np.array([fell.mean() for _, fell in leaves])
    levels, place = np.unique(-shares, return_inverse=True)
    rows = np.bincount(place, weights=[len(fell) for _, fell in leaves], minlength=len(levels))
    falls = np.bincount(place, weights=[fell.sum() for _, fell in leaves], minlength=len(levels))
    return float(np.sum(np.cumsum(falls) / np.cumsum(rows) * falls) / falls.sum())


def _cut(values: Column, failed: Bools) -> list[tuple[Column, Bools]]:
    """Part the rows in two where that tells most; not at all where it tells nothing or a side had too few."""
    order = np.argsort(values, kind="stable")
    values, failed = values[order], failed[order]
    rows, falls = np.arange(1, len(values)), np.cumsum(failed)
    left = falls[:-1] * (1 - falls[:-1] / rows)
    right = (falls[-1] - falls[:-1]) * (1 - (falls[-1] - falls[:-1]) / (len(values) - rows))
    fits = (values[1:] != values[:-1]) & (rows >= FEWEST) & (len(values) - rows >= FEWEST)
    impurity = np.where(fits, left + right, np.inf)
    if not fits.any() or impurity.min() >= falls[-1] * (1 - falls[-1] / len(values)):
        return [(values, failed)]
    best = int(np.argmin(impurity)) + 1
    return [(values[:best], failed[:best]), (values[best:], failed[best:])]
