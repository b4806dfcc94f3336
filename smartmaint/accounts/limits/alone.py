"""What a process allows by itself while nobody can be asked: its share of each allowance."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from smartmaint.accounts.limits.allowances import (
    MOST_KNOWN,
    Allowance,
    Demand,
    Level,
    Refusal,
    find_refusal,
    level_at,
)


class OwnBuckets:
    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._lock = Lock()
        self._levels: dict[Allowance, Level] = {}

    def take(self, demands: Sequence[Demand], now: float) -> Refusal | list[float]:
        """Take exactly the demands, or return why nothing was taken."""
        own = [allowance.share(self._processes) for allowance, _ in demands]
        amounts = [demand.amount for demand in demands]
        with self._lock:
            levels = [level_at(now, allowance, self._levels.get(allowance)) for allowance in own]
            if refused := find_refusal([*map(Demand, own, amounts)], levels):
                return refused._replace(demand=demands[own.index(refused.demand.allowance)])
            if len(self._levels) > MOST_KNOWN:
                self._levels.clear()
            for allowance, level, amount in zip(own, levels, amounts, strict=True):
                self._levels[allowance] = Level(level - amount, now)
        return amounts
