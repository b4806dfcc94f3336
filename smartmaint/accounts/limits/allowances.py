"""The arithmetic of a token bucket, without Django: what is there, what may be taken, how long to wait."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

LEASE = 0.1  # seconds' worth that a process takes in advance
MOST_KNOWN = 10_000  # allowances that a process remembers; forgotten ones start anew


class Allowance(NamedTuple):
    """What may be used of one thing: `rate` a second in the long run, `burst` at once after a pause."""

    name: str
    rate: float
    burst: float

    @property
    def chunk(self) -> int:
        return math.floor(self.rate * LEASE)

    def share(self, processes: int) -> Allowance:
        """Return what one of so many processes may use where they cannot ask each other."""
        return self._replace(rate=self.rate / processes, burst=self.burst / processes)


class Demand(NamedTuple):
    allowance: Allowance
    amount: float


class Level(NamedTuple):
    """What was left in a bucket at a moment (seconds); below zero where a big request was let through."""

    left: float
    at: float


class Refusal(NamedTuple):
    """The demand that must wait longest, and for how many seconds."""

    demand: Demand
    wait: float


def level_at(now: float, allowance: Allowance, known: Level | None) -> float:
    """Return what is in the bucket now; a clock that went back adds nothing."""
    if known is None:
        return allowance.burst
    return min(allowance.burst, known.left + allowance.rate * max(0.0, now - known.at))


def find_refusal(demands: Sequence[Demand], levels: Sequence[float]) -> Refusal | None:
    """Return why the demands must wait, or None where each bucket holds enough.

    A demand that is bigger than the burst needs a full bucket and leaves a debt: a batch is never too big
    for ever, and the rate holds in the long run.
    """
    waits = [_wait(demand, level) for demand, level in zip(demands, levels, strict=True)]
    longest = max(waits, default=0.0)
    return Refusal(demands[waits.index(longest)], longest) if longest > 0 else None


def _wait(demand: Demand, level: float) -> float:
    missing = min(demand.amount, demand.allowance.burst) - level
    return max(0.0, missing / demand.allowance.rate)
