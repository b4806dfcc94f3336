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
    from sklearn.metrics import average_precision_score
    from sklearn.tree import DecisionTreeClassifier

    if column.dtype.kind not in "biuf":
        codes = code_texts(column, failed)
        column = np.array([codes[text] for text in column.tolist()])
    values = np.searchsorted(np.unique(column), column).reshape(-1, 1)  # ranks: trees compare in 32 bits
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=FEWEST, random_state=0).fit(values, failed)
    return float(average_precision_score(failed, tree.predict_proba(values)[:, 1]))
