"""What each member of the detection adds on NAB: `python -m tests.evaluation.nab_members DATA` (minutes).

Each one is left out in turn. Scores are means over three thresholds (the product's, a tenth less, a tenth
more), as one threshold alone moves by a point or two by luck; differences are over 200 random halves. With
`calm` as second word: the score of the calm setting by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from anomalies.detection.scan import Rows, scan
from mlops.detectors import sensor
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.sensor import Limits
from mlops.detectors.settings import CALM, SENSITIVE, Settings
from mlops.detectors.window import Floats, Ints, Now, States
from tests.anomalies.real_data import Window, labelled_windows, single_series
from tests.evaluation import nab

AROUND = (0.9, 1.0, 1.1)
VIEWS = [view.NAME for view in sensor.VIEWS]
RULES = [rule.NAME for rule in sensor.RULES]

File = tuple[str, Floats, Floats, list[Window]]


def files(folder: Path) -> list[File]:
    windows, found = labelled_windows(folder), []
    for path in sorted((folder / "data").glob("*/*.csv*")):
        name = path.relative_to(folder / "data").as_posix().removesuffix(".gz")
        series = single_series(path)
        found.append((name, series.time, series.value, windows[name]))
    return found


def judged(recordings: list[File], settings: Settings) -> list[nab.Recording]:
    """Return the files with a score of 1 where an alert begins; each file is a sensor of one batch."""
    limits = np.full(len(recordings), np.inf)
    number = np.concatenate([np.full(len(time), n) for n, (_, time, _, _) in enumerate(recordings)])
    time, value = (np.concatenate([one[column] for one in recordings]) for column in (1, 2))
    rows = Rows(number, time, value, np.ones(len(time)))
    scores = [np.zeros(len(one[1])) for one in recordings]
    for moment in scan(sensor.fresh(len(recordings)), rows, Limits(-limits, limits), settings):
        if (moment.kind, moment.change) == (Kind.BEHAVIOUR, Change.OPENED):
            scores[moment.sensor][np.searchsorted(recordings[moment.sensor][1], moment.time)] = 1.0
    return [
        nab.recording(name, time, score, windows)
        for (name, time, _, windows), score in zip(recordings, scores, strict=True)
    ]


@contextmanager
def without(name: str | None) -> Iterator[None]:
    """Leave a view or a rule out."""
    before = sensor._joint, sensor._rules

    def joint(views: Floats) -> Floats:
        return before[0](np.delete(views, VIEWS.index(name), axis=-1) if name in VIEWS else views)

    def rules(state: States, now: Now, joint: Floats) -> Floats:
        found = before[1](state, now, joint)
        return np.where([rule == name for rule in RULES], 0.0, found)

    sensor._joint, sensor._rules = joint, rules
    yield
    sensor._joint, sensor._rules = before


def gains(recordings: list[File], name: str | None, profile: nab.Profile) -> tuple[Floats, Ints]:
    """Return each file's mean gain over the thresholds, and its windows."""
    with without(name):
        runs = [
            judged(recordings, replace(SENSITIVE, steady=1.5 * part, wandering=1.5 * part)) for part in AROUND
        ]
    windows = np.array([one.windows for one in runs[0]])
    return np.mean([nab.results(run, profile, nab.MARK) for run in runs], axis=0), windows


def main(folder: Path) -> None:
    recordings, profile = files(folder), nab.PROFILES[0]
    everything, windows = gains(recordings, None, profile)
    print("| without | standard | difference over random halves | halves in which it is missed |")
    print("|---|---|---|---|")
    print(f"| nothing | {nab.normalised(everything, windows, profile):.1f} | | |", flush=True)
    for name in (*VIEWS, *RULES):
        left, _ = gains(recordings, name, profile)
        draw = np.random.default_rng(0)
        picks = [draw.permutation(len(left))[: len(left) // 2] for _ in range(nab.HALVES)]
        moved = [nab.normalised((left - everything)[pick], windows[pick], profile) for pick in picks]
        score = nab.normalised(left, windows, profile)
        change = f"{np.mean(moved):+.1f} ± {np.std(moved):.1f}"
        print(f"| {name} | {score:.1f} | {change} | {np.mean(np.array(moved) < 0):.0%} |", flush=True)


if __name__ == "__main__":
    if sys.argv[2:] == ["calm"]:
        print("\n".join(nab.told(judged(files(Path(sys.argv[1])), CALM), nab.MARK)))
    else:
        main(Path(sys.argv[1]))
