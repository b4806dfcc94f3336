"""Runs the detectors over a chunk of readings of many sensors and keeps the moments that matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlops.detectors import features, forest, sensor
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.sensor import Limits, Settings, Step
from mlops.detectors.window import Floats, Ints, Mask, States

TRUSTED_QUALITY = 0.5


@dataclass(frozen=True)
class Rows:
    """Readings of S sensors: `sensor` indexes the states; `time` is in seconds since 1970, UTC."""

    sensor: Ints
    time: Floats
    value: Floats
    quality: Floats

    def usable(self) -> Rows:
        """Keep what may be judged and learnt: finite values that the source itself trusts."""
        keep = np.isfinite(self.value) & (self.quality >= TRUSTED_QUALITY)
        return self if keep.all() else self.where(keep)

    def where(self, keep: Mask) -> Rows:
        return Rows(self.sensor[keep], self.time[keep], self.value[keep], self.quality[keep])


@dataclass(frozen=True)
class Levels:
    """What the window said at a moment, in the sensor's unit."""

    low: float
    high: float
    lowest: float
    highest: float
    short_mean: float
    mean_before: float
    mean: float


@dataclass(frozen=True)
class Moment:
    """An episode of one sensor opened, grew or ended. Times in seconds since 1970.

    `because` names the strongest evidence; `odder_than` is the isolation forest's opinion, 0 to 1.
    """

    sensor: int
    time: float
    kind: Kind
    change: Change
    score: float
    value: float
    started: float
    latest: float
    because: str
    levels: Levels
    odder_than: float | None


def scan(states: States, rows: Rows, limits: Limits, settings: Settings = sensor.CALM) -> list[Moment]:
    """Score rows (in time order for each sensor), update `states` in place, return the moments by time.

    However the rows are cut into chunks, the moments are the same: every row depends on the rows of its own
    sensor before it, and on nothing else.
    """
    rows = rows.usable()
    moments: list[Moment] = []
    for which, order in _steps(rows):
        some = states[which]
        bounds = Limits(limits.lower[which], limits.upper[which])
        for index in order:
            active = some[: len(index)]
            narrowed = Limits(bounds.lower[: len(index)], bounds.upper[: len(index)])
            step = sensor.advance(active, rows.value[index], rows.time[index], narrowed, settings)
            if step.changes.any():
                moments += _moments(active, which, step)
        states[which] = some
    return sorted(moments, key=lambda moment: (moment.time, moment.sensor, moment.kind))


def _steps(rows: Rows) -> Iterator[tuple[Ints, list[Ints]]]:
    """Yield the sensors, those with most rows first, and for each step the row of each that has one."""
    if not len(rows.sensor):
        return
    by_sensor = np.lexsort((rows.time, rows.sensor))
    which, starts, counts = np.unique(rows.sensor[by_sensor], return_index=True, return_counts=True)
    busy = np.argsort(-counts, kind="stable")
    counts, starts = counts[busy], starts[busy]
    having = np.searchsorted(-counts, -np.arange(counts[0]), side="left")
    yield which[busy], [by_sensor[starts[:n] + step] for step, n in enumerate(having)]


def _moments(states: States, which: Ints, step: Step) -> list[Moment]:
    found = []
    for at, kind in zip(*np.nonzero(step.changes), strict=True):
        found.append(_moment(states, int(which[at]), step, int(at), Kind(kind)))
    return found


def _moment(states: States, number: int, step: Step, at: int, kind: Kind) -> Moment:
    episode = states[at]["episodes"]
    change = Change(step.changes[at, kind])
    return Moment(
        sensor=number,
        time=float(step.now.time[at]),
        kind=kind,
        change=change,
        score=float(step.scores[at, kind]),
        value=float(step.now.value[at]),
        started=float(episode["started"][kind]),
        latest=float(episode["latest"][kind]),
        because=sensor.EVIDENCE[int(np.argmax(step.evidence[at]))],
        levels=_levels(states[at : at + 1], step, at),
        odder_than=_second_opinion(states[at], step, at) if (kind, change) == (0, Change.OPENED) else None,
    )


def _levels(state: States, step: Step, at: int) -> Levels:
    low, high = sensor.band(state, step.now.time[at : at + 1])
    scale, origin = state["window"]["scale"][0], state["window"]["origin"][0]
    now = step.now
    seen = (now.recent[at].min(), now.recent[at].max(), now.mean12[at], now.mean_before[at], now.mean20[at])
    return Levels(float(low[0]), float(high[0]), *(float(origin + z * scale) for z in seen))


def _second_opinion(state: States, step: Step, at: int) -> float | None:
    kept = state["features"]
    earlier = kept["rows"][: min(int(kept["count"]), features.KEPT)]
    which = np.zeros(len(step.now.row), bool)
    which[at] = True
    return forest.odder_than(earlier, features.describe(step.now, which)[0])
