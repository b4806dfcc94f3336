"""Single readings that come in at the same time: one transaction for all of them, a verdict for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from sensors.bulk import Stored
from sensors.incoming import IncomingReading
from sensors.quality import Item
from sensors.quarantine import quarantine_readings
from sensors.retrying import run_again_on_collision
from sensors.services import StoreResult, Written, news_of, row_errors, write
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import Organization
from smartmaint.accounts.remembered import TokenChanged, check_remembered
from smartmaint.events.context import current_correlation_id
from smartmaint.events.outbox import publish
from smartmaint.gathering import Gathering

MOST_TOGETHER = 200
DATABASE_AWAY = (OperationalError, InterfaceError)


class Sent(NamedTuple):
    """A reading, who sent it, and when it came."""

    caller: Caller
    reading: Item
    at: datetime


_gatherings: dict[int, Gathering[Sent, StoreResult]] = {}


def store_together(sent: Sent) -> StoreResult:
    """Store a reading, in one transaction with those that other threads bring at this moment.

    Readings that name no journey share one, and its event. A reading without a time gets that of its coming.

    Raises:
        TokenChanged: nothing was done; look at the caller anew.
        DatabaseError: the database is away, or has trouble with this reading.
    """
    organization = sent.caller.organization
    if isinstance(sent.reading, IncomingReading) and sent.reading.timestamp is None:
        sent.reading.timestamp = sent.at
    if organization.pk not in _gatherings:
        gathering = Gathering(store_group, most=MOST_TOGETHER, spreading=DATABASE_AWAY)
        _gatherings.setdefault(organization.pk, gathering)
    return _gatherings[organization.pk].submit(sent)


def store_group(group: Sequence[Sent]) -> Sequence[StoreResult | Exception]:
    """Store what came together; where that fails by one of them, store each by itself."""
    try:
        return run_again_on_collision(partial(_store_at_once, group))
    except DATABASE_AWAY:
        raise
    except Exception as error:
        if len(group) == 1:
            return [error]
        return [outcome for sent in group for outcome in store_group([sent])]


@transaction.atomic
def _store_at_once(group: Sequence[Sent]) -> list[StoreResult | Exception]:
    changed = _changed_tokens(group)
    outcomes: list[StoreResult | Exception | None] = [_refusal(sent, changed) for sent in group]
    admitted = [sent for sent, refusal in zip(group, outcomes, strict=True) if refusal is None]
    results = iter(_store_admitted(admitted) if admitted else [])
    return [next(results) if outcome is None else outcome for outcome in outcomes]


def _changed_tokens(group: Iterable[Sent]) -> dict[int, TokenChanged]:
    tokens = {sent.caller.token.pk: sent.caller.token for sent in group if sent.caller.token}
    return check_remembered(tokens.values(), max(sent.at for sent in group)) if tokens else {}


def _refusal(sent: Sent, changed: Mapping[int, TokenChanged]) -> TokenChanged | None:
    return changed.get(sent.caller.token.pk) if sent.caller.token else None


def _store_admitted(group: Sequence[Sent]) -> list[StoreResult]:
    organization, at = group[0].caller.organization, max(sent.at for sent in group)
    shared = current_correlation_id()
    journeys = [_named_journey(sent.reading) or shared for sent in group]
    written = write(organization, [sent.reading for sent in group], at, shared, with_moments=True)
    new = _new_readings(written)
    tell = partial(_tell, organization, group, journeys, written, new)
    event_ids = {journey: tell(journey) for journey in dict.fromkeys(journeys)}
    return [
        StoreResult(
            accepted=int(place in new),
            duplicate=int(place not in new and place not in written.errors),
            rejected=int(place in written.errors),
            errors=row_errors({0: written.errors[place]} if place in written.errors else {}),
            event_id=event_ids[journey] if place in new else None,
            correlation_id=journey,
        )
        for place, journey in enumerate(journeys)
    ]


def _named_journey(reading: Item) -> UUID | None:
    return reading.correlation_id if isinstance(reading, IncomingReading) else None


def _new_readings(written: Written) -> dict[int, Stored]:
    """Return what is new by its position: of equal readings the first one."""
    new = {(sensor.sensor_id, moment): sensor for sensor in written.stored for moment in sensor.moments or ()}
    columns = zip(written.rows.positions, written.rows.sensor_ids, written.rows.moments, strict=True)
    first: dict[int, Stored] = {}
    for position, sensor_id, moment in columns:
        if sensor := new.pop((sensor_id, moment), None):
            first[position] = Stored(sensor_id, 1, moment, moment, sensor.latest_at)
    return first


def _tell(
    organization: Organization,
    group: Sequence[Sent],
    journeys: Sequence[UUID],
    written: Written,
    new: Mapping[int, Stored],
    journey: UUID,
) -> UUID | None:
    """Quarantine what was refused of a journey and publish what is new of it; return the event's id."""
    at = max(sent.at for sent in group)
    places = [place for place, other in enumerate(journeys) if other == journey]
    refused = [(group[place].reading, written.errors[place]) for place in places if place in written.errors]
    quarantine_readings(organization=organization, refused=refused, at=at, journey=journey, source="api")
    events = news_of(organization, _by_sensor(new[place] for place in places if place in new), at, journey)
    publish(*events)
    return events[0].event_id if events else None


def _by_sensor(news: Iterable[Stored]) -> list[Stored]:
    by_sensor: dict[int, list[Stored]] = {}
    for stored in news:
        by_sensor.setdefault(stored.sensor_id, []).append(stored)
    return [
        Stored(
            sensor_id,
            len(readings),
            min(reading.first_at for reading in readings),
            max(reading.last_at for reading in readings),
            readings[0].latest_at,
        )
        for sensor_id, readings in by_sensor.items()
    ]
