from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection

from sensors.connectors import intake as intakes
from sensors.connectors import session
from sensors.connectors.entries import Entry, Mqtt
from sensors.connectors.intake import THREADS, Intake, in_database
from sensors.connectors.running import run_entry
from sensors.connectors.status import Status
from sensors.incoming import IncomingReading
from sensors.models import ConnectorStatus
from tests.connectors.brokers import Broker

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def reading(code: str = "P-1.vibration", value: float = 2.0, at: datetime = NOON) -> IncomingReading:
    return IncomingReading(sensor_id=code, value=value, timestamp=at)


def entry(**changes: object) -> Mqtt:
    values = {
        "name": "line",
        "address": "mqtt://127.0.0.1",
        "organization": "acme",
        "topic": "{asset}/{sensor}",
    }
    return Mqtt(**values | changes)


@asynccontextmanager
async def running(intake: Intake) -> AsyncIterator[Intake]:
    task = asyncio.create_task(intake.run())
    try:
        yield intake
    finally:
        task.cancel()


@pytest.fixture
def threads(transactional_db):
    """The threads that talk to the database, whose connections end with the test."""
    yield
    barrier = Barrier(THREADS)
    for ended in [intakes.DATABASE.submit(_end_connection, barrier) for _ in range(THREADS)]:
        ended.result(120)


def _end_connection(barrier: Barrier) -> None:
    barrier.wait(60)  # each thread takes one, so that all of them come to it
    connection.close()


@pytest.fixture
def intake(threads, organization) -> Intake:
    return Intake(entry(), Status(entry()))


@pytest.fixture
def broker(tmp_path) -> Iterator[Broker]:
    running = Broker(tmp_path).start()
    yield running
    running.stop()


@asynccontextmanager
async def connected(listened: Entry, within: float = 60, wanted: str = "connected") -> AsyncIterator[None]:
    """Listen for an entry as its process does, once it is connected, or as far as `wanted`."""
    task = asyncio.create_task(run_entry(listened))
    try:
        await state(listened.name, wanted, within)
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def state(name: str, wanted: str, within: float = 60) -> ConnectorStatus:
    return await soon(ConnectorStatus.objects.filter(name=name, state=wanted).first, within)


async def soon(question: Callable[[], object], within: float = 60) -> object:
    """Ask the database again and again until the answer is true.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(within):
        while not (answer := await ask(question)):
            await asyncio.sleep(0.02)
        return answer


async def ask(work: Callable[[], object]) -> object:
    """Ask the database from a test that runs in the event loop."""
    return await in_database(work)


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    """Outages that a test makes are short."""
    monkeypatch.setattr(intakes, "LONGEST_PAUSE", 0.25)
    monkeypatch.setattr(intakes, "STATUS_SECONDS", 0.1)
    monkeypatch.setattr(session, "LONGEST_PAUSE", 0.5)
