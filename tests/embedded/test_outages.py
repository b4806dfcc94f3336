"""Redis or PostgreSQL away or hanging while machines send: what they are told, and that nothing is lost."""

from __future__ import annotations

import os
import time

import psycopg
import pytest

from smartmaint.embedded.addresses import database_url
from tests.embedded.outages import feeders, hanging
from tests.journey.test_killed_under_load import UNHEARD

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

OUTAGE = float(os.environ.get("SMARTMAINT_TEST_OUTAGE", "2.5"))  # seconds; 300 in a long run
AWAY = {"gone": lambda stack, name: stack.without(name), "hanging": hanging}
MOST = {"gone": 10, "hanging": 15}  # seconds until 503; on a crowded machine, where a hang is found out late


@pytest.fixture
def books(stack):
    with psycopg.connect(database_url(stack.data_dir), autocommit=True) as connection:
        yield connection


def stored(stack, machine):
    (summary,) = stack.get(f"/api/v1/sensors/sensors?sensor_id={machine.code}").json()["results"]
    return summary["reading_count"]


@pytest.mark.parametrize("how", AWAY)
def test_without_redis_every_reading_is_taken_in_at_once_and_judged_afterwards(stack, how, books):
    with feeders(stack) as machines:
        with AWAY[how](stack, "redis"):
            time.sleep(OUTAGE)
        assert stack.get("/health/ready").status_code == 200
    for one in machines:
        assert {answer.status_code for answer, _ in one.answers} == {200}
        seconds = sorted(seconds for _, seconds in one.answers)
        assert seconds[len(seconds) * 9 // 10] < 1  # one in ten may have waited for a core
        assert seconds[-1] < 10
        assert stored(stack, one) == one.acknowledged
    stack.wait_until(lambda: books.execute(UNHEARD).fetchone() == (0,), 420, "the chain does not catch up")


@pytest.mark.parametrize("how", AWAY)
def test_without_the_database_machines_are_told_within_seconds_to_come_again(stack, how):
    with feeders(stack, 16) as machines:
        with AWAY[how](stack, "postgres"):
            time.sleep(max(OUTAGE, 4))
            health = stack.get("/health/ready")
        before = {one: one.acknowledged for one in machines}
        stack.wait_until(lambda: all(one.acknowledged > before[one] for one in machines), 120, "not back")
    answers = [*(pair for one in machines for pair in one.answers), (health, health.elapsed.total_seconds())]
    refused = [(answer, seconds) for answer, seconds in answers if answer.status_code != 200]
    assert {answer.status_code for answer, _ in refused} == {health.status_code} == {503}
    assert all(int(answer.headers["Retry-After"]) <= 3 for answer, _ in refused)
    assert max(seconds for _, seconds in refused) < MOST[how]
    assert all(one.acknowledged <= stored(stack, one) <= len(one.answers) for one in machines)
