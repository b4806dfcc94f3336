"""What a caller's requests count against: its token's allowances and its organization's."""

from __future__ import annotations

from functools import lru_cache
from itertools import cycle

from django.conf import settings

from smartmaint.accounts.callers import Caller
from smartmaint.accounts.limits.allowances import Allowance, Demand
from smartmaint.accounts.models import ApiToken, Organization


def demands_of(caller: Caller, *, readings: int) -> list[Demand]:
    """Return what one request with so many readings takes; a person counts for the organization only."""
    owners = (caller.organization, caller.token)
    allowances = [allowance for owner in owners if owner for allowance in _allowances(owner)]
    return [Demand(allowance, amount) for allowance, amount in zip(allowances, cycle((readings, 1)))]


def _allowances(owner: Organization | ApiToken) -> tuple[Allowance, Allowance]:
    kind = "token" if isinstance(owner, ApiToken) else "organization"
    readings, requests = settings.LIMITS[kind]
    return _named(
        kind,
        owner.pk,
        owner.readings_per_second or readings,
        owner.requests_per_second or requests,
    )


@lru_cache(maxsize=4096)
def _named(kind: str, pk: int, readings: int, requests: int) -> tuple[Allowance, Allowance]:
    burst = settings.LIMITS_BURST
    return (
        Allowance(f"{kind}:{pk}:readings", readings, readings * burst),
        Allowance(f"{kind}:{pk}:requests", requests, max(1, requests * burst)),
    )
