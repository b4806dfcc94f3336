"""Processes die while machines send: what was acknowledged is stored once, its effects happen once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest

from smartmaint.embedded.addresses import database_url

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

BATCH = 50
KILLED = ("web", "relay", "worker-anomalies", "worker-maintenance", "redis", "postgres")
UNHEARD = """
    SELECT count(*) FROM events_eventrecord event
    LEFT JOIN events_delivery delivery
        ON delivery.event_id = event.event_id AND delivery.agent = 'anomalies.detect_anomalies'
    WHERE event.name = 'sensors.ReadingsStored' AND delivery.state IS DISTINCT FROM 'done'
"""


class Machine(threading.Thread):
    """Sends batches until told to stop; a batch without an answer is sent again under its key."""

    def __init__(self, stack, code):
        super().__init__(daemon=True)
        self.stack, self.code = stack, code
        self.begin = datetime.now(UTC) - timedelta(minutes=30)
        self.batches, self.unexpected = 0, []
        self.enough = threading.Event()

    def run(self):
        while not self.enough.is_set():
            self.send(self.batches)
            self.batches += 1

    def send(self, number):
        first = number * BATCH
        rows = [
            {"sensor_id": self.code, "value": place % 7, "timestamp": self.time(place)}
            for place in range(first, first + BATCH)
        ]
        key = str(uuid4())
        while not self.acknowledged(rows, key):
            pass

    def time(self, place):
        return (self.begin + timedelta(milliseconds=place)).isoformat()

    def acknowledged(self, rows, key):
        try:
            answer = self.stack.post("/api/v1/data/ingest", rows, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return False
        if answer.status_code not in (200, 409, 503):
            self.unexpected.append((answer.status_code, answer.text))
        return answer.status_code == 200


@pytest.fixture
def machines(stack):
    started = [Machine(stack, f"killed-{uuid4().hex[:6]}-{number}") for number in range(4)]
    for machine in started:
        machine.start()
    yield started
    for machine in started:
        machine.enough.set()


def test_nothing_acknowledged_is_lost_or_doubled(stack, machines):
    for name in KILLED:
        sent = sum(machine.batches for machine in machines)
        killed = stack.kill(name)
        stack.wait_until(lambda killed=killed, name=name: stack.came_back(name, killed), 15, name)
        stack.wait_until(lambda sent=sent: sum(one.batches for one in machines) > sent + 20, 30, name)
    for machine in machines:
        machine.enough.set()
        machine.join(60)
    assert not [answer for machine in machines for answer in machine.unexpected]
    for machine in machines:
        (summary,) = stack.get(f"/api/v1/sensors/sensors?sensor_id={machine.code}").json()["results"]
        assert summary["reading_count"] == machine.batches * BATCH


def test_every_acknowledged_reading_was_judged(stack):
    with psycopg.connect(database_url(stack.data_dir), autocommit=True) as connection:
        stack.wait_until(lambda: connection.execute(UNHEARD).fetchone() == (0,), 120, "readings wait")
