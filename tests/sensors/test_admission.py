from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from sensors import admission
from sensors.admission import Overloaded, Throttled, admit
from smartmaint.accounts.callers import Caller
from smartmaint.events.testing import drain
from tests.accounts.factories import ApiTokenFactory
from tests.conftest import JSONClient

INGEST = "/api/v1/data/ingest"


@pytest.fixture(autouse=True)
def fresh_look(monkeypatch):
    monkeypatch.setattr(admission, "_backlog", admission.Backlog())


def caller(organization, **limits):
    return Caller.of_token(ApiTokenFactory(organization=organization, **limits))


def batch(count):
    return [{"sensor_id": f"A{place}", "value": 1} for place in range(count)]


def ask_until_refused(callers, *, burst, rate):
    """Return the refusal, which comes after the burst and what the bucket got meanwhile."""
    began, admitted = time.monotonic(), 0
    try:
        while admitted <= burst + rate * (time.monotonic() - began):
            admit(callers[admitted % len(callers)], 1, timezone.now())
            admitted += 1
    except Throttled as refusal:
        assert admitted >= burst
        return str(refusal.detail)
    pytest.fail(f"{admitted} requests were let in")


def test_a_token_over_its_readings_is_told_when_to_come_again(organization):
    noisy = caller(organization, readings_per_second=10)
    admit(noisy, 20, timezone.now())
    with pytest.raises(Throttled) as refused:
        admit(noisy, 10, timezone.now())
    assert refused.value.wait == 1
    assert "This token may send 10 readings a second" in str(refused.value.detail)


def test_an_organization_has_limits_for_all_its_tokens_together(organization):
    organization.requests_per_second = 2
    organization.save()
    both = caller(organization), caller(organization)
    refusal = ask_until_refused(both, burst=4, rate=2)
    assert "This organization may send 2 requests a second" in refusal


def test_a_noisy_token_does_not_use_up_what_is_a_calm_ones(organization):
    noisy, calm = caller(organization, requests_per_second=5), caller(organization)
    ask_until_refused([noisy], burst=10, rate=5)
    admit(calm, 1, timezone.now())


def test_readings_that_wait_too_long_to_be_judged_hold_up_new_ones(api, settings, organization):
    client = api("data:ingest")
    assert client.post(INGEST, batch(1)).status_code == 200
    later = timezone.now() + timedelta(seconds=settings.BACKLOG_LIMIT + 1)
    with pytest.raises(Overloaded) as refused:
        admit(caller(organization), 1, later)
    assert (refused.value.wait, refused.value.get_codes()) == (10, "overloaded")
    drain()
    admit(caller(organization), 1, later + timedelta(seconds=1))


def test_it_looks_at_the_backlog_once_a_second(organization, django_assert_num_queries):
    one, at = caller(organization), timezone.now()
    with django_assert_num_queries(1):
        for step in range(10):
            admit(one, 1, at + timedelta(milliseconds=50 * step))


def test_the_answer_is_a_problem_that_says_when_and_what_is_allowed(organization):
    ApiTokenFactory(organization=organization, secret="smt_noisy", readings_per_second=1)
    client = JSONClient(HTTP_AUTHORIZATION="Bearer smt_noisy")
    assert client.post(INGEST, batch(2)).status_code == 200
    answer = client.post(INGEST, batch(2))
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert answer.json()["type"] == "/problems/too-many-requests"
    assert answer["RateLimit-Policy"] == '"token-readings";q=1;w=1'
    assert answer["RateLimit"] == '"token-readings";r=0;t=2'


def test_admission_costs_next_to_nothing(organization):
    one = caller(organization)
    admit(one, 1, timezone.now())
    assert min(seconds_of(lambda: admit(one, 1, timezone.now()), 100) for _ in range(20)) < 0.0004


def seconds_of(call, times):
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times
