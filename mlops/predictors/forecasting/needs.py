"""How much history a forecast takes: room for five tries on it, and something to learn from before them."""

from __future__ import annotations

LEAST_ORIGINS = 5


def closest(horizon: int) -> int:
    """Return how many rows apart two origins of a back-test are at least."""
    return max(1, horizon // 4)


def fewest_rows(horizon: int, season: int = 1) -> int:
    """Return the rows that five origins, the horizon after the last and a season before the first take."""
    return horizon + 1 + (LEAST_ORIGINS - 1) * closest(horizon) + max(2, season - 1)
