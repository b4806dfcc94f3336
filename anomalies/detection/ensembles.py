"""Which sensors of an asset are judged together, how far they were heard, and which of them may not be
believed.

Those whose usual intervals lie within a factor of 2 of the asset's usual one are on one clock. Rows are made
up to the moment that all of them were heard until. One that has not sent for ten intervals, or three times
its usual pause between deliveries, is not waited for, nor one that lags by 2000 intervals. While a sensor is
stuck its readings count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from anomalies.detection import rounds
from anomalies.detection.scan import Moment
from mlops.detectors import joint
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.window import WARM, Floats, Ints, Mask, States

VERSION = f"{joint.VERSION}/1"
CLOCKS = 2.0  # how far usual intervals may lie apart on one clock
WAITED = 10.0  # usual intervals
WAITED_PAUSES = 3.0
LONGEST_LAG = 2000.0  # usual intervals
PAUSE_KEPT = 0.9
JUST_BEFORE = 1e-6


@dataclass(frozen=True)
class Readings:
    """New readings of an ensemble in time order: `column` of the sensor, `time` in seconds since 1970, UTC.

    A value that is NaN is of a sensor in trouble: it counts for nothing.
    """

    column: Ints
    time: Floats
    value: Floats


@dataclass
class Ensemble:
    """The sensors of one asset on one clock: who they are (`roll`), their clock and their joint state, one
    record each (1,)."""

    roll: States
    clock: States
    state: States

    @property
    def ids(self) -> list[int]:
        return [int(one) for one in self.roll["ids"][0]]

    @property
    def reached(self) -> float:
        """The moment that rows are made up to, in seconds since 1970."""
        return float(self.roll["reached"][0])

    def hear_of(self, seen: dict[int, float], at: float) -> None:
        """Note that sensors, by id, delivered what was `seen` until then."""
        roll = self.roll[0]
        until = np.array([seen.get(sensor_id, 0.0) for sensor_id in self.ids])
        came = until > roll["seen"]
        roll["seen"] = np.maximum(roll["seen"], until)
        pause = np.maximum(PAUSE_KEPT * roll["pause"], at - roll["delivered"])
        roll["pause"] = np.where(came, pause, roll["pause"])
        roll["delivered"] = np.where(came, at, roll["delivered"])
        roll["horizon"] = self._horizon(at)

    @property
    def horizon(self) -> float:
        """The moment that all who are waited for were heard until."""
        return float(self.roll["horizon"][0])

    def _horizon(self, at: float) -> float:
        roll, interval = self.roll[0], float(self.clock["interval"][0])
        patience = np.maximum(WAITED * interval, WAITED_PAUSES * roll["pause"])
        newest = roll["seen"].max()
        waited = (at - roll["delivered"] <= patience) & (newest - roll["seen"] <= LONGEST_LAG * interval)
        return float(roll["seen"][waited].min(initial=newest))

    def note_troubles(self, column: int, moments: Iterable[Moment]) -> None:
        """Note from when to when a sensor was stuck, by its moments in order of time."""
        for moment in moments:
            if moment.kind != Kind.STUCK:
                continue
            if moment.change == Change.ENDED:
                self.roll["trusted_from"][0, column] = moment.time
            elif moment.change == Change.OPENED:
                self.roll["doubted_from"][0, column] = moment.time
                self.roll["trusted_from"][0, column] = np.inf

    def take(self, column: Ints, time: Floats, value: Floats) -> Readings:
        """Return what is new up to the horizon of readings in any order, and remember that it was taken."""
        new = np.flatnonzero((time > self.reached) & (time <= self.horizon))
        new = new[np.lexsort((column[new], time[new]))]
        who, at = column[new], time[new]
        roll = self.roll[0]
        stuck = (at >= roll["doubted_from"][who]) & (at < roll["trusted_from"][who])
        self.roll["reached"] = max(self.horizon, self.reached)
        return Readings(who, at, np.where(stuck, np.nan, value[new]))


@lru_cache(maxsize=256)
def _roll(sensors: int) -> np.dtype[np.void]:
    moments = ("seen", "delivered", "pause", "doubted_from", "trusted_from")
    each = [("ids", "i8", (sensors,)), *((name, "f8", (sensors,)) for name in moments)]
    return np.dtype([("reached", "f8"), ("horizon", "f8"), *each])


def form(ids: Sequence[int], windows: States, earliest: float = 0.0) -> Ensemble | None:
    """Return a fresh ensemble of those sensors that are warm and on one clock; None of fewer than two.

    `windows` are their states' windows, in the order of `ids`. It begins where all of them had begun, but not
    before `earliest`.
    """
    intervals = np.where(windows["count"] >= WARM, windows["interval"], 0.0)
    chosen = on_one_clock(intervals)
    if not len(chosen):
        return None
    ensemble = Ensemble(
        np.zeros(1, _roll(len(chosen))),
        np.zeros(1, rounds.layout(len(chosen))),
        joint.fresh(1, len(chosen)),
    )
    ensemble.roll["ids"] = np.array(ids)[chosen]
    ensemble.roll["reached"] = max(float(windows["began"][chosen].max()) - JUST_BEFORE, earliest)
    ensemble.roll["seen"] = ensemble.roll["delivered"] = windows["newest"][chosen]
    ensemble.roll["pause"] = windows["newest"][chosen] - windows["began"][chosen]
    ensemble.clock["interval"] = _usual(intervals[chosen])
    return ensemble


def renew(
    known: Ensemble | None, ids: Sequence[int], windows: States, earliest: float = 0.0
) -> Ensemble | None:
    """Return the ensemble of these sensors: the known one, or a fresh one where one has left or can join.

    Of those that have long been in it, the windows need not be known (their count is then 0).
    """
    if known is None or not set(known.ids) <= set(ids):
        return form(ids, windows, earliest)
    if not can_join(known, ids, windows).any():
        return known
    fresh = form(ids, windows, earliest)
    return fresh if fresh and set(known.ids) < set(fresh.ids) else known


def can_join(known: Ensemble, ids: Sequence[int], windows: States) -> Mask:
    """Tell which sensors (n,) are not in the ensemble and on its clock."""
    usual = float(known.clock["interval"][0])
    interval = np.where(windows["count"] >= WARM, windows["interval"], np.inf)
    near = (interval <= CLOCKS * usual) & (interval >= usual / CLOCKS)
    return np.asarray(near & ~np.isin(ids, known.ids))


def on_one_clock(intervals: Floats) -> Ints:
    """Return which sensors share a clock by their usual intervals (n,), 0 where one is unknown; none of fewer
    than two."""
    known = np.flatnonzero(intervals > 0)
    if len(known) < 2:
        return known[:0]
    usual = _usual(intervals[known])
    near = known[np.maximum(intervals[known] / usual, usual / intervals[known]) <= CLOCKS]
    return near if len(near) > 1 else near[:0]


def _usual(intervals: Floats) -> float:
    return float(np.sort(intervals)[(len(intervals) - 1) // 2])


def pack(ensemble: Ensemble) -> bytes:
    """Return plain numbers: how many sensors, who, their clock, their state."""
    parts = (ensemble.roll, ensemble.clock, ensemble.state)
    return np.int64(len(ensemble.ids)).tobytes() + b"".join(part.tobytes() for part in parts)


def unpack(blob: bytes) -> Ensemble:
    """Return the ensemble again, writable.

    Raises:
        ValueError: the bytes are not what `pack` wrote.
    """
    sensors = int(np.frombuffer(blob[:8], np.int64)[0]) if len(blob) > 8 else 0
    kinds = (_roll(sensors), rounds.layout(sensors), joint.layout(sensors))
    if sensors < 2 or len(blob) != 8 + sum(kind.itemsize for kind in kinds):
        raise ValueError("these bytes are no ensemble of sensors")
    parts, begin = [], 8
    for kind in kinds:
        parts.append(np.frombuffer(bytearray(blob[begin : begin + kind.itemsize]), kind))
        begin += kind.itemsize
    return Ensemble(*parts)
