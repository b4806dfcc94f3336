"""Transactions that the database broke off because of another one are run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection

T = TypeVar("T")

# serialization failure, deadlock; and a foreign key that failed: the sensor was deleted meanwhile
COLLISIONS = {"40001", "40P01", "23503"}
CHANCES = 4


def run_again_on_collision(act: Callable[[], T]) -> T:
    """Return what `act` does in a transaction of its own; inside another one, that one has to be run again.

    Raises:
        DatabaseError: another trouble, or the fourth collision.
    """
    for chance in range(1, CHANCES + 1):
        try:
            return act()
        except DatabaseError as error:
            if connection.in_atomic_block or chance == CHANCES or not _is_collision(error):
                raise
    raise AssertionError("unreachable: the last chance returns or raises")


def _is_collision(error: DatabaseError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in COLLISIONS
