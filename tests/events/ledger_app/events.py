from __future__ import annotations

from dataclasses import dataclass

from smartmaint.events.event import Event


@dataclass(frozen=True, kw_only=True)
class NumberSaid(Event):
    """A number was written down at `at` (seconds since the epoch)."""

    number: int
    at: float


@dataclass(frozen=True, kw_only=True)
class NumberRepeated(Event):
    """An agent heard a number and says it again: the second step of a chain."""

    number: int
    at: float


@dataclass(frozen=True, kw_only=True)
class PoisonSaid(Event):
    """Whoever hears it dies."""
