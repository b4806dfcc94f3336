"""Taking from an allowance: from what this process holds, else from the bank, else from its own share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from threading import Lock

from django.conf import settings

from smartmaint.accounts.limits.allowances import Demand, Refusal
from smartmaint.accounts.limits.alone import OwnBuckets
from smartmaint.accounts.limits.bank import Bank, BankAway
from smartmaint.accounts.limits.purse import Purse
from smartmaint.accounts.problems import Throttled

Rest = Callable[[Sequence[Demand]], Refusal | None]


class Spending:
    """Three places to take from, the cheapest first."""

    def __init__(self, bank: Bank, own: OwnBuckets) -> None:
        self._purse, self._bank, self._own = Purse(), bank, own
        self._leasing = Lock()

    def take(self, demands: Sequence[Demand], now: float) -> Refusal | None:
        """Take all of the demands and return None, or take nothing and return why."""
        return self._pay(demands, lambda short: self._fill(short, now))

    def _fill(self, demands: Sequence[Demand], now: float) -> Refusal | None:
        """Pay from a new lease. One thread leases at a time: all of them at once would empty the bucket."""
        with self._leasing:
            return self._pay(demands, lambda short: self._pay_by_lease(short, now))

    def _pay(
        self, demands: Sequence[Demand], rest: Callable[[Sequence[Demand]], Refusal | None]
    ) -> Refusal | None:
        """Pay from the purse, and the rest as said; where that is refused, put back what was paid."""
        short = self._purse.spend(demands)
        refused = rest(short) if short else None
        if refused:
            for demand in set(demands).difference(short):
                self._purse.add(*demand)
        return refused

    def _pay_by_lease(self, demands: Sequence[Demand], now: float) -> Refusal | None:
        answer = self._purse.known_refusal(demands, now) or self._lease(demands, now)
        if isinstance(answer, Refusal):
            return answer
        for demand, taken in zip(demands, answer, strict=True):
            self._purse.add(demand.allowance, taken - demand.amount)
        return None

    def _lease(self, demands: Sequence[Demand], now: float) -> Refusal | list[float]:
        try:
            answer = self._bank.lease(demands, now)
        except BankAway:
            return self._own.take(demands, now)
        if isinstance(answer, Refusal):
            self._purse.refuse(answer, now)
        return answer


@cache
def _spending() -> Spending:
    return Spending(Bank(settings.REDIS_URL), OwnBuckets(settings.WEB_PROCESSES))


def take(demands: Sequence[Demand], *, at: datetime) -> None:
    """Take all of the demands, or none of them.

    Raises:
        Throttled: an allowance is used up; it says which, and when to come again.
    """
    if refused := _spending().take(demands, at.timestamp()):
        allowance = refused.demand.allowance
        raise Throttled(name=allowance.name, rate=allowance.rate, wait=refused.wait)
