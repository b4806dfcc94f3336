"""Single readings that come in at the same time: one transaction for all of them, a verdict for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from sensors.bulk import Question, Stored, pipelined
from sensors.incoming import IncomingReading
from sensors.quality import Item
from sensors.quarantine import quarantine_readings
from sensors.retrying import run_again_on_collision
from sensors.services import StoreResult, Written, news_of, row_errors, write
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import ApiToken, Organization
from smartmaint.accounts.remembered import TokenChanged, check_remembered, find_changed, question_about
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
    except TokensChanged as changed:
        return _store_the_others(group, changed.refusals)
    except Exception as error:
        if refusals := check_remembered(_tokens(group), max(sent.at for sent in group)):
            return _store_the_others(group, refusals)  # the organization itself may be gone
        if len(group) == 1:
            return [error]
        return [outcome for sent in group for outcome in store_group([sent])]


class TokensChanged(Exception):
    """Some of the group's tokens are no longer what they were; nothing was stored."""

    def __init__(self, refusals: Mapping[int, TokenChanged]) -> None:
        self.refusals = refusals


def _store_the_others(
    group: Sequence[Sent], refusals: Mapping[int, TokenChanged]
) -> Sequence[StoreResult | Exception]:
    outcomes = [refusals.get(sent.caller.token.pk) if sent.caller.token else None for sent in group]
    others = [sent for sent, refusal in zip(group, outcomes, strict=True) if refusal is None]
    results = iter(store_group(others) if others else [])
    return [refusal or next(results) for refusal in outcomes]


def _tokens(group: Iterable[Sent]) -> list[ApiToken]:
    return list({sent.caller.token.pk: sent.caller.token for sent in group if sent.caller.token}.values())


def _question(group: Sequence[Sent], at: datetime) -> Question | None:
    """Return what has to be asked about the tokens, if anything came by tokens."""
    tokens = _tokens(group)

    def judge(rows: list[tuple[Any, ...]]) -> None:
        if refusals := find_changed(tokens, rows):
            raise TokensChanged(refusals)

    return Question(*question_about(tokens, at), judge) if tokens else None


def _store_at_once(group: Sequence[Sent]) -> list[StoreResult | Exception]:
    """Store all in three round trips: token and readings, events, commit."""
    organization, at = group[0].caller.organization, max(sent.at for sent in group)
    shared = current_correlation_id()
    journeys = [_named_journey(sent.reading) or shared for sent in group]
    readings, question = [sent.reading for sent in group], _question(group, at)
    with ExitStack() as after_commit, transaction.atomic():
        written = write(organization, readings, at, shared, with_moments=True, beforehand=question)
        new = _new_readings(written)
        after_commit.enter_context(pipelined())
        tell = partial(_tell, organization, group, journeys, written, new)
        event_ids = {journey: tell(journey) for journey in dict.fromkeys(journeys)}
    return [_result(place, journey, written, new, event_ids) for place, journey in enumerate(journeys)]


def _result(
    place: int,
    journey: UUID,
    written: Written,
    new: Mapping[int, Stored],
    event_ids: Mapping[UUID, UUID | None],
) -> StoreResult:
    refused = {0: written.errors[place]} if place in written.errors else {}
    return StoreResult(
        accepted=int(place in new),
        duplicate=int(place not in new and not refused),
        rejected=len(refused),
        errors=row_errors(refused),
        event_id=event_ids[journey] if place in new else None,
        correlation_id=journey,
    )


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
