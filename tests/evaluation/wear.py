"""Does the trend answer, and does its 90 % interval hold? `python -m tests.evaluation.wear [DATA]`.

Simulated wear with the truth known; what has no trend (noise, walks, days), where an answer is a false one;
and back-tests on ten bearings that ran to failure. There the level is the vibration's effective value (the
mean absolute one for IMS, all that is given), the limits are multiples of its level over rows 6 to 66, at
each cut only what came before is seen, and the truth is when the median of nine snapshots meets the limit.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from maintenance.prediction import Limits, time_to_limit
from maintenance.trend import Window

SIZES, POINTS = (20_000, 8_000, 3_200, 1_280, 512, 200, 80), 80  # as in maintenance.history
CUTS = np.append(np.arange(0.3, 0.95, 0.1), 0.95)  # of the time until the limit
TIMES = (1.25, 1.5, 1.75, 2.0, 2.5, 3.0)  # the first level: the limits
FIRST = slice(6, 66)  # rows
MET = 9  # rows whose median meets the limit
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
    """Return when the median of nine rows first reaches the limit, after the rows that set it."""
    middle = np.median(np.lib.stride_tricks.sliding_window_view(values, MET), axis=1)
    met = np.flatnonzero(middle >= limit) + MET - 1
    return float(hours[met[0]]) if len(met) and met[0] >= FIRST.stop else None


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


def without_trend(shape: str, seed: int) -> np.ndarray:
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    shocks, more = rng.normal(size=2 * ROWS), rng.normal(size=ROWS)
    shapes = {
        "noise": more,
        "noise, memory 0.99": lfilter([1.0], [1.0, -0.99], shocks)[ROWS:],
        "random walk": np.cumsum(more),
        "random walk in noise": np.cumsum(more) + 5 * shocks[ROWS:],
        "days": 2 * np.sin(2 * np.pi * (np.arange(ROWS) / 144 + rng.uniform())) + more,
    }
    return np.asarray(shapes[shape])


def doubted(draws: int) -> None:
    """Ask about what has no trend: the limit is as far above as all it did before, or 6 deviations."""
    for shape in ("noise", "noise, memory 0.99", "random walk", "random walk in noise", "days"):
        false = 0
        for seed in range(draws):
            values = without_trend(shape, seed)
            limit = max(values[-1] + np.ptp(values), values.mean() + 6 * values.std())
            seen = windows(np.arange(ROWS) / 6, values)
            false += time_to_limit(seen, Limits(upper=float(limit))).outcome == "estimate"
        print(f"{shape}: {false} of {draws} are taken for a trend", flush=True)


def bearings(data: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    with gzip.open(data / "FEMTO_PRONOSTIA" / "learning.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    for bearing in sorted({row["bearing"] for row in rows}):
        own = [row for row in rows if row["bearing"] == bearing]
        level = np.array([np.hypot(float(row["h_rms"]), float(row["v_rms"])) for row in own])
        yield bearing, np.array([float(row["time_s"]) for row in own]) / 3600, level
    (path,) = (data / "IMS_bearings").glob("*.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for number in range(1, 5):
        level = np.array([float(row[f"Bearing {number}"]) for row in rows])
        yield f"IMS bearing {number}", np.arange(len(level)) / 6, level


def main(data: Path | None, draws: int = 5) -> None:
    simulate(draws)
    doubted(20 * draws)
    everything = []
    for name, hours, level in bearings(data) if data else []:
        limits = [times * float(np.median(level[FIRST])) for times in TIMES]
        met = [(limit, met_at(hours, level, limit)) for limit in limits]
        answers = [one for limit, true in met if true for one in asked(hours, level, limit, true)]
        told(name, answers)
        everything += answers
    if everything:
        told("all bearings", everything)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
