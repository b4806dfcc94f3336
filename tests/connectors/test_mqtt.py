from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sensors.connectors.entries import Mqtt
from sensors.models import ConnectorStatus, QuarantinedReading, Reading, Sensor
from tests.connectors.conftest import ask, connected, entry, soon, state

pytestmark = pytest.mark.usefixtures("threads", "organization")


def values() -> list[float]:
    return list(Reading.objects.order_by("measured_at").values_list("value", flat=True))


def stored(count: int):
    return lambda: Reading.objects.count() >= count


@pytest.fixture
def line(broker) -> Mqtt:
    return entry(address=broker.address, topic="plants/{asset}/{sensor}", unit="bar")


async def test_a_plain_number_is_a_reading_of_the_sensor_that_the_topic_names(broker, line):
    async with connected(line):
        await broker.send(("plants/P-1/pressure", "23.5"))
        await soon(stored(1))
    sensor = await ask(Sensor.objects.select_related("asset").get)
    assert (sensor.code, sensor.asset.code, sensor.unit) == ("P-1.pressure", "P-1", "bar")
    assert await ask(values) == [23.5]


async def test_objects_arrays_and_batches_are_taken_with_their_times(broker, line):
    one, two, three = ({"value": n, "timestamp": f"2026-03-02T12:0{n}:00Z"} for n in (1, 2, 3))
    other = {"sensor_id": "other", "value": 4, "timestamp": "2026-03-02T12:04:00+01:00"}
    async with connected(line):
        await broker.send(
            ("plants/P-1/flow", json.dumps(one)),
            ("plants/P-1/flow", json.dumps([two, three])),
            ("plants/P-1/flow", json.dumps({"readings": [other]})),
        )
        await soon(stored(4))
    assert await ask(values) == [4, 1, 2, 3]
    assert await ask(Reading.objects.filter(sensor__code="other").count) == 1


async def test_times_in_numbers_are_read_where_the_entry_says_their_unit(broker, line):
    async with connected(entry(address=broker.address, epoch="ms")):
        await broker.send(("P-1/flow", '{"value": 1, "timestamp": 1772452800250}'))
        await soon(stored(1))
    at = (await ask(Reading.objects.get)).measured_at
    assert at == datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_both_versions_of_mqtt_are_spoken(broker, line, version):
    async with connected(entry(address=broker.address, version=version)):
        await broker.send(("P-1/flow", "1"))
        await soon(stored(1))


async def test_what_cannot_be_read_is_in_quarantine_with_the_reason_and_stops_nothing(broker, line):
    bad = [
        "",
        "open",
        "NaN",
        "1e400",
        "true",
        '{"value": "high"}',
        '{"value": 1, "timestamp": 5}',
        "[" * 2000,
        b"\xff",
    ]
    async with connected(line):
        await broker.send(*(("plants/P-1/flow", payload) for payload in bad), ("plants/P-1/flow", "7"))
        await soon(stored(1))
        await soon(ConnectorStatus.objects.filter(accepted=1, rejected=len(bad)).exists)
    kept = await ask(lambda: list(QuarantinedReading.objects.values_list("source", "sensor_code").distinct()))
    assert kept == [("mqtt", "P-1.flow")]
    codes = await ask(lambda: set(QuarantinedReading.objects.values_list("code", flat=True)))
    assert codes == {"payload", "value", "timestamp"}


async def test_retained_messages_are_from_before_and_left_alone_unless_asked_for(broker, line):
    await broker.send(("plants/P-1/flow", "1"), retain=True)
    async with connected(line):
        await broker.send(("plants/P-1/flow", "2"))
        await soon(stored(1))
        assert await ask(values) == [2]
    async with connected(entry(address=broker.address, topic=line.topic, retained="take", client_id="other")):
        await soon(stored(2))


async def test_presence_is_said_on_the_status_topic(broker, line):
    told = entry(address=broker.address, status_topic="smartmaint/line")
    async with broker.machine() as machine:
        await machine.subscribe("smartmaint/line")
        async with connected(told):
            assert json.loads((await anext(machine.messages)).payload) == {"online": True}
        assert json.loads((await anext(machine.messages)).payload) == {"online": False}


async def test_a_stopped_connector_says_so(broker, line):
    async with connected(line):
        pass
    assert await state("line", "stopped")
