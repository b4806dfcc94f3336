"""Taking from an allowance: from what this process holds, else from the bank, else from its own share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.conf import settings

from smartmaint.accounts.limits.allowances import Demand, Refusal
from smartmaint.accounts.limits.alone import OwnBuckets
from smartmaint.accounts.limits.bank import Bank, BankAway
from smartmaint.accounts.limits.purse import Purse
from smartmaint.accounts.problems import Throttled


class Spending:
    """Three places to take from, the cheapest first."""

    def __init__(self, bank: Bank, own: OwnBuckets) -> None:
        self._purse, self._bank, self._own = Purse(), bank, own

    def take(self, demands: Sequence[Demand], now: float) -> Refusal | None:
        """Take all of the demands and return None, or take nothing and return why."""
        short = self._purse.spend(demands)
        if not short:
            return None
        answer = self._purse.known_refusal(short, now) or self._lease(short, now)
        if isinstance(answer, Refusal):
            for demand in set(demands).difference(short):
                self._purse.add(*demand)
            return answer
        for demand, taken in zip(short, answer, strict=True):
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
