"""Storing what machines say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import OperationalError, transaction

from sensors.bulk import DirectoryChanged, Question, Rows, Stored, find_conflicts, write_rows
from sensors.directory import forget
from sensors.events import ReadingsStored
from sensors.incoming import IncomingReading
from sensors.quality import Item, Rejection
from sensors.quarantine import quarantine_readings
from sensors.registration import ensure_asset, ensure_sensor, ensure_site
from sensors.retrying import run_again_on_collision
from sensors.screening import Errors, screen
from sensors.storage.partitions import make_room
from smartmaint.accounts.models import Organization
from smartmaint.events.context import current_correlation_id
from smartmaint.events.outbox import publish

__all__ = ["StoreResult", "ensure_asset", "ensure_sensor", "ensure_site", "store_readings"]

LATE_AFTER = timedelta(hours=1)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)  # seen from there everything is late
LOOKS = 10  # at the sensors, while others change them


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


class Written(NamedTuple):
    """What became of readings: rows that might be stored, news by sensor, and refusals by position."""

    rows: Rows
    stored: list[Stored]
    errors: Errors


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

    A reading for an instant that has one already is a duplicate where the value is the same, else a conflict,
    which is refused: the first one stays. Sensors whose new readings all lie more than an hour behind `at`,
    or behind the sensor's newest reading, are told of in an event of their own, marked late; with `live` all
    count as live, with `history` all as late.
    """
    journey = correlation_id or _named_journey(readings) or current_correlation_id()
    now = END_OF_TIME if history else at
    store = partial(_store, organization, readings, at, journey, source, None if live else now)
    return run_again_on_collision(store)


@transaction.atomic
def _store(
    organization: Organization,
    readings: Sequence[Item],
    at: datetime,
    journey: UUID,
    source: str,
    now: datetime | None,
) -> StoreResult:
    written = write(organization, readings, at, journey)
    refused = [(readings[position], error) for position, error in written.errors.items()]
    quarantine_readings(organization=organization, refused=refused, at=at, journey=journey, source=source)
    events = news_of(organization, written.stored, now, journey)
    publish(*events)
    accepted = sum(sensor.new_count for sensor in written.stored)
    return StoreResult(
        accepted=accepted,
        duplicate=len(readings) - accepted - len(written.errors),
        rejected=len(written.errors),
        errors=row_errors(written.errors),
        event_id=events[0].event_id if events else None,
        correlation_id=journey,
    )


def write(
    organization: Organization,
    readings: Sequence[Item],
    at: datetime,
    journey: UUID,
    *,
    with_moments: bool = False,
    beforehand: Question | None = None,
) -> Written:
    """Screen and store in the running transaction, and find the conflicts. Looks again at the sensors where
    somebody changed them meanwhile."""
    for look in range(LOOKS):
        rows, errors, directory = screen(organization, readings, at, journey)
        if rows.positions:
            make_room(rows.moments, at=at)
        try:
            stored = write_rows(rows, directory, with_moments=with_moments, beforehand=beforehand)
        except DirectoryChanged:
            forget(organization.pk)
            if look:  # one after the other: most changes wait for this lock
                Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        else:
            return Written(rows, stored, {**errors, **_conflicts(rows, stored)})
    raise OperationalError("The sensors change faster than readings can be stored.")


def _conflicts(rows: Rows, stored: Iterable[Stored]) -> Errors:
    """Return the refusals of other values for instants that have one; no question where all rows are new."""
    if sum(sensor.new_count for sensor in stored) == len(rows.positions):
        return {}
    return {
        rows.positions[place]: Rejection(
            "conflict",
            f"At {rows.moments[place].isoformat()} the sensor has {value!r} already, this says "
            f"{rows.values[place]!r}. The first one stays.",
        )
        for place, value in find_conflicts(rows).items()
    }


def row_errors(errors: Errors) -> tuple[RowError, ...]:
    return tuple(RowError(index, error.code, error.detail) for index, error in sorted(errors.items()))


def _named_journey(readings: Iterable[Item]) -> UUID | None:
    """Return the first correlation id that a reading names: what is sent together is one journey."""
    ids = (reading.correlation_id for reading in readings if isinstance(reading, IncomingReading))
    return next((correlation_id for correlation_id in ids if correlation_id), None)


def news_of(
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
