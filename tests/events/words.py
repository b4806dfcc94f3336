"""Events that only the tests of the backbone say."""

from __future__ import annotations

from dataclasses import dataclass

from smartmaint.events.event import Event


@dataclass(frozen=True, kw_only=True)
class Asked(Event):
    """A question with a number."""

    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Answered(Event):
    """What an agent says on hearing a question."""

    number: int = 0
