"""Forecasts of recorded series, from one origin a day after the training part to the next."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from mlops.predictors.forecasting.history import Array, History, TooShort
from mlops.predictors.forecasting.rolling import Rolling, Step
from reports.evaluation.folders import BadFolder, open_text, recordings, target

DATE = "date"
TRAIN_SHARE = 0.8
EVERY = 24  # rows from origin to origin
DAY = 86_400.0
HEADER = ("series", "origin", "timestamp", "forecast", "low", "high")


@dataclass(frozen=True)
class Table:
    """A file's times as written, its numeric columns' names and their values (rows, columns)."""

    times: list[str]
    names: list[str]
    values: Array


def evaluate(data: Path, out: Path, options: dict[str, Any]) -> Iterator[str]:
    """Forecast every numeric column of every CSV below the folder; write a file for each."""
    horizon = int(options.get("horizon") or 96)
    files = [(path, Path(name).stem) for path, name in recordings(data)]
    twice = [stem for stem, count in Counter(stem for _, stem in files).items() if count > 1]
    if twice:
        raise BadFolder(f"Two files are called {twice[0]}: their forecasts would have the same name.")
    for path, stem in files:
        table = read(path)
        train_rows = int(options.get("train_rows") or TRAIN_SHARE * len(table.times))
        yield from _forecast(table, stem, out, train_rows, horizon)


def _forecast(table: Table, name: str, out: Path, train_rows: int, horizon: int) -> Iterator[str]:
    rows = len(table.times)
    if horizon < 1 or train_rows < 1 or train_rows + horizon > rows:
        raise BadFolder(f"{name}: {rows} rows cannot hold {train_rows} to learn from and {horizon} ahead.")
    season, seconds = _cadence(table.times, name)
    try:
        rolling = Rolling(History(table.values, horizon, season, seconds), train_rows)
        steps = list(rolling.steps(EVERY))
    except TooShort as error:
        raise BadFolder(f"{name}: not enough data, {error.have} rows of the {error.need} needed.") from error
    for number, column in enumerate(table.names):
        series = f"{name}_{column}".replace("/", "_")
        _write(target(out, f"{series}.csv"), series, table.times, steps, number)
        yield f"{series}: {len(steps)} origins, {_choice(rolling, number)}"


def _choice(rolling: Rolling, number: int) -> str:
    test = rolling.test
    words = ", ".join(f"{one.name} {test.beside_naive(one, number):.2f}" for one in test.tested())
    return f"{rolling.methods[number]} (back-test, squared error beside the naive one's: {words})"


def read(path: Path) -> Table:
    """Read a CSV: a column `date`, and those whose every value is a number or missing.

    Raises:
        BadFolder: there is no `date`, no numeric column, or no row.
    """
    with open_text(path) as file:
        header, *rows = [row for row in csv.reader(file) if row] or [[]]
    if DATE not in header or not rows:
        raise BadFolder(f"{path.name} must have a column {DATE}, and rows.")
    columns = {name: _numbers(rows, place) for place, name in enumerate(header) if name != DATE}
    numeric = {name: values for name, values in columns.items() if values is not None}
    if not numeric:
        raise BadFolder(f"{path.name} has no column of numbers.")
    place = header.index(DATE)
    return Table([row[place] for row in rows], list(numeric), np.column_stack(list(numeric.values())))


def _numbers(rows: list[list[str]], place: int) -> Array | None:
    """Return a column's values, a missing one as the one before it; None where it is not of numbers."""
    try:
        values = np.array([float(row[place]) if row[place].strip() else np.nan for row in rows])
    except (ValueError, IndexError):
        return None
    known = np.isfinite(values)
    if not known.any():
        return None
    newest = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return values[np.where(newest < 0, known.argmax(), newest)]


def _cadence(times: list[str], name: str) -> tuple[int, float]:
    """Return the rows in a day (1 where they do not fill one) and the seconds between two."""
    try:
        moments = [datetime.fromisoformat(text) for text in times]
    except ValueError as error:
        raise BadFolder(f"{name}: {error}") from error
    step = median((later - earlier).total_seconds() for earlier, later in pairwise(moments))
    if step <= 0:
        raise BadFolder(f"{name}: its dates do not rise.")
    rows, rest = divmod(DAY, step)
    return (int(rows) if rows > 1 and not rest else 1), step


def _write(path: Path, series: str, times: list[str], steps: list[Step], number: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for step in steps:
            bounds = (step.values[:, number], step.low[:, number], step.high[:, number])
            for ahead, row in enumerate(np.column_stack(bounds).tolist(), start=1):
                said = [f"{value:.6g}" for value in row]
                writer.writerow([series, times[step.origin], times[step.origin + ahead], *said])
