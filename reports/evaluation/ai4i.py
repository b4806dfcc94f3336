"""Which rows of AI4I 2020 fail: learnt from DIR/train.csv, said of DIR/test.csv as OUT/ai4i.csv.

Serial numbers are no inputs, and the failure modes never are: they define the label.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlops.predictors import classification
from mlops.predictors.answers import NotEnoughData
from mlops.predictors.classification import PairForest, Table
from mlops.predictors.pairs import Bools, Column
from reports.evaluation.folders import BadFolder, find, open_text, target

NUMBER = "UDI"
LABEL = "Machine failure"
MODES = ("TWF", "HDF", "PWF", "OSF", "RNF")
NO_INPUTS = {NUMBER, "Product ID", LABEL, *MODES}


@dataclass(frozen=True)
class Sheet:
    """A table as UCI wrote it: the rows' numbers, the inputs by name, the label where it has one."""

    numbers: list[str]
    columns: dict[str, Column]
    failed: Bools | None


def evaluate(data: Path, out: Path, options: dict[str, Any]) -> Iterator[str]:
    sheet, test = read_sheet(find(data, "train.csv")), read_sheet(find(data, "test.csv"))
    model = learn(sheet)
    yield f"Learnt from {len(sheet.numbers)} rows; pairs chosen: {', '.join(_words(model))}."
    try:
        probabilities = model.predict(test.columns)
    except KeyError as error:
        raise BadFolder(f"test.csv has something that train.csv has not, or lacks it: {error}.") from error
    _write(target(out, "ai4i.csv"), test.numbers, probabilities)
    yield f"Wrote {len(test.numbers)} probabilities; {int((probabilities >= 0.5).sum())} are 0.5 or more."


def learn(sheet: Sheet) -> PairForest:
    if sheet.failed is None:
        raise BadFolder(f"train.csv has no column {LABEL!r}.")
    try:
        return classification.train(Table(sheet.columns, sheet.failed))
    except NotEnoughData as error:
        raise BadFolder(f"train.csv: {error}") from error


def read_sheet(path: Path) -> Sheet:
    """Read a file of UCI's columns; texts stay texts.

    Raises:
        BadFolder: it has no rows, or no numbers of rows.
    """
    with open_text(path) as file:
        rows = list(csv.DictReader(file))
    if not rows or NUMBER not in rows[0]:
        raise BadFolder(f"{path} has no rows, or no column {NUMBER!r}.")
    columns = {name: _column([row[name] for row in rows]) for name in rows[0] if name not in NO_INPUTS}
    failed = np.array([row[LABEL] == "1" for row in rows]) if LABEL in rows[0] else None
    return Sheet([row[NUMBER] for row in rows], columns, failed)


def _column(texts: list[str]) -> Column:
    try:
        return np.array(texts, float)
    except ValueError:
        return np.array(texts)


def _words(model: PairForest) -> list[str]:
    return [f"{model.inputs[pair.first]} {pair.sign} {model.inputs[pair.second]}" for pair in model.chosen]


def _write(path: Path, numbers: list[str], probabilities: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["udi", "probability"])
        writer.writerows((number, f"{one:.6f}") for number, one in zip(numbers, probabilities, strict=True))
