"""A question goes to a worker by the queue, its answer comes back by Redis."""

from __future__ import annotations

import threading
from time import monotonic

import pytest
import redis
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.http import Http404
from django.test import override_settings

from mlops import asking
from mlops.asking import Failed, Refused, Unanswered, answers, ask
from smartmaint.accounts.problems import Unprocessable

pytestmark = pytest.mark.xdist_group("asking")


@answers("tests.double")
def double(payload):
    return {"twice": 2 * payload["number"]}


@answers("tests.refuse")
def refuse(payload):
    raise Unprocessable({"features": {"torque": "The model needs torque."}})


@answers("tests.find")
def find(payload):
    raise Http404("There is no such model.")


@answers("tests.break")
def break_down(payload):
    return {"share": payload["number"] / 0}


@pytest.fixture(scope="module")
def worker():
    with start_worker(
        current_app, pool="solo", queues=[asking.QUEUE], perform_ping_check=False, loglevel="ERROR"
    ):
        yield


def test_it_brings_back_what_the_worker_answers(worker):
    assert ask("tests.double", {"number": 21}, timeout=60) == {"twice": 42}


def test_it_brings_back_a_refusal_with_its_status_and_fields(worker):
    with pytest.raises(Refused) as refused:
        ask("tests.refuse", {}, timeout=60)
    assert refused.value.status_code == 422
    assert refused.value.get_full_details()["features"]["torque"]["message"] == "The model needs torque."


def test_it_brings_back_that_something_was_not_found(worker):
    with pytest.raises(Refused, match="no such model") as refused:
        ask("tests.find", {}, timeout=60)
    assert refused.value.status_code == 404


def test_it_tells_at_once_that_the_worker_broke(worker):
    began = monotonic()
    with pytest.raises(Failed, match="ZeroDivisionError"):
        ask("tests.break", {"number": 1}, timeout=120)
    assert monotonic() - began < 60


def test_it_keeps_nothing_in_redis(worker):
    ask("tests.double", {"number": 1}, timeout=60)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.keys("smartmaint-answer:*") == []


def test_it_says_503_and_when_to_come_again_where_nobody_answers_in_time(monkeypatch):
    monkeypatch.setattr(asking, "QUEUE", "a-queue-that-nobody-serves")
    with pytest.raises(Unanswered) as unanswered:
        ask("tests.double", {"number": 1}, timeout=0.2)
    assert (unanswered.value.status_code, unanswered.value.wait) == (503, 2)


def test_it_says_503_where_redis_is_away():
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"), pytest.raises(Unanswered):
        ask("tests.double", {"number": 1}, timeout=0.2)


def test_it_lets_only_some_requests_of_a_process_wait(monkeypatch):
    monkeypatch.setattr(asking, "_waiting", threading.BoundedSemaphore(1))
    assert asking._waiting.acquire()
    began = monotonic()
    with pytest.raises(Unanswered):
        ask("tests.double", {"number": 1}, timeout=120)
    assert monotonic() - began < 60
