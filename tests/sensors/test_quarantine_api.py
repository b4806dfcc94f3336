"""`data/quarantine` for programs."""

from __future__ import annotations

import pytest

from sensors.models import QuarantinedReading, Reading
from tests.sensors.factories import QuarantinedReadingFactory

URL = "/api/v1/data/quarantine"
GOOD = {"sensor_id": "P-1.flow", "value": 1, "timestamp": "2026-03-02T11:00:00Z"}


@pytest.fixture
def row(organization):
    return QuarantinedReadingFactory(
        organization=organization, sensor_code="P-1.flow", payload={**GOOD, "value": "x"}
    )


def listed(api, query: str = "") -> list[int]:
    answer = api("data:read").get(f"{URL}?{query}")
    assert answer.status_code == 200
    return [one["id"] for one in answer.json()["results"]]


def test_it_lists_what_waits_the_latest_first(api, organization, other_organization, row):
    later = QuarantinedReadingFactory(organization=organization, code="future")
    settled = QuarantinedReadingFactory(organization=organization, state="stored")
    QuarantinedReadingFactory(organization=other_organization)
    assert listed(api) == [later.pk, row.pk]
    assert listed(api, "state=stored") == [settled.pk]
    assert listed(api, "code=future") == [later.pk]
    assert listed(api, "sensor_id=P-1.flow") == [row.pk]
    assert listed(api, "since=2026-03-02T12:00:01Z") == []
    assert listed(api, "limit=1") == [later.pk]


@pytest.mark.parametrize(
    ("query", "field"), [("state=gone", "state"), ("since=2026-03-02T12:00:00", "since")]
)
def test_it_refuses_a_filter_that_it_does_not_know(api, organization, query, field):
    answer = api("data:read").get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_reading_is_sent_again_as_it_came(api, organization, row):
    row.payload = GOOD
    row.save()
    answer = api("data:ingest").post(f"{URL}/{row.pk}/resubmit", {})
    assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (200, "stored", 1)
    assert answer.json()["history"][0]["action"] == "resubmitted"
    assert answer.json()["history"][0]["actor"] == "token gateway"
    assert Reading.objects.count() == 1


def test_a_reading_is_sent_again_corrected(api, organization, row):
    answer = api("data:ingest").post(f"{URL}/{row.pk}/resubmit", {"payload": GOOD})
    assert (answer.json()["state"], answer.json()["correction"]) == ("stored", GOOD)
    assert answer.json()["payload"]["value"] == "x"


def test_a_reading_that_is_refused_again_says_why_and_waits_on(api, organization, row):
    answer = api("data:ingest").post(f"{URL}/{row.pk}/resubmit", {"payload": {**GOOD, "quality": 2}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "quality")
    row.refresh_from_db()
    assert (row.state, row.code, row.attempts) == ("waiting", "quality", 1)


@pytest.mark.parametrize("payload", [7, "x", [], {}, {"sensor_id": "P\ufffd", "value": [[]]}])
def test_no_payload_is_too_strange(api, organization, row, payload):
    answer = api("data:ingest").post(f"{URL}/{row.pk}/resubmit", {"payload": payload})
    assert answer.status_code == 422


def test_what_is_settled_is_not_settled_again(api, organization, row):
    client = api("data:ingest")
    assert client.post(f"{URL}/{row.pk}/discard", {}).status_code == 400
    answer = client.post(f"{URL}/{row.pk}/discard", {"reason": "test rig"})
    assert (answer.status_code, answer.json()["state"]) == (200, "discarded")
    for deed in ("discard", "resubmit"):
        again = client.post(f"{URL}/{row.pk}/{deed}", {"reason": "test rig"})
        assert (again.status_code, "discarded" in again.json()["detail"]) == (409, True)
    assert client.post(f"{URL}/{row.pk}/restore").json()["state"] == "waiting"
    assert client.post(f"{URL}/{row.pk}/restore").status_code == 409


def test_many_are_sent_again_piece_by_piece(api, organization):
    for number in range(5):
        payload = {**GOOD, "sensor_id": f"P-{number}", "quality": 1 if number % 2 else 9}
        QuarantinedReadingFactory(organization=organization, payload=payload, code="unit")
    other = QuarantinedReadingFactory(organization=organization, payload=GOOD, code="future")
    after, pieces = 0, []
    while after is not None:
        body = {"code": "unit", "limit": 2, "after": after}
        piece = api("data:ingest").post(f"{URL}/resubmit", body).json()
        pieces.append((piece["done"], piece["stored"], piece["refused"]))
        after = piece["after"]
    assert pieces == [(2, 1, 1), (2, 1, 1), (1, 0, 1)]
    other.refresh_from_db()
    assert other.attempts == 0


def test_many_are_discarded_for_a_reason(api, organization, row):
    client = api("data:ingest")
    assert client.post(f"{URL}/discard", {"code": "value"}).status_code == 400
    answer = client.post(f"{URL}/discard", {"code": "value", "reason": "test rig"})
    assert answer.json() == {"done": 1, "after": None}
    assert QuarantinedReading.objects.get().state == "discarded"


@pytest.mark.parametrize("field", [{"limit": 0}, {"limit": 1001}, {"after": -1}, {"since": "today"}])
def test_a_piece_is_bounded(api, organization, field):
    answer = api("data:ingest").post(f"{URL}/resubmit", field)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, next(iter(field)))
