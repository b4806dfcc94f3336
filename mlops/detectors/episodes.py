"""From scores to episodes: one beginning, growth, one end with a delay, so that nothing chatters.

A kind of trouble is open from the first score at its limit until `quiet` rows in a row stayed below the
keeping limit (a part of the limit, or of the decaying peak, whichever is more), and never on a row that would
open it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from mlops.detectors.window import Floats, Ints, Mask, States


class Kind(IntEnum):
    """What is told; and, told to nobody, what must not be learnt."""

    BEHAVIOUR = 0
    LIMIT = 1
    STUCK = 2
    ABNORMAL = 3


class Change(IntEnum):
    NONE = 0
    OPENED = 1
    GREW = 2
    ENDED = 3


KINDS = len(Kind)
TOLD = Kind.ABNORMAL
PEAK_SHARE = np.array([0.35, 0.0, 0.0, 0.35])
PEAK_MEMORY = 500
GROWTH = 1.3
TELL_AT = 3

STATE = np.dtype(
    [
        ("open", "?", (KINDS,)),
        ("started", "f8", (KINDS,)),
        ("latest", "f8", (KINDS,)),
        ("peak", "f4", (KINDS,)),
        ("told", "f4", (KINDS,)),
        ("tell_at", "i4", (KINDS,)),
        ("quiet", "i4", (KINDS,)),
        ("rows", "i4", (KINDS,)),
    ]
)


@dataclass(frozen=True)
class Bounds:
    """Where an episode of each kind opens, what part of that keeps it open, how many quiet rows end it
    (S, KINDS)."""

    limits: Floats
    keep: Floats
    quiet: Floats

    def of(self, which: Ints) -> Bounds:
        return Bounds(self.limits[which], self.keep[which], self.quiet[which])


@dataclass(frozen=True)
class Course:
    """What became of each kind at each row (S, B, KINDS): its Change, whether it is open, its first and last
    abnormal moment. Moments stand where something changed."""

    changes: Ints
    open: Mask
    started: Floats
    latest: Floats


def advance(state: States, scores: Floats, bounds: Bounds, since: Floats, time: Floats) -> Course:
    """Take rows' scores (S, B, KINDS) against bounds (S, KINDS). A stuck run began at `since` (S, B)."""
    course = Course(*(np.zeros(scores.shape, kind) for kind in ("i1", "?", "f8", "f8")))
    busy = state["open"].any(axis=1) | (scores >= bounds.limits[:, None]).any(axis=(1, 2))
    if not busy.any():
        return course
    which = np.flatnonzero(busy)
    some, here = state[which], bounds.of(which)
    for at in range(scores.shape[1]):
        moment = time[which, at, None]
        course.changes[which, at] = _step(some, scores[which, at], here, since[which, at], moment)
        course.open[which, at] = some["open"]
        course.started[which, at], course.latest[which, at] = some["started"], some["latest"]
    state[which] = some
    return course


def _step(state: States, scores: Floats, bounds: Bounds, since: Floats, time: Floats) -> Ints:
    open_, limits = state["open"].copy(), bounds.limits
    keep = np.maximum(bounds.keep * limits, PEAK_SHARE * state["peak"])
    hit = np.where(open_, scores >= keep, scores >= limits)
    opened = hit & ~open_
    _count(state, hit, opened, open_, scores, time)
    stuck = opened[:, Kind.STUCK]
    state["started"][stuck, Kind.STUCK] = since[stuck]
    ended = open_ & (state["quiet"] >= bounds.quiet) & (scores < limits)
    grew = open_ & hit & ((scores > GROWTH * state["told"]) | (state["rows"] >= state["tell_at"]))
    told = opened | grew
    state["told"] = np.where(told, np.maximum(scores, np.where(opened, 0, state["told"])), state["told"])
    state["tell_at"] = np.where(told, np.maximum(TELL_AT, 3 * state["rows"]), state["tell_at"])
    state["open"] = (open_ | opened) & ~ended
    return np.select([opened, grew, ended], [Change.OPENED, Change.GREW, Change.ENDED], Change.NONE)


def _count(state: States, hit: Mask, opened: Mask, open_: Mask, scores: Floats, time: Floats) -> None:
    state["started"] = np.where(opened, time, state["started"])
    state["latest"] = np.where(hit, time, state["latest"])
    state["peak"] = np.where(opened, scores, np.maximum(state["peak"] * (1 - 1 / PEAK_MEMORY), hit * scores))
    state["quiet"] = np.where(hit, 0, state["quiet"] + open_)
    lasted = np.maximum(state["rows"] + np.where(hit, 1, -2), 0)
    state["rows"] = np.where(opened, 1, np.where(open_, lasted, 0))
