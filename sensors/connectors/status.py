"""How each connector is doing: counted in memory, written to its rows every two seconds.

status = Status(entry)          # in the event loop; nothing here waits
status.connected()
status.heard("acme")
status.troubled("the broker refused the password")
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from sensors.connectors.entries import Entry
from sensors.models import ConnectorStatus
from sensors.services import StoreResult
from smartmaint.accounts.models import Organization

logger = logging.getLogger(__name__)
State = ConnectorStatus.State
COUNTS = ("message_count", "accepted", "duplicate", "rejected")


@dataclass
class Tally:
    """What has happened for one organization since its row was last written."""

    counts: Counter[str] = field(default_factory=Counter)
    last_message_at: datetime | None = None
    error: tuple[str, datetime] | None = None


class Status:
    """What one entry's process knows of itself. `state` is the connection's, `held` the store's."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.state: str = State.CONNECTING
        self.held = False
        self.since = self.written_at = timezone.now()
        self.tallies = {slug: Tally() for slug in entry.writes_to}

    def connected(self) -> None:
        self._turn(State.CONNECTED)

    def waiting(self, error: str) -> None:
        """The connection is lost or was refused; it is tried again."""
        self._turn(State.WAITING)
        self.troubled(error)

    def stopped(self) -> None:
        self._turn(State.STOPPED)

    def _turn(self, state: str) -> None:
        if state != self.state:
            self.state, self.since = state, timezone.now()
            logger.info("%s %s: %s", self.entry.kind, self.entry.name, state)

    def hold(self, error: str) -> None:
        """The database is away: what comes in waits, and is not acknowledged."""
        self.held = True
        self.troubled(error)

    def release(self) -> None:
        self.held = False

    def heard(self, slug: str, count: int = 1) -> None:
        """Count messages as they come in, for the organization that they are for."""
        tally = self.tallies[slug]
        tally.counts["message_count"] += count
        tally.last_message_at = timezone.now()

    def stored(self, slug: str, result: StoreResult) -> None:
        for name in COUNTS[1:]:
            self.tallies[slug].counts[name] += getattr(result, name)

    def troubled(self, error: str, slug: str | None = None) -> None:
        """Note and log an error; of one organization, or of the connection they share."""
        logger.warning("%s %s: %s", self.entry.kind, self.entry.name, error)
        for tally in [self.tallies[slug]] if slug else self.tallies.values():
            tally.error = (error, timezone.now())

    def take(self) -> dict[str, Tally]:
        """Return what is to be written, and begin anew."""
        taken, self.tallies = self.tallies, {slug: Tally() for slug in self.tallies}
        return taken

    def give_back(self, taken: dict[str, Tally]) -> None:
        """Take up again what could not be written."""
        for slug, old in taken.items():
            new = self.tallies[slug]
            new.counts += old.counts
            new.last_message_at = new.last_message_at or old.last_message_at
            new.error = new.error or old.error


def write_status(status: Status, taken: dict[str, Tally], at: datetime) -> None:
    """Write a row for each organization; in a thread that may talk to the database."""
    seconds = max((at - status.written_at).total_seconds(), 0.001)
    for organization in Organization.objects.filter(slug__in=list(taken)):
        tally = taken[organization.slug]
        row, _ = ConnectorStatus.objects.get_or_create(
            organization=organization,
            name=status.entry.name,
            defaults={"kind": status.entry.kind, "since": status.since, "seen_at": at},
        )
        ConnectorStatus.objects.filter(pk=row.pk).update(**_values(status, tally, at, seconds))
    status.written_at = at


def _values(status: Status, tally: Tally, at: datetime, seconds: float) -> dict[str, object]:
    values: dict[str, object] = {name: F(name) + tally.counts[name] for name in COUNTS}
    if tally.last_message_at:
        values["last_message_at"] = tally.last_message_at
    if tally.error:
        values["last_error"], values["last_error_at"] = tally.error[0][:300], tally.error[1]
    return values | {
        "kind": status.entry.kind,
        "address": status.entry.address[:300],
        "state": State.HELD if status.held and status.state == State.CONNECTED else status.state,
        "since": status.since,
        "rate": round(tally.counts["message_count"] / seconds, 2),
        "seen_at": at,
    }
