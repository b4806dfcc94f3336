"""What a process holds of allowances: leased and not yet spent, or known to be used up for a while."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from smartmaint.accounts.limits.allowances import MOST_KNOWN, Allowance, Demand, Refusal


class Purse:
    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[Allowance, float] = {}
        self._refused: dict[Allowance, tuple[float, Refusal]] = {}

    def spend(self, demands: Sequence[Demand]) -> list[Demand]:
        """Pay the demands that the purse suffices for, and return the others."""
        short: list[Demand] = []
        with self._lock:
            for demand in demands:
                left = self._held.get(demand.allowance, 0.0) - demand.amount
                if left < 0:
                    short.append(demand)
                else:
                    self._held[demand.allowance] = left
        return short

    def add(self, allowance: Allowance, amount: float) -> None:
        with self._lock:
            if len(self._held) > MOST_KNOWN:
                self._held.clear()
            self._held[allowance] = self._held.get(allowance, 0.0) + amount

    def refuse(self, refused: Refusal, now: float) -> None:
        """Remember that the bucket cannot hold enough before the wait is over."""
        if len(self._refused) > MOST_KNOWN:
            self._refused.clear()
        self._refused[refused.demand.allowance] = (now, refused)

    def known_refusal(self, demands: Sequence[Demand], now: float) -> Refusal | None:
        for demand in demands:
            since, refused = self._refused.get(demand.allowance, (0.0, None))
            if refused and demand.amount >= refused.demand.amount and 0 <= now - since < refused.wait:
                return Refusal(demand, refused.wait - (now - since))
        return None
