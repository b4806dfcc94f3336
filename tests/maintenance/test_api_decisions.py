from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from maintenance.models import Decision, DecisionAnswer, MaintenanceTask
from smartmaint.events.testing import drain
from tests.maintenance.factories import QuestionFactory, working

LIST, SUBMIT = "/api/v1/decisions", "/api/v1/decisions/submit"


@pytest.fixture
def question(organization):
    due = timezone.now() + timedelta(days=5)
    place = {"asset__organization": organization, "asset__site__organization": organization}
    return QuestionFactory(due_at=due, **place)


def submit(api, question, decision, *scopes, **more):
    body = {"request_id": str(question.request_id), "decision": decision, **more}
    return api(*scopes).post(SUBMIT, body, format="json")


def test_it_lists_what_waits_for_a_person(api, question):
    answer = api("data:read").get(LIST, {"status": "pending"})
    (row,) = answer.json()["results"]
    assert row["request_id"] == str(question.request_id)
    assert (row["status"], row["action"], row["asset"]) == ("pending", "ask", question.asset.code)


def test_what_is_deferred_is_listed_apart(api, question):
    assert submit(api, question, "defer").status_code == 201
    listed = {s: len(api().get(LIST, {"status": s}).json()["results"]) for s in ("pending", "deferred")}
    assert listed == {"pending": 0, "deferred": 1}


def test_approve_answers_201_and_books(api, question):
    working(question.asset.site, "Ana", days=range(7))
    answer = submit(api, question, "approve", "tasks:update", justification="It squeaks.", operator_id="op-7")
    drain()
    assert answer.status_code == 201
    assert answer.json()["by"].startswith("op-7 by token ")
    assert MaintenanceTask.objects.get().decision == question


def test_modify_takes_the_changes(api, question):
    assert submit(api, question, "modify", work_hours=4).status_code == 201
    assert Decision.objects.get().work_hours == 4


def test_an_unknown_decision_is_404(api, db):
    body = {"request_id": str(uuid4()), "decision": "approve"}
    assert api().post(SUBMIT, body, format="json").status_code == 404


def test_another_organizations_decision_is_404(api, question, other_organization):
    stranger = api(organization=other_organization)
    body = {"request_id": str(question.request_id), "decision": "approve"}
    assert stranger.post(SUBMIT, body, format="json").status_code == 404
    assert stranger.get(LIST).json()["results"] == []


def test_a_second_answer_is_409(api, question):
    assert submit(api, question, "reject").status_code == 201
    answer = submit(api, question, "approve")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert DecisionAnswer.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"decision": "perhaps"}, 400),
        ({"request_id": "seven"}, 400),
        ({"decision": "defer", "deferred_until": "2026-03-02T12:00:00"}, 400),
        ({"decision": "defer", "deferred_until": "2020-03-02T12:00:00Z"}, 422),
        ({"decision": "defer", "deferred_until": "9999-12-31T23:59:59Z"}, 422),
        ({"decision": "defer", "deferred_until": "9999-12-31T23:59:59-14:00"}, 400),
        ({"decision": "modify", "due_at": "9999-12-31T23:59:59Z"}, 422),
        ({"decision": "modify"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(api, question, change, status):
    body = {"request_id": str(question.request_id), "decision": "approve", **change}
    assert api().post(SUBMIT, body, format="json").status_code == status


def test_answering_needs_its_scope(api, question):
    assert submit(api, question, "approve", "data:read").status_code == 403
