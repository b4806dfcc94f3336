from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from smartmaint.events.context import journey
from smartmaint.events.outbox import publish
from smartmaint.events.testing import drain
from smartmaint.events.trace import span_of, trace
from tests.events.conftest import answer
from tests.events.words import Answered, Asked


@pytest.fixture
def walked(organization, listen):
    """The correlation id of two questions with an answer each."""
    listen(answer)
    correlation_id = uuid4()
    with journey(correlation_id), transaction.atomic():
        publish(*(Asked(organization_id=organization.pk, number=number) for number in (1, 2)))
    drain()
    return correlation_id


def test_each_event_is_followed_by_what_it_led_to(organization, walked):
    steps = trace(organization=organization, correlation_id=walked)
    told = [(step.name, step.payload["number"], step.depth) for step in steps]
    assert told == [(Asked.name, 1, 0), (Answered.name, 1, 1), (Asked.name, 2, 0), (Answered.name, 2, 1)]


def test_each_step_tells_who_heard_it_and_how_long_it_took(organization, walked):
    steps = trace(organization=organization, correlation_id=walked)
    (run,) = steps[0].runs
    assert (run.agent, run.state, run.attempts, run.error) == ("events.answer", "done", 1, "")
    assert run.waited_ms >= 0 <= run.ran_ms
    assert span_of(steps).settled
    assert span_of(steps).duration_ms >= run.waited_ms + run.ran_ms


def test_a_journey_of_another_organization_is_empty(other_organization, walked):
    assert trace(organization=other_organization, correlation_id=walked) == []


def test_the_api_reads_a_trace(api, walked):
    body = api("data:read").get(f"/api/v1/traces/{walked}").json()
    assert [step["name"] for step in body["steps"]] == [Asked.name, Answered.name] * 2
    assert (body["correlation_id"], body["settled"]) == (str(walked), True)
    assert body["steps"][1]["caused_by"] == body["steps"][0]["event_id"]


def test_the_api_answers_404_to_another_organization_and_to_an_unknown_id(api, walked, other_organization):
    stranger = api("data:read", organization=other_organization)
    assert stranger.get(f"/api/v1/traces/{walked}").status_code == 404
    assert api("data:read").get(f"/api/v1/traces/{uuid4()}").status_code == 404


def test_the_api_needs_the_scope(api, walked):
    assert api("data:ingest").get(f"/api/v1/traces/{walked}").status_code == 403


def test_the_page_draws_the_journey(viewer, walked):
    page = viewer.get(reverse("trace", args=[walked])).content.decode()
    assert page.count('class="trace-step"') == 4
    assert "events.answer" in page


def test_the_page_is_not_found_by_an_outsider(outsider, walked):
    assert outsider.get(reverse("trace", args=[walked])).status_code == 404
