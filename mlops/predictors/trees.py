"""Grown trees as plain arrays: stored without pickle, read in a moment, asked with numpy alone.

They answer exactly what scikit-learn's forest or boosting answered, of which they were taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

LEAF = -1
AT_ONCE = 4_000_000  # rows times trees


@dataclass(frozen=True)
class Trees:
    """All nodes in a row: a leaf's `column` is -1; else values up to the limit go to `left`, others to
    `right`. `roots` (trees,) says where each tree begins. A forest answers the mean of its leaves; a boosting
    the logistic of their sum with `base`."""

    roots: Ints
    column: Ints
    limit: Floats
    left: Ints
    right: Ints
    leaf: Floats
    base: Floats  # (1,) for a boosting, empty for a forest

    def probability(self, values: Floats) -> Floats:
        """Return the probability of each row of values (rows, columns)."""
        if not self.base.size:
            values = values.astype(np.float32)  # as the trees were grown
        step = max(1, AT_ONCE // len(self.roots))
        parts = [self._leaves(values[at : at + step]) for at in range(0, len(values), step)]
        sums = np.concatenate(parts) if parts else np.zeros(0)
        if not self.base.size:
            return np.asarray(sums / len(self.roots))
        return np.asarray(1 / (1 + np.exp(-(sums + self.base[0]))))

    def _leaves(self, values: Any) -> Floats:
        """Return the sum of each row's leaves."""
        node = np.tile(self.roots, len(values))
        row = np.repeat(np.arange(len(values)), len(self.roots))
        way = np.flatnonzero(self.column[node] != LEAF)
        while len(way):
            here = node[way]
            low = values[row[way], self.column[here]] <= self.limit[here]
            node[way] = np.where(low, self.left[here], self.right[here])
            way = way[self.column[node[way]] != LEAF]
        return np.asarray(self.leaf[node].reshape(len(values), -1).sum(axis=1))


def of_forest(forest: Any) -> Trees:
    """Take the trees of a fitted forest classifier (random forest or extra trees) of two classes."""
    grown = [each.tree_ for each in forest.estimators_]
    shares = [tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1) for tree in grown]
    columns = [
        (np.where(tree.children_left < 0, LEAF, tree.feature), tree.threshold, tree.children_left,
         tree.children_right, share)
        for tree, share in zip(grown, shares, strict=True)
    ]  # fmt: skip
    return _joined(columns, np.zeros(0))


def of_boosting(boosting: Any) -> Trees:
    """Take the trees of a fitted histogram gradient boosting classifier of two classes, numbers only."""
    grown = [turn[0].nodes for turn in boosting._predictors]
    columns = [
        (np.where(nodes["is_leaf"], LEAF, nodes["feature_idx"]), nodes["num_threshold"], nodes["left"],
         nodes["right"], nodes["value"])
        for nodes in grown
    ]  # fmt: skip
    return _joined(columns, np.asarray(boosting._baseline_prediction, float).ravel())


def _joined(trees: list[tuple[Any, ...]], base: Floats) -> Trees:
    sizes = np.array([len(tree[0]) for tree in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    column, limit, left, right, leaf = (np.concatenate(part) for part in zip(*trees, strict=True))
    move = np.repeat(roots, sizes)
    inner = column != LEAF
    return Trees(
        roots=roots,
        column=column.astype(np.int64),
        limit=np.where(inner, limit, 0.0),
        left=np.where(inner, left.astype(np.int64) + move, 0),
        right=np.where(inner, right.astype(np.int64) + move, 0),
        leaf=leaf.astype(float),
        base=base,
    )


def to_parts(name: str, trees: Trees) -> dict[str, Any]:
    return {f"{name}.{field.name}": getattr(trees, field.name) for field in fields(Trees)}


def from_parts(name: str, parts: Mapping[str, Any]) -> Trees:
    return Trees(**{field.name: parts[f"{name}.{field.name}"] for field in fields(Trees)})
