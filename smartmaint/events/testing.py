"""For tests: the real chain in one process, without the queue between."""

from __future__ import annotations

from smartmaint.events.consumer import consume
from smartmaint.events.relay import relay_once


def drain(rounds: int = 50) -> None:
    """Relay and run agents until nothing is due.

    Raises:
        RuntimeError: after `rounds` there is still something due (agents that call each other in a circle).
    """
    for _ in range(rounds):
        if not relay_once(send=consume):
            return
    raise RuntimeError(f"events are still due after {rounds} rounds")
