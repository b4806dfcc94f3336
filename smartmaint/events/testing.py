"""For tests: the real chain in one process, without the queue between."""

from __future__ import annotations

from smartmaint.events.consumer import consume
from smartmaint.events.models import Delivery
from smartmaint.events.relay import Message, relay_once


def drain(rounds: int = 50, *, failures: bool = False) -> None:
    """Relay and run agents until nothing is due.

    Raises:
        RuntimeError: an agent failed (unless `failures` are part of the test), or after `rounds` there is
            still something due (agents that call each other in a circle).
    """
    for _ in range(rounds):
        if not relay_once(send=_run_here):
            break
    else:
        raise RuntimeError(f"events are still due after {rounds} rounds")
    broken = Delivery.objects.exclude(error="").order_by("pk")
    if broken and not failures:
        raise RuntimeError(f"{broken[0].agent} failed: {broken[0].error}")


def _run_here(messages: list[Message]) -> None:
    for agent, delivery_ids in messages:
        consume(agent, delivery_ids)
