from __future__ import annotations

import asyncio
import json

import pytest
from django.utils import timezone

from sensors.connectors.entries import Sparkplug
from sensors.models import ConnectorStatus, QuarantinedReading, Reading, Sensor, StaleSensor
from smartmaint.accounts.models import Organization
from smartmaint.events.models import EventRecord
from tests.connectors.conftest import ask, connected, soon
from tests.connectors.edge_nodes import edge_node, force, number

pytestmark = pytest.mark.usefixtures("threads", "organization")
STORED = "sensors.ReadingsStored"
REBIRTH = "Node Control/Rebirth"
STATE = "spBv1.0/STATE/smartmaint"


def values() -> list[float]:
    return list(Reading.objects.order_by("measured_at").values_list("value", flat=True))


@pytest.fixture
def host(broker) -> Sparkplug:
    return Sparkplug(name="cells", address=broker.address, organization="acme")


async def test_births_and_numbers_under_aliases_become_readings_with_their_unit(broker, host):
    async with connected(host), edge_node(broker, force(1, properties={"engUnit": "kN"})) as edge:
        await edge.born()
        await edge.send(number(2))
        await soon(lambda: values() == [1, 2])
    sensor = await ask(Sensor.objects.select_related("asset").get)
    assert (sensor.code, sensor.asset.code, sensor.unit) == ("press.Force", "press", "kN")


async def test_a_gap_brings_the_edge_node_a_rebirth_request_once_in_a_while(broker, host):
    async with connected(host), edge_node(broker) as edge:
        await edge.born()
        edge.seq += 3
        await edge.send(number(2))
        assert await asyncio.wait_for(edge.next_order(), 60) == REBIRTH
        edge.seq += 3
        await edge.send(number(3))
        await soon(lambda: values() == [1, 2, 3])
        assert len(edge.client.messages) == 0
    row = await ask(ConnectorStatus.objects.get)
    assert "plant/line: message 5 came where 2 was due" in row.last_error


async def test_a_host_that_comes_later_asks_for_the_births_it_missed(broker, host):
    async with edge_node(broker) as edge:
        await edge.born()
        async with connected(host):
            await edge.send(number(2))
            assert await asyncio.wait_for(edge.next_order(), 60) == REBIRTH
            await edge.born()
            await edge.send(number(3))
            await soon(lambda: values() == [1, 3])


async def test_a_dead_edge_node_leaves_its_sensors_stale_until_it_is_born_again(broker, host):
    async with connected(host):
        async with edge_node(broker) as edge:
            await edge.born()
            await soon(Reading.objects.exists)
            edge.die()
        await soon(StaleSensor.objects.filter(sensor__code="press.Force").exists)
        event = await ask(EventRecord.objects.filter(name="sensors.SensorsWentStale").get)
        assert event.payload["sensor_ids"] == [(await ask(Sensor.objects.get)).pk]
        async with edge_node(broker, birth_number=4) as edge:
            await edge.born()
            await soon(lambda: not StaleSensor.objects.exists())


async def test_a_dead_device_leaves_its_sensors_stale(broker, host):
    async with connected(host), edge_node(broker) as edge:
        await edge.born()
        await edge.say("DDEATH", "press")
        stale = await soon(StaleSensor.objects.first)
    assert stale.since.timestamp() * 1000 == edge.at


async def test_history_is_stored_as_a_back_fill(broker, host):
    async with connected(host), edge_node(broker) as edge:
        edge.at = int(timezone.now().timestamp() * 1000) - 60_000
        await edge.born()
        await soon(lambda: values() == [1])
        await edge.send(number(2, timestamp=edge.at + 500, is_historical=True), number(3))
        await soon(lambda: values() == [1, 2, 3])
    told = await ask(lambda: list(EventRecord.objects.filter(name=STORED).order_by("published_at")))
    assert [event.payload["late"] for event in told] == [False, True, False]


async def test_bytes_that_are_no_payload_are_in_quarantine(broker, host):
    async with connected(host):
        await broker.send(("spBv1.0/plant/NDATA/line", b"\xff\xff"))
        kept = await soon(QuarantinedReading.objects.first)
    assert (kept.source, kept.code) == ("sparkplug", "payload")
    assert kept.payload == {"topic": "spBv1.0/plant/NDATA/line"}


async def test_only_the_groups_that_the_entry_names_are_heard(broker):
    host = Sparkplug(name="cells", address=broker.address, organization="acme", groups=("other",))
    async with connected(host), edge_node(broker) as edge:
        await edge.born()
        await broker.send(("spBv1.0/other/NDATA/line", b"\xff"))
        await soon(QuarantinedReading.objects.exists)
    assert not await ask(Reading.objects.exists)


async def next_state(machine) -> bool:
    return json.loads((await asyncio.wait_for(anext(machine.messages), 60)).payload)["online"]


async def test_edge_nodes_are_told_whether_the_host_is_there(broker, host):
    async with broker.machine() as machine:
        await machine.subscribe(STATE)
        async with connected(host):
            assert await next_state(machine)
            await broker.send((STATE, '{"online": false, "timestamp": 1}'), retain=True)
            assert [await next_state(machine), await next_state(machine)] == [False, True]
        assert not await next_state(machine)


async def test_while_nothing_can_be_stored_edge_nodes_are_told_to_keep_their_readings(broker, host):
    async with broker.machine() as machine:
        await machine.subscribe(STATE)
        async with connected(host), edge_node(broker) as edge:
            assert await next_state(machine)
            await ask(lambda: Organization.objects.update(slug="away"))
            await edge.born()
            assert not await next_state(machine)
            await ask(lambda: Organization.objects.update(slug="acme"))
            assert await next_state(machine)
            await soon(lambda: values() == [1])
