"""Judges late rows on copies of the sensors' states: windows are filled first, then rows are judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from anomalies.detection.scan import Moment, Rows, scan
from mlops.detectors import late
from mlops.detectors.episodes import TOLD, Change, Kind
from mlops.detectors.sensor import Limits
from mlops.detectors.settings import CALM, Settings
from mlops.detectors.window import Floats, Ints, Mask, States

BREAK = 10.0  # intervals without a reading


@dataclass
class LateScan:
    """Hears the rows of N stretches, each on a copy (N,) of its sensor's state; `Rows.sensor` indexes them.

    `began` (N,) is when a stretch begins, in seconds since 1970: rows before it only lead up to it. Stretches
    from `long_ago` (N,) are judged against the level that leads up to them.
    """

    states: States
    limits: Limits
    began: Floats
    long_ago: Mask
    settings: Settings = CALM
    moments: list[Moment] = field(default_factory=list)
    heard: Ints = field(init=False)
    grown: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.heard = np.zeros(len(self.states), "i8")
        self.grown = late.grown(self.states)
        self.states = late.copies(self.states)

    def hear(self, rows: Rows) -> None:
        """Judge the next rows, in time order for each stretch."""
        self.moments += [one for one in self._scan(rows.usable()) if one.time >= self.began[one.sensor]]

    def hear_out(self, rows: Rows) -> None:
        """Hear what follows the stretches without a break, for nothing but the ends of what is open."""
        rows = self._unbroken(rows.usable())
        self.moments += [one for one in self._scan(rows) if one.change == Change.ENDED]

    def open(self) -> Ints:
        """Return the stretches in which something is still open."""
        return np.flatnonzero(self.states["episodes"]["open"][:, :TOLD].any(axis=1))

    def ends(self) -> list[Moment]:
        """Return an end for all that was found and is still open: its last abnormal reading."""
        last = {(one.sensor, one.kind): one for one in _by_time(self.moments)}
        return [
            replace(one, change=Change.ENDED, time=(at := self._latest(one)), latest=at)
            for one in last.values()
            if one.change != Change.ENDED
        ]

    def _latest(self, moment: Moment) -> float:
        return float(max(moment.latest, self.states["episodes"]["latest"][moment.sensor, Kind(moment.kind)]))

    def _scan(self, rows: Rows) -> list[Moment]:
        filling = (self._rank(rows) < late.FILL) | ~self.grown[rows.sensor]
        before = self.heard.copy()
        self.heard += np.bincount(rows.sensor, minlength=len(self.heard))
        moments = scan(self.states, rows.where(filling), self.limits, late.MUTED, learning=False)
        filled = self.grown & (before < late.FILL) & (self.heard >= late.FILL)
        self.states[filled] = late.settle(self.states[filled], self.long_ago[filled])
        return moments + scan(self.states, rows.where(~filling), self.limits, self.settings)

    def _unbroken(self, rows: Rows) -> Rows:
        rows = rows.where(np.lexsort((rows.time, rows.sensor)))
        first = np.diff(rows.sensor, prepend=-1) != 0
        before = np.where(first, self.states["window"]["newest"][rows.sensor], np.roll(rows.time, 1))
        breaks = rows.time - before > BREAK * self.states["window"]["interval"][rows.sensor]
        count = np.cumsum(breaks)
        begin = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
        return rows.where(count == (count - breaks)[begin])

    def _rank(self, rows: Rows) -> Ints:
        """Return how many rows of its stretch were heard before each row."""
        order = np.argsort(rows.sensor, kind="stable")
        which, begin = np.unique(rows.sensor[order], return_index=True)
        rank = np.empty(len(order), "i8")
        rank[order] = np.arange(len(order)) - np.repeat(begin, np.diff([*begin, len(order)]))
        return rank + self.heard[rows.sensor] if len(which) else rank


def heard_from(states: States, latest: Sequence[Rows]) -> Floats:
    """Return since when each sensor's state has heard all that is stored (S,), in seconds; else infinite.

    `latest` are the sensors' newest stored rows. A window that holds just these has missed none of them.
    """
    since = np.full(len(states), np.inf)
    if not latest:
        return since
    rows = Rows(*(np.concatenate(columns) for columns in zip(*map(_columns, latest), strict=True))).usable()
    for number in np.unique(rows.sensor):
        some = rows.where(rows.sensor == number)
        if held := late.holds(states[number], some.value):
            since[number] = some.time[-held]
    return since


def _columns(rows: Rows) -> tuple[Ints, Floats, Floats, Floats]:
    return rows.sensor, rows.time, rows.value, rows.quality


def _by_time(moments: Iterable[Moment]) -> list[Moment]:
    return sorted(moments, key=lambda moment: (moment.time, moment.sensor, moment.kind))
