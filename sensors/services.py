"""Storing what machines say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction

from sensors.bulk import Stored, write_rows
from sensors.events import ReadingsStored
from sensors.incoming import IncomingReading
from sensors.quarantine import quarantine_readings
from sensors.registration import ensure_asset, ensure_sensor, ensure_site
from sensors.screening import Errors, Item, screen
from sensors.storage.partitions import make_room
from smartmaint.accounts.models import Organization
from smartmaint.events.context import current_correlation_id
from smartmaint.events.outbox import publish

__all__ = ["StoreResult", "ensure_asset", "ensure_sensor", "ensure_site", "store_readings"]

LATE_AFTER = timedelta(hours=1)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)  # seen from there everything is late


class RowError(msgspec.Struct, frozen=True):
    """Why the reading at position `index` of what was sent is in quarantine."""

    index: int
    code: str
    detail: str


class StoreResult(msgspec.Struct, frozen=True, kw_only=True):
    """accepted + duplicate + rejected = sent. `event_id` is None where nothing was new."""

    accepted: int
    duplicate: int
    rejected: int
    errors: tuple[RowError, ...]
    event_id: UUID | None
    correlation_id: UUID


@transaction.atomic
def store_readings(
    *,
    organization: Organization,
    readings: Sequence[Item],
    at: datetime,
    correlation_id: UUID | None = None,
    source: str = "api",
    live: bool = False,
    history: bool = False,
) -> StoreResult:
    """Store the readings that may be, quarantine the others, tell what is new.

    Sensors whose new readings all lie more than an hour behind `at`, or behind the sensor's newest reading,
    are told of in an event of their own, marked late; with `live` all count as live,
    with `history` all as late.
    """
    journey = correlation_id or _named_journey(readings) or current_correlation_id()
    rows, errors = screen(organization, readings, at, journey)
    if rows:
        make_room([row.measured_at for row in rows], at=at)
    stored = write_rows(rows)
    refused = [(readings[index], error) for index, error in errors.items()]
    quarantine_readings(organization=organization, refused=refused, at=at, journey=journey, source=source)
    now = END_OF_TIME if history else at
    events = _news(organization, stored, None if live else now, journey)
    publish(*events)
    accepted = sum(sensor.new_count for sensor in stored)
    return StoreResult(
        accepted=accepted,
        duplicate=len(rows) - accepted,
        rejected=len(errors),
        errors=_by_position(errors),
        event_id=events[0].event_id if events else None,
        correlation_id=journey,
    )


def _by_position(errors: Errors) -> tuple[RowError, ...]:
    return tuple(RowError(index, error.code, error.detail) for index, error in sorted(errors.items()))


def _named_journey(readings: Iterable[Item]) -> UUID | None:
    """Return the first correlation id that a reading names: what is sent together is one journey."""
    ids = (reading.correlation_id for reading in readings if isinstance(reading, IncomingReading))
    return next((correlation_id for correlation_id in ids if correlation_id), None)


def _news(
    organization: Organization, stored: Iterable[Stored], at: datetime | None, journey: UUID
) -> list[ReadingsStored]:
    """Return an event for the live sensors and one for the late ones, as far as there are any."""
    groups: dict[bool, list[Stored]] = {}
    for sensor in stored:
        groups.setdefault(at is not None and _is_late(sensor, at), []).append(sensor)
    return [
        ReadingsStored(
            organization_id=organization.pk,
            correlation_id=journey,
            spans={sensor.sensor_id: _span(sensor) for sensor in groups[late]},
            count=sum(sensor.new_count for sensor in groups[late]),
            late=late,
        )
        for late in sorted(groups)
    ]


def _is_late(sensor: Stored, at: datetime) -> bool:
    return sensor.last_at < max(at, sensor.latest_at) - LATE_AFTER


def _span(sensor: Stored) -> tuple[str, str]:
    return sensor.first_at.astimezone(UTC).isoformat(), sensor.last_at.astimezone(UTC).isoformat()
