from __future__ import annotations

import asyncio

import pytest
from django.db import DataError, OperationalError

from sensors.connectors import intake as intakes
from sensors.connectors.intake import MOST_AT_ONCE, save_status
from sensors.models import ConnectorStatus, QuarantinedReading, Reading
from sensors.services import store_readings
from smartmaint.accounts.models import Organization
from smartmaint.events.models import EventRecord
from tests.connectors.conftest import ask, reading, running


@pytest.fixture
def store(monkeypatch):
    """What `store_readings` is asked, call by call; it fails with the errors that a test puts in `fails`."""
    calls, fails = [], []

    def store_it(**arguments):
        calls.append(arguments["readings"])
        if fails:
            raise fails.pop(0)
        return store_readings(**arguments)

    monkeypatch.setattr(intakes, "store_readings", store_it)
    return calls, fails


async def test_what_is_put_is_stored_before_it_is_acknowledged(intake):
    stored = []
    async with running(intake):
        acknowledged = asyncio.Event()
        await intake.put("acme", [reading()], then=acknowledged.set)
        await asyncio.wait_for(acknowledged.wait(), 60)
        stored.append(await ask(Reading.objects.count))
    assert stored == [1]


async def test_many_small_messages_become_few_transactions(intake, store):
    async with running(intake):
        for place in range(1000):
            await intake.put("acme", [reading(f"P-{place}")])
        assert await intake.settled(10)
    assert await ask(Reading.objects.count) == 1000
    assert len(store[0]) <= 1000 / MOST_AT_ONCE + 2


async def test_while_the_database_is_away_nothing_is_acknowledged_and_nothing_lost(intake, store):
    calls, fails = store
    fails += [OperationalError("the server is gone")] * 2
    order = []
    async with running(intake):
        await intake.put("acme", [reading()], then=lambda: order.append(len(calls)))
        assert await intake.settled(5)
    assert order == [3]
    assert not intake.status.held
    assert intake.status.tallies["acme"].error[0] == "nothing can be stored: the server is gone"


async def test_an_organization_that_is_missing_is_waited_for(intake):
    def rename(old, new):
        return lambda: Organization.objects.filter(slug=old).update(slug=new)

    await ask(rename("acme", "later"))
    async with running(intake):
        await intake.put("acme", [reading()])
        assert not await intake.settled(0.3)
        assert "there is no organization acme" in intake.status.tallies["acme"].error[0]
        await ask(rename("later", "acme"))
        assert await intake.settled(5)


async def test_what_the_database_refuses_goes_to_quarantine_and_holds_up_nothing(intake, store):
    store[1].extend([DataError("numeric overflow"), DataError("numeric overflow")])
    async with running(intake):
        await intake.put("acme", [reading("P-bad")])
        await intake.put("acme", [reading("P-good")])
        assert await intake.settled(5)
    kept = await ask(QuarantinedReading.objects.get)
    assert (kept.code, kept.source) == ("refused", "mqtt")
    assert "P-bad" in kept.payload
    assert (await ask(Reading.objects.select_related("sensor").get)).sensor.code == "P-good"


async def test_putting_waits_while_too_much_is_held(intake, monkeypatch):
    monkeypatch.setattr(intakes, "MOST_HELD", 2)
    await intake.put("acme", [reading("P-1"), reading("P-2")])
    waiting = asyncio.create_task(intake.put("acme", [reading("P-3")]))
    await asyncio.sleep(0)
    assert not waiting.done()
    async with running(intake):
        await asyncio.wait_for(waiting, 60)


async def test_a_back_fill_is_told_as_late_however_new_it_is(intake):
    async with running(intake):
        await intake.put("acme", [reading()], history=True)
        assert await intake.settled(5)
    event = await ask(EventRecord.objects.filter(name="sensors.ReadingsStored").get)
    assert event.payload["late"]


async def test_deeds_are_done_in_their_turn(intake):
    seen = []

    def count(organization):
        seen.append((organization.slug, Reading.objects.count()))

    async with running(intake):
        await intake.put("acme", [reading("P-1")])
        await intake.do("acme", count)
        await intake.put("acme", [reading("P-2")])
        assert await intake.settled(5)
    assert seen == [("acme", 1)]


async def test_the_status_row_adds_up(intake):
    status = intake.status
    status.connected()
    async with running(intake):
        for _ in range(2):
            status.heard("acme")
            await intake.put("acme", [reading()])
            assert await intake.settled(5)
            await save_status(status)
    row = await ask(ConnectorStatus.objects.get)
    assert (row.name, row.kind, row.state) == ("line", "mqtt", "connected")
    assert (row.message_count, row.accepted, row.duplicate, row.rejected) == (2, 1, 1, 0)
    assert row.last_message_at
    assert not row.is_gone(row.seen_at)
