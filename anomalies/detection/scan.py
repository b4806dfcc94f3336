"""Runs the detectors over a chunk of readings of many sensors and keeps the moments that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from anomalies.detection.shares import Together
from mlops.detectors import sensor
from mlops.detectors.episodes import TOLD, Change, Kind
from mlops.detectors.sensor import Limits, Step
from mlops.detectors.settings import CALM, Settings
from mlops.detectors.window import BLOCK, Floats, Ints, Mask, States

TRUSTED_QUALITY = 0.5

At = tuple[int, int]
Look = Callable[[Ints, Step], None]


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

    def where(self, keep: Mask | Ints) -> Rows:
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

    `because` names the strongest evidence. `together` is set where several sensors are judged as one.
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
    together: Together | None = None


def scan(
    states: States,
    rows: Rows,
    limits: Limits,
    settings: Settings = CALM,
    *,
    learning: bool = True,
    look: Look | None = None,
) -> list[Moment]:
    """Score rows (in time order for each sensor), update `states` in place, return the moments by time.

    Without `learning` the rows only pass through the windows. `look` is shown each step, with the places of
    its usable rows (S, B). However the rows are cut into chunks, the moments are the same: every row depends
    on the rows of its own sensor before it, and on nothing else.
    """
    rows = rows.usable()
    moments: list[Moment] = []
    for which, index in _steps(states, rows):
        some = states[which]
        bounds = Limits(limits.lower[which], limits.upper[which])
        here = settings.of(which)
        step = sensor.judge(some, rows.value[index], rows.time[index], bounds, here)
        if look:
            look(index, step)
        if step.course.changes[..., :TOLD].any():
            moments += _moments(some, which, step)
        if learning:
            sensor.learn(some, here)
        states[which] = some
    return ordered(moments)


def ordered(moments: list[Moment]) -> list[Moment]:
    """Return moments by time; at one moment each sensor's own before what several show together."""
    return sorted(moments, key=lambda one: (one.time, one.together is not None, one.sensor, one.kind))


def _steps(states: States, rows: Rows) -> Iterator[tuple[Ints, Ints]]:
    """Yield sensors (S,) at the same place of their blocks, with the index of their next rows (S, B)."""
    by_sensor = np.lexsort((rows.time, rows.sensor))
    which, begin, left = np.unique(rows.sensor[by_sensor], return_index=True, return_counts=True)
    while len(which):
        place = states["window"]["count"][which] % BLOCK
        take = np.minimum(BLOCK - place, left)
        for key in np.unique(place * (BLOCK + 1) + take):
            group = place * (BLOCK + 1) + take == key
            yield which[group], by_sensor[begin[group][:, None] + np.arange(key % (BLOCK + 1))]
        begin, left = begin + take, left - take
        which, begin, left = which[left > 0], begin[left > 0], left[left > 0]


def _moments(states: States, which: Ints, step: Step) -> list[Moment]:
    return [
        _moment(states, int(which[at]), step, (int(at), int(row)), Kind(kind))
        for at, row, kind in zip(*np.nonzero(step.course.changes[..., :TOLD]), strict=True)
    ]


def _moment(states: States, number: int, step: Step, at: At, kind: Kind) -> Moment:
    here, course = (*at, kind), step.course
    change = Change(course.changes[here])
    return Moment(
        sensor=number,
        time=float(step.now.time[at]),
        kind=kind,
        change=change,
        score=float(step.scores[here]),
        value=float(step.now.value[at]),
        started=float(course.started[here]),
        latest=float(course.latest[here]),
        because=sensor.EVIDENCE[int(np.argmax(step.evidence[at]))],
        levels=_levels(states[at[0] : at[0] + 1], step, at),
    )


def _levels(state: States, step: Step, at: At) -> Levels:
    low, high = sensor.band(state, step.now.time[at][None])
    scale, origin = state["window"]["scale"][0], state["window"]["origin"][0]
    recent = step.now.recent[at]
    before = step.now.before[at[0], 0]
    seen = (recent.min(), recent.max(), step.now.mean12[at], before, recent[-20:].mean())
    return Levels(float(low[0]), float(high[0]), *(float(origin + z * scale) for z in seen))
