"""Error and coverage of written forecasts: `python -m tests.evaluation.forecast DATA OUT [TRAIN_ROWS]`.

DATA holds the recordings, OUT what `manage.py evaluate forecast` wrote. Errors are those of the series as
standardised by their training part (the rows up to the first origin, or TRAIN_ROWS). Beside the product's
stand the seasonal naive forecast and plain ridge from the same origins, fitted to the training part.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlops.predictors.forecasting import ridge, seasonal_naive
from mlops.predictors.forecasting.history import Array, History
from reports.evaluation.folders import recordings
from reports.evaluation.forecast import Table, read

DAY = 24
HALVES = 200


@dataclass(frozen=True)
class Said:
    """One series' forecasts (origins, horizon) with low and high, and the rows of its origins."""

    origins: list[int]
    values: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Score:
    """Squared and absolute errors (origins,), shares inside and widths of the intervals, standardised."""

    squared: Array
    absolute: Array
    inside: Array
    width: Array


def load(path: Path, times: list[str]) -> Said:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    place = {time: row for row, time in enumerate(times)}
    origins = list(dict.fromkeys(place[row["origin"]] for row in rows))
    steps = [place[row["timestamp"]] - place[row["origin"]] for row in rows]
    assert steps == list(range(1, steps[-1] + 1)) * len(origins), "every step of each origin, in order"
    columns = (np.array([float(row[name]) for row in rows]) for name in ("forecast", "low", "high"))
    return Said(origins, *(column.reshape(len(origins), -1) for column in columns))


def ahead(values: Array, origins: list[int], horizon: int) -> Array:
    return np.stack([values[origin + 1 : origin + 1 + horizon] for origin in origins])


def score(said: Said, truth: Array, scale: float) -> Score:
    off = (said.values - truth) / scale
    inside = (truth >= said.low) & (truth <= said.high)
    width = (said.high - said.low) / scale
    return Score((off**2).mean(1), np.abs(off).mean(1), inside.mean(1), width.mean(1))


def rivals(table: Table, said: Said, train_rows: int) -> dict[str, Array]:
    """Return the squared errors (origins, series), standardised, of what any forecast must beat."""
    horizon, scale = said.values.shape[1], table.values[:train_rows].std(0)
    known = History(table.values[:train_rows], horizon, DAY)
    truth = np.stack([ahead(column, said.origins, horizon) for column in table.values.T], -1)
    errors = {}
    for module in (seasonal_naive, ridge):
        model = module.train(known)
        values = np.stack([model.predict(table.values[: origin + 1]) for origin in said.origins])
        errors[module.NAME] = (((values - truth) / scale) ** 2).mean(1)
    return errors


def report(stem: str, table: Table, out: Path, train_rows: int | None) -> Iterator[str]:
    said = {name: load(out / f"{stem}_{name}.csv", table.times) for name in table.names}
    first = next(iter(said.values()))
    rows = train_rows or first.origins[0] + 1
    others = rivals(table, first, rows)
    scores = []
    for number, name in enumerate(table.names):
        values = table.values[:, number]
        one = said[name]
        scores.append(score(one, ahead(values, one.origins, one.values.shape[1]), float(values[:rows].std())))
        beside = "  ".join(f"{rival} {errors[:, number].mean():.3f}" for rival, errors in others.items())
        yield f"{stem} {name:12} {_figures(scores[-1])}  {beside}"
    whole = Score(*(np.mean([getattr(one, key) for one in scores], axis=0) for key in Score.__annotations__))
    beside = "  ".join(f"{rival} {errors.mean():.3f}" for rival, errors in others.items())
    yield f"{stem} {'all':12} {_figures(whole)}  {beside}"
    yield f"{stem} over random halves of the origins: {_halves(whole.squared, others[ridge.NAME].mean(1))}"


def _figures(one: Score) -> str:
    return (
        f"MSE {one.squared.mean():.4f} MAE {one.absolute.mean():.4f}"
        f" coverage {one.inside.mean():.3f} width {one.width.mean():.2f}"
    )


def _halves(own: Array, other: Array) -> str:
    """Say in how many random halves the product errs less than plain ridge, and its error there."""
    random = np.random.default_rng(0)
    picks = [random.permutation(len(own))[: len(own) // 2] for _ in range(HALVES)]
    better = sum(own[pick].mean() < other[pick].mean() for pick in picks)
    means = [own[pick].mean() for pick in picks]
    return f"MSE {np.mean(means):.4f} +- {np.std(means):.4f}, below ridge in {better} of {HALVES}"


def main() -> None:
    data, out, *rest = sys.argv[1:]
    train_rows = int(rest[0]) if rest else None
    for path, name in recordings(Path(data)):
        for line in report(Path(name).stem, read(path), Path(out), train_rows):
            print(line)


if __name__ == "__main__":
    main()
