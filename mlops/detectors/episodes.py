"""From scores to episodes: one beginning, growth, one end with a delay, so that nothing chatters.

A kind of trouble is open from the first score at its limit until `quiet` rows in a row stayed below the
lower keeping limit (hysteresis): a part of the limit, or of the decaying peak, whichever is more.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from mlops.detectors.window import Floats, Ints, Mask, Now, States


class Kind(IntEnum):
    BEHAVIOUR = 0
    LIMIT = 1
    STUCK = 2


class Change(IntEnum):
    NONE = 0
    OPENED = 1
    GREW = 2
    ENDED = 3


KINDS = len(Kind)
QUIET_ROWS = np.array([40, 5, 1])
KEEP = np.array([0.8, 1.0, 1.0])
PEAK_SHARE = np.array([0.35, 0.0, 0.0])
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


def advance(state: States, scores: Floats, limits: Floats, now: Now) -> Ints:
    """Take one row's scores (S, KINDS) against their limits; return each kind's Change (S, KINDS)."""
    open_ = state["open"].copy()
    keep = np.maximum(KEEP * limits, PEAK_SHARE * state["peak"])
    hit = np.where(open_, scores >= keep, scores >= limits)
    opened = hit & ~open_
    _count(state, hit, opened, open_, scores, now)
    ended = open_ & (state["quiet"] >= QUIET_ROWS)
    grew = open_ & hit & ((scores > GROWTH * state["told"]) | (state["rows"] >= state["tell_at"]))
    told = opened | grew
    state["told"] = np.where(told, np.maximum(scores, np.where(opened, 0, state["told"])), state["told"])
    state["tell_at"] = np.where(told, np.maximum(TELL_AT, 3 * state["rows"]), state["tell_at"])
    state["open"] = (open_ | opened) & ~ended
    return np.select([opened, grew, ended], [Change.OPENED, Change.GREW, Change.ENDED], Change.NONE)


def _count(state: States, hit: Mask, opened: Mask, open_: Mask, scores: Floats, now: Now) -> None:
    time = np.broadcast_to(now.time[:, None], hit.shape)
    state["started"] = np.where(opened, time, state["started"])
    state["latest"] = np.where(hit, time, state["latest"])
    state["peak"] = np.where(opened, scores, np.maximum(state["peak"] * (1 - 1 / PEAK_MEMORY), hit * scores))
    state["quiet"] = np.where(hit, 0, state["quiet"] + open_)
    lasted = np.maximum(state["rows"] + np.where(hit, 1, -2), 0)
    state["rows"] = np.where(opened, 1, np.where(open_, lasted, 0))
