"""Whether a request may come in: within its caller's limits, and only as much as gets done.

An overloaded product refuses early and cheaply, and says when to come again; what it takes in, it stores.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from sensors.events import ReadingsStored
from smartmaint.accounts import limits
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import DatabaseAway, Overloaded, Throttled
from smartmaint.events.backlog import find_oldest_waiting
from smartmaint.events.connections import database_door

__all__ = ["Overloaded", "Throttled", "admit"]

BACKLOG_WAIT, POOL_WAIT = 10, 1  # seconds: Retry-After
LOOK_EVERY = 1.0  # seconds


class Backlog:
    """How long readings wait to be judged: asked once a second, by whichever request comes first."""

    def __init__(self) -> None:
        self._looked, self._seconds = float("-inf"), 0.0

    def seconds(self, at: datetime) -> float:
        now = at.timestamp()
        if not 0 <= now - self._looked < LOOK_EVERY:
            self._looked = now
            oldest = find_oldest_waiting(ReadingsStored)
            self._seconds = (at - oldest).total_seconds() if oldest else 0.0
        return self._seconds


_backlog = Backlog()


def admit(caller: Caller, count: int, at: datetime) -> None:
    """Let a request with `count` readings in.

    Raises:
        Throttled: the token or the organization sends more than it may.
        Overloaded: requests wait for the database already, or readings to be judged.
        DatabaseAway: it was found to hang a moment ago: nobody else waits to find out.
    """
    if database_door.was_shut():
        raise DatabaseAway
    if _waiting_for_database() > settings.POOL_WAIT_LIMIT:
        raise Overloaded("Too many requests wait for the database.", wait=POOL_WAIT)
    if _backlog.seconds(at) > settings.BACKLOG_LIMIT:
        raise Overloaded("Stored readings wait too long to be judged.", wait=BACKLOG_WAIT)
    limits.take(limits.demands_of(caller, readings=count), at=at)


def _waiting_for_database() -> int:
    """Return how many requests of this process wait for a connection."""
    pool: Any = connection.pool  # type: ignore[attr-defined]
    return pool.get_stats().get("requests_waiting", 0) if pool else 0
