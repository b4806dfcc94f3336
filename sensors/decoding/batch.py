"""What a request carries, whatever it is written in, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.quality import Item
from smartmaint.accounts.parsers import PayloadTooLarge

MOST_READINGS = 10_000
MOST_CONTAINERS = 100_000
SMALLEST_CONTAINER = 3  # bytes: "[],"


@dataclass(frozen=True)
class Batch:
    """What a request carries. `single`: one reading, not a list of one."""

    readings: list[Item]
    single: bool


def check_count(count: int) -> None:
    """Refuse more readings than a request may carry.

    Raises:
        PayloadTooLarge: there are more.
    """
    if count > MOST_READINGS:
        raise PayloadTooLarge(f"Send at most {MOST_READINGS:,} readings in a request.")


def check_containers(body: bytes) -> None:
    """Refuse JSON that would take a hundred times its size in memory: objects and arrays by the million.

    Raises:
        PayloadTooLarge: there are too many.
    """
    if len(body) < MOST_CONTAINERS * SMALLEST_CONTAINER:
        return
    if body.count(b"{") + body.count(b"[") > MOST_CONTAINERS:
        raise PayloadTooLarge(f"The body has more than {MOST_CONTAINERS:,} objects and arrays.")
