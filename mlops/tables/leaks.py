"""Does a single input tell the target? Then it is often known only afterwards, such as a kind of failure."""

from __future__ import annotations

import numpy as np

from mlops.predictors.classification import Table
from mlops.predictors.pairs import Bools, Column, code_texts

ALMOST = 0.98  # average precision of one input alone
FEWEST = 5  # rows in a leaf: fewer tell of chance


def leaks_of(table: Table) -> list[str]:
    """Return a warning for each input that alone, cut at no more than three places, tells who failed."""
    if table.failed.all() or not table.failed.any():
        return []
    precisions = {name: _precision(column, table.failed) for name, column in table.columns.items()}
    return [
        f"{name!r} alone tells the target almost perfectly (average precision {precision:.3f}). Is it known "
        "before the failure? If not, leave it out."
        for name, precision in precisions.items()
        if precision >= ALMOST
    ]


def _precision(column: Column, failed: Bools) -> float:
    from sklearn.metrics import average_precision_score
    from sklearn.tree import DecisionTreeClassifier

    if column.dtype.kind not in "biuf":
        codes = code_texts(column, failed)
        column = np.array([codes[text] for text in column.tolist()])
    values = np.searchsorted(np.unique(column), column).reshape(-1, 1)  # ranks: trees compare in 32 bits
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=FEWEST, random_state=0).fit(values, failed)
    return float(average_precision_score(failed, tree.predict_proba(values)[:, 1]))
