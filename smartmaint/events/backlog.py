"""How long events wait to be heard: for those who decide whether more may come in."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from smartmaint.events.agents import AGENTS
from smartmaint.events.event import Event

# Two index scans that end at the first row. What failed once waits for its next attempt, not in line.
OLDEST = """
SELECT least(
    (SELECT published_at FROM events_eventrecord
        WHERE relayed_at IS NULL AND name = %s ORDER BY published_at LIMIT 1),
    (SELECT due_at FROM events_delivery
        WHERE state = 'waiting' AND attempts = 0 AND agent = ANY(%s) ORDER BY due_at LIMIT 1)
)
"""


def find_oldest_waiting(event_type: type[Event]) -> datetime | None:
    """Return since when the longest waiting event of this type waits for its first attempt."""
    listeners = [agent.name for agent in AGENTS.values() if event_type in agent.events]
    with connection.cursor() as cursor:
        cursor.execute(OLDEST, [event_type.name, listeners])
        (oldest,) = cursor.fetchone()
    return oldest
