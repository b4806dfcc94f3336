"""Processes die while machines send: what was acknowledged is stored once, its effects happen once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from smartmaint.embedded.addresses import database_url
from tests.journey.senders import Sender, value_at
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

SENDERS = 32
KILLS = int(os.environ.get("SMARTMAINT_TEST_KILLS", "12"))  # each twice; 300 in a long run
KILLED = ("api", "relay", "redis", "postgres", "worker-anomalies", "web")
UNHEARD = """
    SELECT count(*) FROM events_eventrecord event
    LEFT JOIN events_delivery delivery
        ON delivery.event_id = event.event_id AND delivery.agent = 'anomalies.detect_anomalies'
    WHERE event.name = 'sensors.ReadingsStored' AND delivery.state IS DISTINCT FROM 'done'
"""
STORED = """
    SELECT sensor.id, reading.measured_at, reading.value
    FROM sensors_sensor sensor JOIN sensors_reading reading ON reading.sensor_id = sensor.id
    WHERE sensor.code = %s ORDER BY reading.measured_at
"""
TOLD = """
    SELECT coalesce(sum((payload->>'count')::int), 0) FROM events_eventrecord
    WHERE name = 'sensors.ReadingsStored' AND payload->'spans' ?| %s
"""


class Storm:
    """The senders, and each process in turn killed while they send."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.killed = stack, {}
        doors = [("web", stack.url), ("api", stack.credentials["api_url"])]
        self.senders = [Sender(*doors[number % 2], stack.headers, number) for number in range(SENDERS)]
        self.acknowledged_at: Counter[str] = Counter()

    def acknowledged(self, door: str = "") -> int:
        return sum(len(one.answers) for one in self.senders if door in ("", one.door))

    def kill(self, name: str) -> None:
        """Kill it once it is back from the last time, and wait until readings come in again."""
        wait = self.stack.wait_until
        if name in self.killed:
            wait(lambda: self.stack.came_back(name, self.killed[name]), 120, f"{name} stays away")
        if name in ("web", "api"):
            wait(lambda: self.acknowledged(name) > self.acknowledged_at[name] + 5, 120, f"{name} is dead")
        before = self.acknowledged()
        self.killed[name] = self.stack.kill(name)
        wait(lambda: self.acknowledged() > before + SENDERS, 120, f"nothing goes on after {name} was killed")
        self.acknowledged_at[name] = self.acknowledged(name)

    def rage(self, kills: int) -> None:
        for one in self.senders:
            one.start()
        for number in range(kills):
            self.kill(KILLED[number % len(KILLED)])

    def end(self) -> None:
        for one in self.senders:
            one.enough.set()
        for one in self.senders:
            one.join(120)


@pytest.fixture(scope="module")
def storm(stack: Stack) -> Iterator[Storm]:
    storm = Storm(stack)
    try:
        storm.rage(KILLS)
    finally:
        storm.end()
    return storm


@pytest.fixture(scope="module")
def books(stack: Stack) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url(stack.data_dir), autocommit=True) as connection:
        yield connection


def places(storm, books):
    """Yield each sender with the places of its stored readings."""
    for one in storm.senders:
        rows = books.execute(STORED, [one.code]).fetchall()
        stored = [round((at - one.begin).total_seconds() * 1000) for _, at, _ in rows]
        assert [value for _, _, value in rows] == [value_at(place) for place in stored]
        yield one, stored


def test_machines_meet_no_answer_that_they_cannot_work_with(storm):
    codes = sum((one.codes for one in storm.senders), Counter())
    assert codes[200] > KILLS * SENDERS
    assert codes["no answer"] > 0
    assert set(codes) <= {200, 409, 429, 503, "no answer"}


def test_nothing_acknowledged_is_lost_and_nothing_else_is_stored(storm, books):
    for one, stored in places(storm, books):
        assert len(stored) == len(set(stored))
        assert one.acknowledged <= set(stored) <= one.sent


def test_the_counts_of_each_answer_add_up(storm):
    for one in storm.senders:
        for sent, answer in one.answers:
            if sent > 1:
                assert answer["accepted"] + answer["duplicate"] + answer["rejected"] == sent
                assert len(answer["errors"]) == answer["rejected"] <= 1


def test_a_reading_is_accepted_once_in_all_answers(storm, books):
    """Under a key the first answer is given again, so the counts hold whatever was sent twice."""
    for one, stored in places(storm, books):
        accepted = sum(answer.get("accepted", 1) for _, answer in one.answers)
        assert accepted <= len(stored)
        if one.keyed or not one.retried:
            assert accepted == len(stored)


def test_summaries_are_exact(storm, stack, books):
    for one, stored in places(storm, books):
        (summary,) = stack.get(f"/api/v1/sensors/sensors?sensor_id={one.code}").json()["results"]
        assert summary["reading_count"] == len(stored)


def test_every_stored_reading_was_told_once_and_judged(storm, stack, books):
    told = {str(books.execute(STORED, [one.code]).fetchone()[0]) for one in storm.senders}
    stored = sum(len(places) for _, places in places(storm, books))
    assert books.execute(TOLD, [list(told)]).fetchone() == (stored,)
    stack.wait_until(lambda: books.execute(UNHEARD).fetchone() == (0,), 300, "readings wait")
