"""Which rows of a table fail: pairs of inputs found by the data, a forest and boosting on their ranks.

All differences and products of the numeric inputs go into a screening forest on the training rows; the most
important few join the inputs. The probability is the mean of a random forest (L. Breiman, Machine Learning
45, 2001) and of three histogram gradient boostings (J. H. Friedman, Annals of Statistics 29, 2001) that each
look at a part of the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mlops.predictors import explaining, pairs, trees
from mlops.predictors.answers import OUTSIDE_EXPERIENCE, Answer, NotEnoughData, refuse
from mlops.predictors.pairs import Bools, Column, Floats, Pair
from mlops.predictors.trees import Trees

NAME = "pair-forest"
VERSION = "1"
PURPOSE = "classification"
UNIT = "probability"

FEWEST_ROWS = 200
FEWEST_OF_EACH = 10  # rows that failed, and rows that did not
CHOSEN = 4  # pairs
BOOSTINGS = 3
MOST_BEYOND = 0.5  # of the training range, on either side


@dataclass(frozen=True)
class Table:
    """Rows to learn from: each input by name, numbers or texts (rows,), and which rows failed."""

    columns: Mapping[str, Column]
    failed: Bools


@dataclass(frozen=True)
class PairForest:
    inputs: tuple[str, ...]
    codes: dict[str, dict[str, int]]
    bounds: Floats  # (inputs, 2): lowest and highest of the training rows
    chosen: tuple[Pair, ...]
    known: tuple[Floats, ...]  # of each column the sorted values of the training rows
    usual: Floats
    members: tuple[Trees, ...]  # the forest, then the boostings

    def predict(self, columns: Mapping[str, Column]) -> Floats:
        """Return the probability of failure of each row.

        Raises:
            KeyError: an input is missing, or a text was never seen.
        """
        return self._probability(pairs.encode({name: columns[name] for name in self.inputs}, self.codes))

    def answer(self, features: Mapping[str, Any], *, explain: bool = False) -> Answer:
        """Answer for one row, all inputs given; a refusal where it is far outside of the training rows."""
        strange = self._strange(features)
        if strange:
            return refuse(UNIT, OUTSIDE_EXPERIENCE, strange)
        row = pairs.encode({name: np.array([features[name]]) for name in self.inputs}, self.codes)
        owed = explaining.shares(self._probability, row[0], self.usual) if explain else None
        given = [features[name] for name in self.inputs]
        because = () if owed is None else explaining.ordered(self.inputs, given, owed)
        return Answer(float(self._probability(row)[0]), UNIT, contributions=because)

    def _strange(self, features: Mapping[str, Any]) -> str:
        for name, (low, high) in zip(self.inputs, self.bounds, strict=True):
            value, room = features[name], MOST_BEYOND * (high - low)
            if name in self.codes:
                if value not in self.codes[name]:
                    return f"{name} was {', '.join(sorted(self.codes[name]))}, never {value!r}."
            elif not low - room <= value <= high + room:
                return f"{name} was {low:g} to {high:g}; {value:g} is far outside."
        return ""

    def _probability(self, values: Floats) -> Floats:
        ranks = pairs.to_ranks(pairs.with_pairs(values, list(self.chosen)), list(self.known))
        forest, *boostings = (member.probability(ranks) for member in self.members)
        return np.asarray((forest + np.mean(boostings, axis=0)) / 2)


def train(table: Table, *, seed: int = 0) -> PairForest:
    """Learn from the table.

    Raises:
        NotEnoughData: it has fewer than 200 rows, or 10 that failed, or 10 that did not.
    """
    _refuse_too_little(table.failed)
    texts = {name: column for name, column in table.columns.items() if not _is_number(column)}
    codes = {name: pairs.code_texts(column, table.failed) for name, column in texts.items()}
    values = pairs.encode(table.columns, codes)
    chosen = _choose(values, table.failed, seed)
    wide = pairs.with_pairs(values, chosen)
    known = [np.unique(column) for column in wide.T]
    return PairForest(
        inputs=tuple(table.columns),
        codes=codes,
        bounds=np.column_stack([values.min(axis=0), values.max(axis=0)]),
        chosen=tuple(chosen),
        known=tuple(known),
        usual=explaining.usual_rows(values, table.failed, seed),
        members=_fit(pairs.to_ranks(wide, known), table.failed, seed),
    )


def features_of(table: Table) -> list[dict[str, Any]]:
    """Say what a model of this table takes: name, kind and range of each input."""
    return [
        {"name": name, "kind": "number", "low": float(column.min()), "high": float(column.max())}
        if _is_number(column)
        else {"name": name, "kind": "text", "values": sorted({str(text) for text in column})}
        for name, column in table.columns.items()
    ]


def _is_number(column: Column) -> bool:
    return np.asarray(column).dtype.kind in "biuf"


def _refuse_too_little(failed: Bools) -> None:
    rows, failures = len(failed), int(failed.sum())
    for what, found, needed in (
        ("rows", rows, FEWEST_ROWS),
        ("rows that failed", failures, FEWEST_OF_EACH),
        ("rows that did not fail", rows - failures, FEWEST_OF_EACH),
    ):
        if found < needed:
            raise NotEnoughData(f"There are {found} {what}; {needed} are needed.")


def _choose(values: Floats, failed: Bools, seed: int) -> list[Pair]:
    """Return the pairs that matter most to a screening forest, which sees all of them beside the inputs."""
    paired = list(range(values.shape[1]))
    if len(paired) > pairs.MOST_PAIRED:
        alone = _importances(values, failed, seed)
        paired = sorted(np.argsort(-alone, kind="stable")[: pairs.MOST_PAIRED].tolist())
    possible = pairs.possible_pairs(values, paired)
    importances = _importances(pairs.with_pairs(values, possible), failed, seed)[values.shape[1] :]
    return [possible[place] for place in np.argsort(-importances, kind="stable")[:CHOSEN]]


def _importances(values: Floats, failed: Bools, seed: int) -> Floats:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(200, max_features=0.5, min_samples_leaf=2, random_state=seed)
    return np.asarray(forest.fit(values, failed).feature_importances_)


def _fit(ranks: Floats, failed: Bools, seed: int) -> tuple[Trees, ...]:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from threadpoolctl import threadpool_limits

    forest = RandomForestClassifier(300, max_features=0.7, random_state=seed)
    boostings = [
        HistGradientBoostingClassifier(
            max_iter=120,
            learning_rate=0.06,
            max_leaf_nodes=8,
            min_samples_leaf=6,
            l2_regularization=1.0,
            max_features=0.6,
            early_stopping=False,
            random_state=BOOSTINGS * seed + turn,
        )
        for turn in range(BOOSTINGS)
    ]
    with threadpool_limits(1):  # so few rows cost more to share out than to work on
        grown = [trees.of_boosting(boosting.fit(ranks, failed)) for boosting in boostings]
    return (trees.of_forest(forest.fit(ranks, failed)), *grown)


def to_parts(model: PairForest) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "inputs": list(model.inputs),
        "codes": model.codes,
        "chosen": [asdict(pair) for pair in model.chosen],
        "bounds": model.bounds,
        "usual": model.usual,
    }
    parts |= {f"known-{place}": column for place, column in enumerate(model.known)}
    for place, member in enumerate(model.members):
        parts |= trees.to_parts(f"member-{place}", member)
    return parts


def from_parts(parts: Mapping[str, Any]) -> PairForest:
    chosen = tuple(Pair(**pair) for pair in parts["chosen"])
    inputs = tuple(parts["inputs"])
    return PairForest(
        inputs=inputs,
        codes=parts["codes"],
        bounds=parts["bounds"],
        chosen=chosen,
        known=tuple(parts[f"known-{place}"] for place in range(len(inputs) + len(chosen))),
        usual=parts["usual"],
        members=tuple(trees.from_parts(f"member-{place}", parts) for place in range(1 + BOOSTINGS)),
    )
