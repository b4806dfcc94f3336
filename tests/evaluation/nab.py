"""NAB's score of written predictions: `python -m tests.evaluation.nab DATA OUT`.

DATA holds `data/` and `labels/combined_windows.json`, OUT what `manage.py evaluate nab` wrote. After Lavin
and Ahmad (2015): in each window the earliest detection counts, the more the earlier (scaled sigmoid); each
detected row outside costs by its distance from the window before; the first 15 % of a file (750 rows at most)
are not scored. 0 is a detector that says nothing, 100 a perfect one.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlops.detectors.window import Floats, Ints
from tests.anomalies.real_data import Window, labelled_windows, rows_of, seconds

MARK = 0.5
HALVES = 200
LEARNING, LEARNING_ROWS = 0.15, 750


@dataclass(frozen=True)
class Profile:
    """What a window found is worth, what a false row and a missed window cost."""

    name: str
    found: float
    false: float
    missed: float


PROFILES = (
    Profile("standard", 1.0, 0.11, 1.0),
    Profile("low false positives", 1.0, 0.22, 1.0),
    Profile("low false negatives", 1.0, 0.11, 2.0),
)


@dataclass(frozen=True)
class Recording:
    """The scored rows of a file: scores, worth of a detection (n,), and its window or -1 (n,)."""

    name: str
    scores: Floats
    worth: Floats
    window: Ints
    windows: int


def sigmoid(distance: Floats | float) -> Floats:
    """Return the worth of a detection: 1 long before a window's end, 0 at its end, -1 long after."""
    return np.asarray(2.0 / (1.0 + np.exp(5.0 * np.minimum(distance, 3.0))) - 1.0)


def recording(name: str, time: Floats, scores: Floats, windows: Sequence[Window]) -> Recording:
    worth, window = np.full(len(time), -1.0), np.full(len(time), -1)
    for number, (first, last) in enumerate(sorted(windows)):
        begin, end = int(np.searchsorted(time, first)), int(np.searchsorted(time, last, "right"))
        width = end - begin
        worth[begin:end] = sigmoid(-np.arange(width, 0, -1) / width) / sigmoid(-1.0)
        worth[end:] = sigmoid(np.arange(1, len(time) - end + 1) / max(width - 1, 1))
        window[begin:end] = number
    learning = int(min(LEARNING * len(time), LEARNING_ROWS))
    rows = slice(learning, None)
    scored = len(set(window[rows]) - {-1})
    return Recording(name, scores[rows], worth[rows], window[rows], scored)


def changes(one: Recording, profile: Profile) -> tuple[Floats, Floats]:
    """Return scores in falling order, and what the raw result gains when rows of that score are detected."""
    order = np.argsort(-one.scores, kind="stable")
    scores, worth, window = one.scores[order], one.worth[order], one.window[order]
    gains = np.where(window < 0, profile.false * worth, 0.0)
    for number in np.unique(window[window >= 0]):
        rows = np.flatnonzero(window == number)
        best = np.maximum.accumulate(profile.found * worth[rows])
        gains[rows] = np.diff(best, prepend=-profile.missed)
    return scores, gains


def results(recordings: Sequence[Recording], profile: Profile, mark: float) -> Floats:
    """Return each file's raw gain over a detector that says nothing, at one mark (files,)."""
    pairs = [changes(one, profile) for one in recordings]
    return np.array([gains[scores >= mark].sum() for scores, gains in pairs])


def normalised(gains: Floats, windows: Ints, profile: Profile) -> float:
    return float(100.0 * gains.sum() / (windows.sum() * (profile.found + profile.missed)))


def best(recordings: Sequence[Recording], profile: Profile) -> tuple[float, float]:
    """Return the best normalised score that a single mark gives, and that mark."""
    pairs = [changes(one, profile) for one in recordings]
    scores = np.concatenate([one for one, _ in pairs])
    gains = np.concatenate([one for _, one in pairs])
    order = np.argsort(-scores, kind="stable")
    total = np.cumsum(gains[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    at = int(np.argmax(np.where(last, total, -np.inf)))
    windows = np.array([one.windows for one in recordings])
    return normalised(total[at : at + 1], windows, profile), float(scores[order][at])


def halves(gains: Floats, windows: Ints, profile: Profile, splits: int = HALVES) -> tuple[float, float]:
    """Return mean and standard deviation of the score over random halves of the files."""
    draw = np.random.default_rng(0)
    picks = [draw.permutation(len(gains))[: len(gains) // 2] for _ in range(splits)]
    scores = [normalised(gains[pick], windows[pick], profile) for pick in picks]
    return float(np.mean(scores)), float(np.std(scores))


def announced(one: Recording, mark: float) -> tuple[int, int]:
    """Return how many windows were found, and how many rows outside were called."""
    called = one.scores >= mark
    return len(set(one.window[called]) - {-1}), int((called & (one.window < 0)).sum())


def read(data: Path, out: Path) -> list[Recording]:
    recordings = []
    for name, windows in sorted(labelled_windows(data).items()):
        if not (out / name).is_file():
            continue
        with (out / name).open(newline="") as file:
            rows = list(csv.DictReader(file))
        scores = np.array([float(row["anomaly_score"]) for row in rows])
        recordings.append(recording(name, _moments(data, name), scores, windows))
    return recordings


def _moments(data: Path, name: str) -> Floats:
    source = data / "data" / name
    rows = rows_of(source if source.is_file() else source.with_name(source.name + ".gz"))
    return np.array([seconds(row["timestamp"]) for row in rows])


def told(recordings: Sequence[Recording], mark: float) -> list[str]:
    windows = np.array([one.windows for one in recordings])
    lines = [f"| profile | at {mark:g} | random halves | best single mark |", "|---|---|---|---|"]
    for profile in PROFILES:
        gains = results(recordings, profile, mark)
        mean, spread = halves(gains, windows, profile)
        score, at = best(recordings, profile)
        whole = normalised(gains, windows, profile)
        lines.append(
            f"| {profile.name} | {whole:.1f} | {mean:.1f} ± {spread:.1f} | {score:.1f} at {at:.3f} |"
        )
    return lines


def by_file(recordings: Sequence[Recording], mark: float) -> list[str]:
    counts = [announced(one, mark) for one in recordings]
    lines = ["| file | windows found | rows called outside |", "|---|---|---|"]
    for one, (found, false) in zip(recordings, counts, strict=True):
        lines.append(f"| {one.name.removesuffix('.csv')} | {found} of {one.windows} | {false} |")
    found, false = np.sum(counts, axis=0)
    return [*lines, f"| all | {found} of {sum(one.windows for one in recordings)} | {false} |"]


if __name__ == "__main__":
    marks = [float(mark) for mark in sys.argv[3:]] or [MARK]
    scored = read(Path(sys.argv[1]), Path(sys.argv[2]))
    for mark in marks:
        print("\n".join([*told(scored, mark), "", *by_file(scored, mark), ""]))
