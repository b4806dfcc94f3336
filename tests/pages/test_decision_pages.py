from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from maintenance.models import Decision, MaintenanceTask
from smartmaint.events.testing import drain
from tests.maintenance.factories import QuestionFactory, working


@pytest.fixture
def address(plant) -> str:
    return f"/decisions/{plant.decision.request_id}/"


def answer(client, address: str, htmx: dict[str, str], **fields):
    return client.post(f"{address}answer/", fields, headers=htmx)


def test_the_one_that_is_due_first_stands_first(planner, plant):
    soon = QuestionFactory(asset=plant.asset, due_at=timezone.now() - timedelta(hours=1), question="First?")
    due = planner.get("/decisions/").context["due"]
    assert [decision.pk for decision in due] == [soon.pk, plant.decision.pk]


def test_a_card_says_what_and_why(planner, plant):
    page = planner.get("/decisions/").content.decode()
    for words in (plant.decision.question, plant.alert.summary, "Approve", "Reject", "no limit set"):
        assert words in page


def test_approving_books_and_says_whom(planner, plant, address, htmx):
    MaintenanceTask.objects.all().delete()
    working(plant.asset.site, "Ana Prado", days=range(7))
    assert "being booked" in answer(planner, address, htmx, answer="approve").content.decode()
    drain()
    outcome = planner.get(f"{address}outcome/", headers=htmx)
    assert "Booked: Ana Prado" in json.loads(outcome["HX-Trigger"])["toast"]["text"]
    assert 'hx-trigger="every 1s"' not in outcome.content.decode()


def test_rejecting_wants_a_reason_and_books_nothing(planner, plant, address, htmx):
    MaintenanceTask.objects.all().delete()
    refused = answer(planner, address, htmx, answer="reject")
    assert (refused.status_code, "Say why it is rejected." in refused.content.decode()) == (422, True)
    said = answer(planner, address, htmx, answer="reject", justification="Not now")
    drain()
    assert "Nothing is booked" in said.content.decode()
    assert not MaintenanceTask.objects.exists()


def test_a_deferred_decision_comes_back_later(planner, plant, address, htmx):
    answer(planner, address, htmx, answer="defer", defer_hours=4)
    context = planner.get("/decisions/").context
    assert (list(context["due"]), list(context["deferred"])) == ([], [plant.decision])


def test_a_decision_can_be_approved_with_changes(planner, plant, address, htmx):
    answer(planner, address, htmx, answer="modify", action="plan", work_hours="3.5", due_hours="48")
    decision = Decision.objects.get(pk=plant.decision.pk)
    assert (decision.status, decision.work_hours) == ("approved", 3.5)
    assert decision.due_at > timezone.now() + timedelta(hours=47)


@pytest.mark.parametrize("fields", [{"answer": "maybe"}, {}, {"answer": "modify", "work_hours": "-1"}])
def test_nonsense_is_refused(planner, plant, address, htmx, fields):
    assert answer(planner, address, htmx, **fields).status_code == 422
    assert Decision.objects.get(pk=plant.decision.pk).status == "pending"


def test_what_is_decided_cannot_be_decided_again(planner, plant, address, htmx):
    answer(planner, address, htmx, answer="approve")
    assert answer(planner, address, htmx, answer="approve").status_code == 409


def test_a_viewer_may_not_decide(viewer, plant, address, htmx):
    assert answer(viewer, address, htmx, answer="approve").status_code == 403
    assert "Approve" not in viewer.get("/decisions/").content.decode()


def test_another_organizations_decision_is_not_there(outsider, plant, address, htmx):
    assert answer(outsider, address, htmx, answer="approve").status_code == 404


def test_an_empty_inbox_says_what_would_come(planner):
    assert "No decision waits." in planner.get("/decisions/").content.decode()
