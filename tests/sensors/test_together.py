"""Single readings at the same time: one transaction, and each request its own verdict."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection

from sensors.incoming import IncomingReading
from sensors.models import QuarantinedReading, Reading, Sensor, SensorSummary
from sensors.quality import MalformedReading, Rejection
from sensors.services import StoreResult
from sensors.together import Sent, store_group, store_together
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import ApiToken
from smartmaint.accounts.remembered import TokenChanged, find_token
from smartmaint.accounts.services import revoke_token
from smartmaint.events.models import EventRecord
from tests.accounts.factories import ApiTokenFactory, OrganizationFactory

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def caller(organization):
    ApiTokenFactory(organization=organization, secret="smt_machine")
    return Caller.of_token(find_token("smt_machine", "127.0.0.1", AT))


def sent(caller, value=1.0, *, code="P-1.flow", seconds=0, **values):
    values = {"timestamp": AT + timedelta(seconds=seconds)} | values
    return Sent(caller, IncomingReading(sensor_id=code, value=value, **values), AT)


def counts(result):
    return (result.accepted, result.duplicate, result.rejected)


def news():
    return EventRecord.objects.filter(name="sensors.ReadingsStored")


def test_each_of_a_group_gets_its_own_verdict(caller):
    store_group([sent(caller, 5)])
    bad = Sent(caller, MalformedReading({"sensor_id": "P-1.flow"}, Rejection("value", "missing")), AT)
    group = [sent(caller, 5), sent(caller, 6), bad, sent(caller, 7, seconds=1), sent(caller, 7, seconds=1)]
    results = store_group(group)
    assert [counts(result) for result in results] == [(0, 1, 0), (0, 0, 1), (0, 0, 1), (1, 0, 0), (0, 1, 0)]
    assert [error.code for result in results for error in result.errors] == ["conflict", "value"]
    assert results[3].event_id is not None
    assert results[4].event_id is None
    assert QuarantinedReading.objects.count() == 2


def test_a_group_is_told_of_by_one_event(caller):
    results = store_group([sent(caller, seconds=n, code=f"P-{n % 2}.flow") for n in range(6)])
    event = news().get()
    assert {result.event_id for result in results} == {event.pk}
    assert {result.correlation_id for result in results} == {event.correlation_id}
    first = Sensor.objects.get(code="P-0.flow").pk
    assert event.payload["count"] == 6
    assert event.payload["spans"][str(first)] == ["2026-03-02T12:00:00+00:00", "2026-03-02T12:00:04+00:00"]


def test_a_reading_that_names_its_journey_has_an_event_of_its_own(caller):
    journey = uuid4()
    results = store_group(
        [sent(caller), sent(caller, seconds=1, correlation_id=journey), sent(caller, seconds=2)]
    )
    assert results[1].correlation_id == journey
    assert news().get(correlation_id=journey).payload["count"] == 1
    assert news().exclude(correlation_id=journey).get().payload["count"] == 2


def test_a_reading_without_a_time_has_that_of_its_own_coming(caller):
    later = Sent(caller, IncomingReading(sensor_id="P-1.flow", value=2), AT + timedelta(microseconds=7))
    store_group([Sent(caller, IncomingReading(sensor_id="P-1.flow", value=1, timestamp=AT), AT)])
    store_together(later)
    assert Reading.objects.order_by("measured_at").last().measured_at == later.at


def test_a_revoked_token_stores_nothing_and_the_others_go_on(caller, organization):
    other_token = ApiTokenFactory(organization=organization, secret="smt_other")
    other = Caller.of_token(find_token("smt_other", "127.0.0.1", AT))
    revoke_token(token=other_token, at=AT - timedelta(seconds=1))
    results = store_group([sent(caller), sent(other, seconds=1), sent(caller, seconds=2)])
    assert isinstance(results[1], TokenChanged)
    assert [counts(result) for result in (results[0], results[2])] == [(1, 0, 0), (1, 0, 0)]
    assert Reading.objects.count() == 2


def test_one_that_breaks_the_transaction_fails_alone(caller, monkeypatch):
    from sensors import together

    whole = together.write

    def breaking(organization, readings, *rest, **options):
        if any(reading.value == 13 for reading in readings):
            raise IntegrityError("thirteen")
        return whole(organization, readings, *rest, **options)

    monkeypatch.setattr(together, "write", breaking)
    results = store_group([sent(caller, n, seconds=n) for n in (12, 13, 14)])
    assert [type(result) for result in results] == [StoreResult, IntegrityError, StoreResult]
    assert sorted(row.value for row in Reading.objects.all()) == [12, 14]


def test_while_the_database_is_away_nobody_tries_one_by_one(caller, monkeypatch):
    tries = []

    def away(*rest, **options):
        tries.append(rest)
        raise OperationalError("gone")

    monkeypatch.setattr("sensors.together.write", away)
    with pytest.raises(OperationalError):
        store_group([sent(caller, seconds=n) for n in range(5)])
    assert len(tries) == 1


def post(client, body):
    try:
        text = json.dumps(body)
        return client.post("/api/v1/data/ingest", text, content_type="application/json")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_are_each_answered_for_their_own_reading(api):
    organization = OrganizationFactory(slug="busy")
    client = api("data:ingest", organization=organization)
    now = datetime.now(UTC)
    times = [(now + timedelta(milliseconds=n)).isoformat() for n in range(300)]
    bodies = [{"sensor_id": f"P-{n % 5}.flow", "value": n, "timestamp": times[n]} for n in range(300)]
    for n in range(0, 300, 10):
        bodies[n]["value"] = "high"
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda body: post(client, body), bodies))
    assert [answer.status_code for answer in answers] == [422 if n % 10 == 0 else 200 for n in range(300)]
    told = [answer.json()["sensor_id"] for answer in answers if answer.status_code == 200]
    assert told == [body["sensor_id"] for n, body in enumerate(bodies) if n % 10]
    assert Reading.objects.count() == 270
    assert sum(SensorSummary.objects.values_list("reading_count", flat=True)) == 270
    assert sum(event.payload["count"] for event in news()) == 270


@pytest.mark.django_db(transaction=True)
def test_a_token_that_was_revoked_elsewhere_fails_on_the_very_next_request(api):
    client = api("data:ingest", organization=OrganizationFactory(slug="busy"))
    reading = {"sensor_id": "P-1.flow", "value": 1}
    assert [post(client, body).status_code for body in (reading, [reading])] == [200, 200]
    ApiToken.objects.update(revoked_at=datetime.now(UTC))
    assert [post(client, body).status_code for body in (reading, [reading])] == [401, 401]
    ApiToken.objects.update(revoked_at=None, scopes=["data:read"])
    assert [post(client, body).status_code for body in (reading, [reading])] == [403, 403]
    assert Reading.objects.count() == 2


def test_what_is_acknowledged_is_on_the_disk(caller, monkeypatch):
    from sensors import together

    settings = []
    whole = together.write

    def watching(*rest, **options):
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            settings.append(cursor.fetchone()[0])
        return whole(*rest, **options)

    monkeypatch.setattr(together, "write", watching)
    store_group([sent(caller)])
    assert settings == ["on"]
