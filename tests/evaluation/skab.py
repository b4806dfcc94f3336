"""Scores `manage.py evaluate skab` against the labels: `python -m tests.evaluation.skab DATA OUT`.

All rows after the first 400 of each file are pooled, as the benchmark does. "Always anomaly" has F1 0.70, so
read F1 together with FAR. DATA holds labelled files; one without labels is healthy throughout and counted by
itself.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reports.evaluation.folders import open_text, recordings
from reports.evaluation.skab import DELIMITER, HISTORY, judge, read_recording

SAME_ROWS = [{"other/2", "other/3", "other/4"}, {"other/10", "other/11"}]
HALVES = 200


@dataclass(frozen=True)
class Counts:
    """Rows: true and false alarms, missed and healthy ones."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    healthy: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.hit + other.hit,
            self.false + other.false,
            self.missed + other.missed,
            self.healthy + other.healthy,
        )

    @property
    def far(self) -> float:
        return self.false / max(self.false + self.healthy, 1)

    @property
    def mar(self) -> float:
        return self.missed / max(self.missed + self.hit, 1)

    @property
    def f1(self) -> float:
        return 2 * self.hit / max(2 * self.hit + self.false + self.missed, 1)

    @property
    def balanced(self) -> float:
        return 1 - (self.far + self.mar) / 2

    def __str__(self) -> str:
        figures = (self.f1, 100 * self.far, 100 * self.mar, self.balanced)
        return "F1 {:.3f} | FAR {:4.1f} % | MAR {:4.1f} % | balanced {:.3f}".format(*figures)


def labels(path: Path) -> np.ndarray | None:
    """Return the rows' labels; None where the file has none."""
    with open_text(path) as file:
        rows = list(csv.DictReader(file, delimiter=DELIMITER))
    return np.array([float(row["anomaly"]) > 0 for row in rows]) if "anomaly" in rows[0] else None


def answers(path: Path) -> np.ndarray:
    with path.open() as file:
        return np.array([row["anomaly"] == "1" for row in csv.DictReader(file)])


def count(abnormal: np.ndarray, faulty: np.ndarray) -> Counts:
    pairs = ((abnormal & faulty), (abnormal & ~faulty), (~abnormal & faulty), (~abnormal & ~faulty))
    return Counts(*(int(pair.sum()) for pair in pairs))


def pooled(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


def halves(by_file: dict[str, Counts]) -> np.ndarray:
    """Return (FAR, MAR, balanced) of random halves of the files; files with the same rows stay together."""
    groups = [group & set(by_file) for group in SAME_ROWS]
    groups += [{name} for name in by_file if not any(name in group for group in groups)]
    draw, rows = np.random.default_rng(0), []
    for _ in range(HALVES):
        half = draw.permutation(len(groups))[: len(groups) // 2]
        found = pooled(by_file[name] for at in half for name in groups[at])
        rows.append((found.far, found.mar, found.balanced))
    return np.array(rows)


def without(path: Path, sensor: str) -> np.ndarray:
    """Answer again with this sensor left out."""
    with open_text(path) as file:
        names = next(csv.reader(file, delimiter=DELIMITER))[1:]
    keep = [at for at, name in enumerate(names) if name not in (sensor, "anomaly", "changepoint")]
    return judge(read_recording(path)[1][:, keep])[0][HISTORY:]


def main(data: Path, out: Path) -> None:
    by_file, flowless, healthy = {}, {}, {}
    for path, name in recordings(data):
        faulty, abnormal = labels(path), answers(out / name)
        short = name.removesuffix(".csv")
        if faulty is None:
            healthy[short] = abnormal
            continue
        by_file[short] = count(abnormal, faulty[HISTORY:])
        flowless[short] = count(without(path, "Volume Flow RateRMS"), faulty[HISTORY:])
        print(f"| {short} | {by_file[short]} |")
    print(f"| all | {pooled(by_file.values())} |")
    far, mar, balanced = (f"{part.mean():.3f} ± {part.std():.3f}" for part in halves(by_file).T)
    print(f"Random halves: FAR {far}, MAR {mar}, balanced {balanced}")
    print(f"| without the flow sensor | {pooled(flowless.values())} |")
    for name, abnormal in healthy.items():
        begins = int((np.diff(abnormal.astype(int), prepend=0) > 0).sum())
        print(f"{name}: {100 * abnormal.mean():.1f} % of rows, {begins} alarms")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
