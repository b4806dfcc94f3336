"""When the joint score of an asset is an alarm, when it recovers, and what of that is told.

An alarm goes on at a channel's limit and off as soon as no channel stays beyond its lower limit, beyond 0.28
of the highest score (which fades over 500 rows: recovery is relative to how bad it was), with the mean of
the last 10 rows outside the range. This depends on no setting: it says what is learnt. What is told is an
alarm that reaches what the settings ask, from there until 40 quiet rows have gone by. An alarm lasts as long
as it would be told: one that comes and goes would else never become the normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from mlops.detectors.episodes import GROWTH, TELL_AT, Change
from mlops.detectors.ranges import Reach
from mlops.detectors.window import Floats, Ints, Mask, States

PEAK_SHARE = 0.28
PEAK_MEMORY = 500
QUIET_ROWS = 40


class Part(IntEnum):
    """The joint score, and the rule for slow sensors, told apart from it."""

    JOINT = 0
    SLOW = 1


ALARM = np.dtype([("on", "?"), ("peak", "f4"), ("quiet", "i4"), ("lasting", "i4")])
TOLD = np.dtype(
    [
        ("open", "?", (2,)),
        ("started", "f8", (2,)),
        ("latest", "f8", (2,)),
        ("quiet", "i4", (2,)),
        ("rows", "i4", (2,)),
        ("told", "f4", (2,)),
        ("tell_at", "i4", (2,)),
    ]
)


@dataclass(frozen=True)
class Told:
    """What became of each part at each row (S, B, 2): its Change, its first and last abnormal moment."""

    changes: Ints
    started: Floats
    latest: Floats


def judge(state: States, reach: Reach) -> Mask:
    """Return which rows (S, B) are abnormal."""
    assets, rows, _ = reach.ratio.shape
    abnormal = np.zeros((assets, rows), bool)
    beyond = reach.ratio >= reach.limit
    for row in range(rows):
        abnormal[:, row] = _step(state, beyond[:, row], reach, row)
    return abnormal


def _step(state: States, beyond: Mask, reach: Reach, row: int) -> Mask:
    ratio = reach.ratio[:, row]
    peak = np.maximum(state["peak"] * (1 - 1 / PEAK_MEMORY), ratio.max(axis=1))
    state["peak"] = peak
    kept = (ratio >= reach.keep) & (reach.quick[:, row] >= 1.0)
    hit = np.where(state["on"][:, None], kept, beyond) & (ratio >= PEAK_SHARE * peak[:, None])
    on = hit.any(axis=1)
    state["on"] = on
    state["quiet"] = np.where(on, 0, state["quiet"] + 1)
    going_on = state["quiet"] < QUIET_ROWS
    state["lasting"] = np.maximum(state["lasting"] + np.where(going_on, 1, -2), 0)
    return on


def forget(state: States, where: Mask) -> None:
    """Begin anew where the present was taken for normal."""
    for name in ("on", "peak", "lasting"):
        state[name] = np.where(where, 0, state[name])


def tell(state: States, scores: Floats, abnormal: Mask, limits: Floats, time: Floats) -> Told:
    """Follow what is told: `abnormal` rows (S, B, 2), from the first whose score reaches its limit (S, 1)."""
    told = Told(*(np.zeros(scores.shape, kind) for kind in ("i1", "f8", "f8")))
    reached = abnormal & (scores >= limits[:, None])
    busy = np.flatnonzero(state["open"].any(axis=1) | reached.any(axis=(1, 2)))
    some = state[busy]
    for row in range(scores.shape[1] if len(busy) else 0):
        hit = np.where(some["open"], abnormal[busy, row], reached[busy, row])
        told.changes[busy, row] = _follow(some, hit, scores[busy, row], time[busy, row, None])
        told.started[busy, row], told.latest[busy, row] = some["started"], some["latest"]
    state[busy] = some
    return told


def _follow(state: States, hit: Mask, scores: Floats, time: Floats) -> Ints:
    opened = hit & ~state["open"]
    state["started"] = np.where(opened, time, state["started"])
    state["latest"] = np.where(hit, time, state["latest"])
    state["quiet"] = np.where(hit, 0, state["quiet"] + 1)
    state["rows"] = np.where(opened, 1, state["rows"] + hit)
    ended = state["open"] & (state["quiet"] >= QUIET_ROWS)
    news = (scores > GROWTH * state["told"]) | (state["rows"] >= state["tell_at"])
    grew = hit & state["open"] & news
    told = opened | grew
    state["told"] = np.where(told, np.maximum(scores, np.where(opened, 0, state["told"])), state["told"])
    state["tell_at"] = np.where(told, np.maximum(TELL_AT, 3 * state["rows"]), state["tell_at"])
    state["open"] = (state["open"] | opened) & ~ended
    return np.select([opened, grew, ended], [Change.OPENED, Change.GREW, Change.ENDED], Change.NONE)
