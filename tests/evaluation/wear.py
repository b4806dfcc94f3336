"""Does the trend's 90 % interval hold where wear accelerates? `python -m tests.evaluation.wear [DATA]`.

Simulated wear with the truth known, and honest back-tests on bearings that ran to failure: the limit is
stated beforehand, at each cut only what came before is seen, and the truth is when the limit is met for good
(the median of three snapshots). Of the FEMTO bearings the limit is 20 g of peak, at which the bench stopped;
of the IMS bearing three times the level of its first day.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from maintenance.prediction import Limits, Window, time_to_limit

SIZES, POINTS = (20_000, 8_000, 3_200, 1_280, 512, 200, 80), 80  # as in maintenance.history
CUTS = np.arange(0.3, 1.0, 0.1)  # of the time until the limit
FEMTO_LIMIT = 20.0  # g
IMS_TIMES = 3.0
DAY_ROWS = 144
ROWS = 1200
LIMIT = 10.0
SHAPES = {
    "straight": lambda share: share,
    "square": lambda share: share**2,
    "cubic": lambda share: share**3,
    "exponential": lambda share: np.expm1(4 * share) / np.expm1(4),
    "late": lambda share: np.maximum(0.0, (share - 0.6) / 0.4) ** 2,
}
MEMORIES = (0.0, 0.8)

Answered = tuple[str, float, float]  # outcome, side of the truth, width


def windows(hours: np.ndarray, values: np.ndarray) -> list[Window]:
    """Return what `maintenance.history` would: views of the newest rows as medians of 80 bins each."""
    found = []
    for size in SIZES:
        if size < 2 * len(values) or size == SIZES[-1]:
            rows = slice(-min(size, len(values)), None)
            bins = np.array_split(np.arange(len(values))[rows], min(POINTS, len(values[rows])))
            view = [(hours[part].mean() - hours[-1], np.median(values[part])) for part in bins]
            found.append(Window(*np.array(view).T))
    return [
        one for number, one in enumerate(found) if not number or one.hours[0] != found[number - 1].hours[0]
    ]


def met_at(hours: np.ndarray, values: np.ndarray, limit: float) -> float | None:
    """Return when the median of three rows first reaches the limit."""
    middle = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    return float(hours[2:][np.argmax(middle >= limit)]) if (middle >= limit).any() else None


def asked(
    hours: np.ndarray, values: np.ndarray, limit: float, true: float
) -> Iterator[tuple[str, float, float]]:
    """Yield at each cut the outcome, where the truth lies (-1 before, 0 in, 1 after the interval), and how
    wide the interval is, in times of the truth."""
    for share in CUTS:
        now = hours[0] + share * (true - hours[0])
        seen = hours <= now
        forecast = time_to_limit(windows(hours[seen], values[seen]), Limits(upper=limit))
        left = true - hours[seen][-1]
        if forecast.outcome != "estimate":
            yield forecast.outcome, 0, np.nan
            continue
        high = np.inf if forecast.hours_high is None else forecast.hours_high
        side = -1 if left < forecast.hours_low else int(left > high)
        yield "estimate", side, (high - forecast.hours_low) / left


def told(name: str, answers: list[Answered]) -> None:
    outcomes = Counter(outcome for outcome, _, _ in answers)
    sides = np.array([side for outcome, side, _ in answers if outcome == "estimate"])
    widths = np.array([width for outcome, _, width in answers if outcome == "estimate"])
    held = "no estimate"
    if len(sides):
        early, late = np.mean(sides < 0), np.mean(sides > 0)
        held = (
            f"covers {1 - early - late:.2f} (sooner {early:.2f}, later {late:.2f}),"
            f" median width {np.median(widths):.2f} of the truth"
        )
    print(f"{name}: {len(sides)} of {len(answers)} estimates, {held}; {dict(outcomes)}", flush=True)


def simulated(shape: str, memory: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    shocks = rng.normal(0, 0.4 * np.sqrt(1 - memory**2), 2 * ROWS)
    noise = lfilter([1.0], [1.0, -memory], shocks)[ROWS:]
    share = np.arange(ROWS) / ROWS
    return np.arange(ROWS) / 6, 2 + (LIMIT - 2) * SHAPES[shape](share) + noise


def simulate(draws: int) -> None:
    for shape in SHAPES:
        for memory in MEMORIES:
            answers = [
                answer
                for seed in range(draws)
                for answer in asked(*simulated(shape, memory, seed), LIMIT, ROWS / 6)
            ]
            told(f"{shape}, memory {memory}", answers)


def femto(data: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray, float]]:
    with gzip.open(data / "FEMTO_PRONOSTIA" / "learning.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    for bearing in sorted({row["bearing"] for row in rows}):
        own = [row for row in rows if row["bearing"] == bearing]
        peak = np.array([max(float(row["h_peak"]), float(row["v_peak"])) for row in own])
        yield bearing, np.array([float(row["time_s"]) for row in own]) / 3600, peak, FEMTO_LIMIT


def ims(data: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray, float]]:
    (path,) = (data / "IMS_bearings").glob("*.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    level = np.array([float(row["Bearing 1"]) for row in rows])
    yield "IMS bearing 1", np.arange(len(level)) / 6, level, IMS_TIMES * float(np.median(level[:DAY_ROWS]))


def main(data: Path | None, draws: int = 5) -> None:
    simulate(draws)
    everything = []
    for name, hours, values, limit in [*femto(data), *ims(data)] if data else []:
        true = met_at(hours, values, limit)
        if true is None:
            print(f"{name}: {limit:.3g} is never met")
            continue
        answers = list(asked(hours, values, limit, true))
        told(name, answers)
        everything += answers
    if everything:
        told("all bearings", everything)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
