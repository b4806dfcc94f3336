"""How much a token and an organization may ask for: token buckets in Redis, spent by leases.

    take([Demand(allowance, 1)], at=now)   # raises Throttled, with Retry-After

Each process leases LEASE seconds' worth from the shared bucket and spends it without a round trip. So over
any time the whole product admits at most `rate x time + burst`, and a lease more per process.
"""

from __future__ import annotations

from smartmaint.accounts.limits.allowances import Allowance, Demand
from smartmaint.accounts.limits.callers import demands_of
from smartmaint.accounts.limits.spending import take

__all__ = ["Allowance", "Demand", "demands_of", "take"]
