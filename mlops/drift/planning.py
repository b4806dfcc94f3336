"""Which stretches of the reference a window is compared with: as long as it, at the same times of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
WINDOWS = (3 * DAY, DAY, DAY / 4, DAY / 24)  # the longest that has enough to compare with
REFERENCE = 56 * DAY  # from the beginning of what is normal
ENOUGH_BLOCKS = 12
MOST_BLOCKS = 28
ROWS = 288  # that are read of a stretch, at most, evenly over its time
FEWEST_BLOCKS = 3


@dataclass(frozen=True)
class Stretch:
    """since <= t < until."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if not self.since < self.until:
            raise ValueError(f"a stretch ends after it began, not {self.since} to {self.until}")

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    def moved(self, by: timedelta) -> Stretch:
        return Stretch(self.since + by, self.until + by)

    def before(self, moment: datetime) -> Stretch | None:
        """Return what of it lies before the moment."""
        return Stretch(self.since, min(self.until, moment)) if self.since < moment else None

    def meets(self, other: Stretch) -> bool:
        return self.since < other.until and other.since < self.until


@dataclass(frozen=True)
class Plan:
    """The window, the blocks of the reference (oldest first), and whether they share its times of the day."""

    window: Stretch
    blocks: list[Stretch]
    same_hours: bool

    @property
    def covers_a_day(self) -> bool:
        """Tell whether the reference knows every time of the day that the window has."""
        return self.same_hours or (bool(self.blocks) and self.blocks[-1].until - self.blocks[0].since >= DAY)


def plan(window: Stretch, reference: Stretch, without: Sequence[Stretch] = ()) -> Plan:
    """Cut the reference: into a block a day where that gives ENOUGH_BLOCKS, else one after the other.

    Blocks that meet a stretch of `without` are left out.
    """
    days = _blocks(window, reference, DAY * -(-window.length // DAY), without)
    last = window.moved(reference.until - window.since)
    in_a_row = _blocks(last, reference, window.length, without)
    same_hours = len(days) >= min(ENOUGH_BLOCKS, max(len(in_a_row), FEWEST_BLOCKS))
    return Plan(window, days if same_hours else in_a_row, same_hours)


def _blocks(
    window: Stretch, reference: Stretch, every: timedelta, without: Sequence[Stretch]
) -> list[Stretch]:
    """Return the window moved back by multiples of `every`, where it fits: the newest MOST_BLOCKS."""
    first = -(-(window.until - reference.until) // every)
    steps = range(first, (window.since - reference.since) // every + 1)
    fitting = (window.moved(-step * every) for step in steps)
    usable = [block for block in fitting if not any(block.meets(other) for other in without)]
    return usable[:MOST_BLOCKS][::-1]


def choose_window(normal_since: datetime, until: datetime) -> timedelta | None:
    """Return how long the window that ends at `until` should be, or None where too little is known."""
    known = until - normal_since
    return next((width for width in WINDOWS if _fits(width, min(REFERENCE, known - width))), None)


def widest_window(reference: timedelta) -> timedelta | None:
    """Return how long a window may be for a reference of this length."""
    return next((width for width in WINDOWS if _fits(width, reference)), None)


def _fits(width: timedelta, reference: timedelta) -> bool:
    return reference >= ENOUGH_BLOCKS * width


def reference_of(normal_since: datetime, window: Stretch) -> Stretch | None:
    """Return the first weeks of what is normal, as far as they lie before the window; None: none does."""
    return Stretch(normal_since, normal_since + REFERENCE).before(window.since)


SHORTEST_KNOWN = (1 + ENOUGH_BLOCKS) * WINDOWS[-1]  # history from which on a check without orders is made
