from __future__ import annotations

from datetime import timedelta

import pytest

from tests.accounts.factories import MembershipFactory
from tests.anomalies.factories import STARTED, AlertFactory, AlertSensorFactory

LIST = "/api/v1/alerts/"


@pytest.fixture
def alert(organization):
    alert = AlertFactory(
        asset__organization=organization, asset__code="P-101", verdict="confirmed", confidence=0.9
    )
    AlertSensorFactory(alert=alert, sensor__code="P-101.vibration")
    return alert


def ids(answer):
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def test_an_alert_has_the_promised_shape(api, alert):
    shape = api("data:read").get(f"{LIST}{alert.pk}/").json()
    promised = (
        "id asset sensors state priority started_at raised_at ended_at summary reasons score validation "
        "correlation_id transitions"
    )
    assert set(promised.split()) <= set(shape)
    assert (shape["asset"], shape["sensors"][0]["sensor_id"]) == ("P-101", "P-101.vibration")
    assert shape["validation"] == {"verdict": "confirmed", "confidence": 0.9, "reasons": []}
    assert shape["started_at"] == "2026-03-02T12:00:00Z"


def test_the_list_is_filtered(api, organization, alert):
    late = STARTED + timedelta(hours=1)
    closed = AlertFactory(asset__organization=organization, state="normal", priority=1, raised_at=late)
    client = api("data:read")
    assert ids(client.get(LIST)) == [closed.pk, alert.pk]
    assert ids(client.get(LIST, {"state": "open"})) == [alert.pk]
    assert ids(client.get(LIST, {"state": "closed"})) == [closed.pk]
    assert ids(client.get(LIST, {"state": "unacknowledged"})) == [alert.pk]
    assert ids(client.get(LIST, {"asset": "P-101"})) == [alert.pk]
    assert ids(client.get(LIST, {"priority": 1})) == [closed.pk]
    assert ids(client.get(LIST, {"since": "2026-03-02T13:00:00Z"})) == [closed.pk]


@pytest.mark.parametrize("query", ["state=odd", "priority=9", "since=2026-03-02T13:00:00", "since=yesterday"])
def test_a_filter_that_makes_no_sense_is_refused(api, alert, query):
    answer = api("data:read").get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.split("=")[0]


def test_pages_follow_one_another_without_hole(api, organization):
    expected = [AlertFactory(asset__organization=organization).pk for _ in range(5)]
    client, seen, address = api("data:read"), [], f"{LIST}?limit=2"
    while address:
        answer = client.get(address)
        seen += ids(answer)
        address = answer.json()["next"]
    assert sorted(seen) == expected


def test_the_list_costs_the_same_for_many(api, organization, django_assert_max_num_queries):
    for _ in range(20):
        AlertSensorFactory(alert=AlertFactory(asset__organization=organization))
    client = api("data:read")
    with django_assert_max_num_queries(6):
        client.get(LIST)


def test_people_act_on_it_and_each_step_says_who_and_why(api, alert):
    client = api("data:read", "alerts:write")
    member = MembershipFactory(organization=alert.organization, user__username="ana").user
    at = f"{LIST}{alert.pk}/"
    assert client.post(f"{at}acknowledge/", {"reason": "Seen."}, format="json").status_code == 200
    assert client.post(f"{at}comment/", {"text": "Warm."}, format="json").status_code == 200
    assert client.post(f"{at}assign/", {"username": member.username}, format="json").status_code == 200
    answer = client.post(f"{at}resolve/", {"reason": "Greased."}, format="json").json()
    assert (answer["state"], answer["assigned_to"]) == ("normal", "ana")
    steps = [(step["action"], step["by"], step["reason"]) for step in answer["transitions"]]
    assert steps == [
        ("acknowledged", "token gateway", "Seen."),
        ("commented", "token gateway", "Warm."),
        ("assigned", "token gateway", "to ana"),
        ("resolved", "token gateway", "Greased."),
    ]


def test_what_the_state_does_not_allow_answers_409_with_the_reason(api, alert):
    client, address = api("alerts:write"), f"{LIST}{alert.pk}/acknowledge/"
    client.post(address)
    answer = client.post(address)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "The alert is acknowledged already, so it cannot be acknowledged."


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("resolve", {}, 400),
        ("comment", {"text": ""}, 400),
        ("comment", {"text": "a" * 1001}, 400),
        ("assign", {"username": "nobody"}, 422),
        ("assign", {}, 400),
    ],
)
def test_a_body_that_is_wrong_changes_nothing(api, alert, action, body, status):
    answer = api("alerts:write").post(f"{LIST}{alert.pk}/{action}/", body, format="json")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert not alert.transitions.exists()


@pytest.mark.parametrize("action", ["", "acknowledge/", "resolve/", "comment/", "assign/"])
def test_another_organizations_alert_is_not_found(api, other_organization, action):
    theirs = AlertFactory(asset__organization=other_organization)
    client = api("data:read", "alerts:write")
    address = f"{LIST}{theirs.pk}/{action}"
    answer = client.post(address, {}, format="json") if action else client.get(address)
    assert answer.status_code == 404


def test_scopes_are_asked_for(api, alert, client):
    assert api("data:ingest").get(LIST).status_code == 403
    assert api("data:read").post(f"{LIST}{alert.pk}/acknowledge/").status_code == 403
    assert client.get(LIST).status_code == 401
