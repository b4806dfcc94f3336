"""Recorded readings through the product's own ingestion, at a pace, never far ahead of its agents."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from sensors.incoming import IncomingReading
from sensors.models import Asset
from sensors.services import StoreResult, ensure_sensor, store_readings
from smartmaint.accounts.models import Organization
from smartmaint.embedded.recording import Extent, Recording, Row, in_time_order
from smartmaint.events.models import Delivery, EventRecord

BATCH = 1000  # readings in one transaction at full speed
LOOK_SECONDS = 0.05
PATIENCE = 120.0  # without any progress


class NobodyListens(RuntimeError):
    """The readings are stored, and no relay or worker takes their events."""


@dataclass(frozen=True)
class Pace:
    """How fast recorded time passes: `factor` times as fast as it did, or as fast as it goes (None)."""

    factor: float | None

    @classmethod
    def parse(cls, text: str) -> Pace:
        """Understand max, real, or a factor such as 60x.

        Raises:
            ValueError: it is none of these.
        """
        if text in {"max", "real"}:
            return cls(None if text == "max" else 1.0)
        if not (match := re.fullmatch(r"(\d+(?:\.\d+)?)x", text)) or not float(match[1]):
            raise ValueError(f"{text} is no speed: max, real, or a factor such as 60x.")
        return cls(float(match[1]))

    def lasts(self, recorded: timedelta) -> timedelta:
        """Return how long it takes to replay so much recorded time."""
        return recorded / self.factor if self.factor else timedelta(0)


@dataclass
class Counts:
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    empty: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, result: StoreResult) -> None:
        self.accepted += result.accepted
        self.duplicate += result.duplicate
        self.rejected += result.rejected
        for error in result.errors:
            self.reasons[error.code] = self.reasons.get(error.code, 0) + 1


def ensure_columns(asset: Asset, columns: Sequence[str], code: str | None) -> list[str]:
    """Return the sensor code of each column: `code` for a single one, else `<asset>.<column>`.

    Raises:
        ValueError: a sensor of this code belongs to another asset.
    """
    codes = [code] if code else [f"{asset.code}.{_tidy(column)}" for column in columns]
    for sensor_code, column in zip(codes, columns, strict=True):
        sensor = ensure_sensor(
            organization=asset.organization, code=sensor_code, asset=asset, name=f"{asset.name} {column}"
        )
        if sensor.asset_id != asset.pk:
            raise ValueError(f"The sensor {sensor_code} belongs to the asset {sensor.asset.code}.")
    return codes


def _tidy(column: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", column).strip("-")


@dataclass
class Replay:
    """One recording on its way. `codes` holds the sensor code of each of its columns."""

    asset: Asset
    recording: Recording
    extent: Extent
    codes: Sequence[str]
    pace: Pace
    shift: timedelta = timedelta(0)
    counts: Counts = field(default_factory=Counts)

    def run(self, progress: Callable[[int], None]) -> Counts:
        """Store all of it; `progress` hears how many rows each step has sent.

        Raises:
            NobodyListens: no agent takes the events, so nothing would come of the readings.
        """
        for rows in self.batches():
            journey = self.store(rows)
            progress(len(rows))
            wait_for_agents(self.asset.organization, journey)
        return self.counts

    def batches(self) -> Iterator[list[Row]]:
        """Yield rows by time, each not before its moment."""
        began, batch = time.monotonic(), list[Row]()
        for row in in_time_order(self.recording, self.extent):
            due = began + self.pace.lasts(row.at - self.extent.first).total_seconds()
            if batch and (due > time.monotonic() or len(batch) * len(self.codes) >= BATCH):
                yield batch
                batch = []
            time.sleep(max(0.0, due - time.monotonic()))
            batch.append(row)
        yield batch

    def store(self, rows: Sequence[Row]) -> UUID | None:
        """Store them and return the id of their journey, or None where nothing was new."""
        readings = list(self.readings(rows))
        self.counts.empty += len(rows) * len(self.codes) - len(readings)
        result = store_readings(
            organization=self.asset.organization,
            readings=readings,
            at=timezone.now(),
            source="replay",
            live=True,
        )
        self.counts.add(result)
        return result.correlation_id if result.event_id else None

    def readings(self, rows: Sequence[Row]) -> Iterator[IncomingReading]:
        for row in rows:
            for code, value in zip(self.codes, row.values, strict=True):
                if value is not None:
                    yield IncomingReading(sensor_id=code, value=value, timestamp=row.at + self.shift)


def wait_for_agents(organization: Organization, journey: UUID | None) -> None:
    """Return when all that followed from the journey's events so far is done.

    So the next readings meet the alerts, decisions and bookings that these have led to, as in real life.

    Raises:
        NobodyListens: nothing has moved for `PATIENCE` seconds.
    """
    state, since = None, time.monotonic()
    while journey and any(now := _open(organization, journey)):
        if now != state:
            state, since = now, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise NobodyListens(
                "The readings are stored, but no relay or worker takes their events. Run `manage.py up`."
            )
        time.sleep(LOOK_SECONDS)


def _open(organization: Organization, journey: UUID) -> tuple[int, int]:
    """Return how many of the journey's events are not told yet, and how many deliveries are not done."""
    events = EventRecord.objects.journey(organization, journey)
    deliveries = Delivery.objects.open().filter(event__in=events)
    return events.pending().count(), deliveries.count()
