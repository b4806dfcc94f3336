"""The buckets that all processes share: in Redis, taken from in one atomic step, by the clock of Redis."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from smartmaint.accounts.limits.allowances import Demand, Refusal

logger = logging.getLogger(__name__)

PATIENCE = 0.05  # seconds for a Redis that hangs; then nobody asks it again for PAUSE seconds
PAUSE = 1.0
TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local levels, longest, wait = {}, 0, 0
for i, key in ipairs(KEYS) do
  local rate, burst, amount = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1])
  local known = redis.call('HMGET', key, 'left', 'at')
  local left, at = tonumber(known[1]) or burst, tonumber(known[2]) or now
  levels[i] = math.min(burst, left + rate * math.max(0, now - at))
  local needed = (math.min(amount, burst) - levels[i]) / rate
  if needed > wait then longest, wait = i, needed end
end
if longest > 0 then return {longest, string.format('%.6f', wait)} end
local granted = {0}
for i, key in ipairs(KEYS) do
  local rate, burst, amount = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1])
  local taken = math.max(amount, math.floor(math.min(levels[i], amount + tonumber(ARGV[4 * i]))))
  local left = levels[i] - taken
  redis.call('HSET', key, 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', key, math.ceil((burst - left) / rate * 1000) + 1000)
  granted[i + 1] = string.format('%.6f', taken)
end
return granted
"""


class BankAway(RuntimeError):
    """Redis does not answer, or did not a moment ago."""


class Bank:
    """Leases from the shared buckets; while Redis is away it answers so at once, and tries once a PAUSE."""

    def __init__(self, url: str) -> None:
        self._client: redis.Redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._take = self._client.register_script(TAKE)
        self._away_since: float | None = None

    def lease(self, demands: Sequence[Demand], now: float) -> Refusal | list[float]:
        """Take each demand and up to a chunk more; return what was taken, or why nothing was.

        Raises:
            BankAway: nothing was taken as far as can be known.
        """
        if self._away_since is not None and 0 <= now - self._away_since < PAUSE:
            raise BankAway
        was_away = self._away_since is not None
        if was_away:
            self._away_since = now  # one thread tries whether it is back, the others go on
        try:
            answer = self._take(keys=_keys(demands), args=_arguments(demands))
        except redis.RedisError as error:
            self._away_since = now
            if not was_away:
                logger.warning("limits are kept by each process alone: %r", error)
            raise BankAway from error
        self._away_since = None
        return _verdict(demands, answer)


def _verdict(demands: Sequence[Demand], answer: list[Any]) -> Refusal | list[float]:
    longest, *numbers = answer
    if longest:
        return Refusal(demands[longest - 1], float(numbers[0]))
    return [float(taken) for taken in numbers]


def _keys(demands: Sequence[Demand]) -> list[str]:
    return [f"{settings.LIMITS_PREFIX}:{demand.allowance.name}" for demand in demands]


def _arguments(demands: Sequence[Demand]) -> list[float]:
    return [
        number
        for allowance, amount in demands
        for number in (allowance.rate, allowance.burst, amount, allowance.chunk)
    ]
