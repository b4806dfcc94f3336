"""Inputs of a table as trees like them: texts coded, differences and products of pairs, values as ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Column = np.ndarray[Any, Any]

FEW_VALUES = 10  # a number with no more of them is a setting: differences and products say nothing
PRIOR_ROWS = 100  # a text's share of failures is drawn towards the share of all with so much weight
MOST_PAIRED = 12  # inputs: pairs grow with their square


@dataclass(frozen=True)
class Pair:
    """Two inputs by place, and whether they are subtracted ("-") or multiplied ("*")."""

    first: int
    second: int
    sign: str

    def of(self, values: Floats) -> Floats:
        first, second = values[:, self.first], values[:, self.second]
        return first - second if self.sign == "-" else first * second


def code_texts(column: Column, labels: Bools) -> dict[str, int]:
    """Number the texts by their share of failures, so that one cut separates the worse from the better."""
    share = labels.mean()
    texts = sorted({str(text) for text in column})
    shares = {}
    for text in texts:
        here = labels[column == text]
        shares[text] = (here.sum() + PRIOR_ROWS * share) / (len(here) + PRIOR_ROWS)
    return {text: place for place, text in enumerate(sorted(texts, key=lambda text: (shares[text], text)))}


def encode(columns: Mapping[str, Column], codes: Mapping[str, Mapping[str, int]]) -> Floats:
    """Return the inputs as numbers (rows, inputs), texts by their codes.

    Raises:
        KeyError: a text has no code.
    """
    encoded = [
        np.array([codes[name][str(text)] for text in column], float)
        if name in codes
        else np.asarray(column, float)
        for name, column in columns.items()
    ]
    return np.column_stack(encoded)


def possible_pairs(values: Floats, paired: list[int]) -> list[Pair]:
    """Return differences and products of inputs that have more than a few values."""
    many = [place for place in paired if len(np.unique(values[:, place])) > FEW_VALUES]
    return [Pair(first, second, sign) for first, second in combinations(many, 2) for sign in "-*"]


def with_pairs(values: Floats, pairs: list[Pair]) -> Floats:
    return np.column_stack([values, *(pair.of(values) for pair in pairs)])


def to_ranks(values: Floats, known: list[Floats]) -> Floats:
    """Return each value's place among the known ones of its column (sorted), between two where it lies so.

    Trees of scikit-learn compare in 32 bits, which do not tell apart what lies close on both sides of a
    limit, such as the difference of two large temperatures; ranks keep the order of 64 bits.
    """
    ranks = [np.interp(values[:, at], column, np.arange(len(column))) for at, column in enumerate(known)]
    return np.column_stack(ranks)
