from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection

from sensors.idempotency import Answer, answer_once, prune_keys
from sensors.models import IdempotencyKey, QuarantinedReading, Reading
from smartmaint.accounts.problems import Conflict
from tests.accounts.factories import OrganizationFactory
from tests.sensors.factories import IdempotencyKeyFactory

URL = "/api/v1/data/ingest"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def send(api, body, key="k-1", **options):
    text = json.dumps(body)
    client = api("data:ingest", **options)
    return client.post(URL, text, content_type="application/json", headers={"Idempotency-Key": key})


@pytest.mark.parametrize("wrap", [lambda reading: reading, lambda reading: [reading]])
def test_the_same_payload_gets_the_first_answer_again(api, organization, wrap):
    body = wrap({"sensor_id": "P-1", "value": 1})
    first, second = send(api, body).json(), send(api, body).json()
    assert first["status"] == "event_published"
    assert second == {**first, "status": "duplicate_ignored"}
    assert Reading.objects.count() == 1


def test_another_payload_is_refused(api, organization):
    send(api, {"sensor_id": "P-1", "value": 1})
    assert send(api, {"sensor_id": "P-1", "value": 2}).status_code == 422
    assert Reading.objects.count() == 1


def test_a_refusal_is_repeated_too(api, organization):
    bad = {"sensor_id": "P-1", "value": "high"}
    answers = [send(api, bad) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["errors"] == answers[1].json()["errors"]
    assert QuarantinedReading.objects.count() == 1


def test_keys_of_organizations_are_apart(api, organization, other_organization):
    body = {"sensor_id": "P-1", "value": 1}
    send(api, body)
    assert send(api, body, organization=other_organization).json()["status"] == "event_published"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tin", "ü"])
def test_a_strange_key_is_refused(api, organization, key):
    assert send(api, {"sensor_id": "P-1", "value": 1}, key=key).status_code == 400


def test_a_failure_leaves_no_key(organization):
    def fail() -> Answer:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        answer_once(organization=organization, key="k", payload=b"", at=AT, act=fail)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_request_in_flight_is_a_conflict():
    organization, holding, release = OrganizationFactory(), Event(), Event()

    def slow() -> Answer:
        holding.set()
        release.wait(60)
        return Answer(200, {})

    def hold() -> None:
        answer_once(organization=organization, key="k", payload=b"", at=AT, act=slow)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert holding.wait(60)
    with pytest.raises(Conflict):
        answer_once(organization=organization, key="k", payload=b"", at=AT, act=slow)
    release.set()
    thread.join()


def test_keys_are_forgotten_after_seven_days(organization):
    old = IdempotencyKeyFactory(created_at=AT - timedelta(days=7, seconds=1))
    young = IdempotencyKeyFactory(created_at=AT - timedelta(days=6, hours=23))
    assert prune_keys(at=AT) == 1
    assert list(IdempotencyKey.objects.all()) == [young]
    assert old.organization_id != young.organization_id
