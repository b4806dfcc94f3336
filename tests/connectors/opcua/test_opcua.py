from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua

from sensors.connectors import intake as intakes
from sensors.connectors import opcua
from sensors.connectors.opcua_entry import OpcUaFolder
from sensors.models import ConnectorStatus, QuarantinedReading, Reading, Sensor, StaleSensor
from tests.connectors.conftest import ask, connected, soon
from tests.connectors.opcua.conftest import come, values
from tests.connectors.opcua.press import MAKER, node, press_entry

pytestmark = [pytest.mark.usefixtures("threads", "organization"), pytest.mark.xdist_group("opcua")]


async def test_values_become_readings_at_the_time_of_their_source(press):
    moments = [datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=n) for n in (3, 2, 1)]
    await press.say("Force", 10.0, moments[0])
    async with connected(press_entry(press)):
        for value, moment in zip((11.0, 12.0), moments[1:], strict=True):
            await press.say("Force", value, moment)
            await come("PRESS-1.force", value)
    stored = await ask(
        lambda: list(Reading.objects.order_by("measured_at").values_list("measured_at", "value", "quality"))
    )
    assert stored == list(zip(moments, (10.0, 11.0, 12.0), (1.0, 1.0, 1.0), strict=True))


async def test_numbers_and_switches_are_taken_with_their_units_and_machines(press):
    nodes = (
        node("Force", "PRESS-1.force", unit="kN", sensor_type="force"),
        node("Strokes", "PRESS-1.strokes", asset="P-9"),
        node("Running", "PRESS-1.running"),
        node("Temperature", "PRESS-1.drive.temperature"),
    )
    async with connected(press_entry(press, nodes=nodes)):
        for code, value in (("force", 10), ("strokes", 7), ("running", 1), ("drive.temperature", 40)):
            await come(f"PRESS-1.{code}", value)
    rows = await ask(
        lambda: list(Sensor.objects.order_by("code").values_list("code", "unit", "asset__code", "kind"))
    )
    assert rows == [
        ("PRESS-1.drive.temperature", "°C", "PRESS-1.drive", ""),
        ("PRESS-1.force", "kN", "PRESS-1", "force"),
        ("PRESS-1.running", "", "PRESS-1", ""),
        ("PRESS-1.strokes", "", "P-9", ""),
    ]


async def test_a_folder_brings_all_its_numbers(press):
    folder = OpcUaFolder(node=f"nsu={MAKER};s=Press", sensor="PRESS-1.{path}", asset="PRESS-1")
    async with connected(press_entry(press, nodes=(), folders=(folder,))):
        await come("PRESS-1.Drive.Temperature", 40.0)
        await come("PRESS-1.Force", 10.0)
    codes = await ask(lambda: sorted(Sensor.objects.values_list("code", flat=True)))
    assert codes == ["PRESS-1.Drive.Temperature", "PRESS-1.Force", "PRESS-1.Running", "PRESS-1.Strokes"]
    assert await ask(lambda: set(Sensor.objects.values_list("asset__code", flat=True))) == {"PRESS-1"}


async def test_an_uncertain_value_is_stored_with_half_the_quality(press):
    async with connected(press_entry(press)):
        await come("PRESS-1.force", 10.0)
        await press.say("Force", 11.0, status=ua.StatusCodes.UncertainSensorNotAccurate)
        await come("PRESS-1.force", 11.0)
    assert await ask(lambda: values("PRESS-1.force")) == [(10.0, 1.0), (11.0, 0.5)]


async def test_a_bad_value_is_no_measurement_and_cuts_the_sensor_off(press):
    async with connected(press_entry(press)):
        await come("PRESS-1.force", 10.0)
        await press.say("Force", 0.0, status=ua.StatusCodes.BadSensorFailure)
        kept = await soon(QuarantinedReading.objects.filter(sensor_code="PRESS-1.force").first)
        await soon(StaleSensor.objects.filter(sensor__code="PRESS-1.force").exists)
        await press.say("Force", 12.0)
        await come("PRESS-1.force", 10.0, 12.0)
        await soon(lambda: not StaleSensor.objects.exists())
    assert (kept.code, kept.payload["status"], kept.source) == ("status", "BadSensorFailure", "opcua")
    assert "BadSensorFailure" in kept.detail


async def test_text_is_quarantined(press):
    async with connected(press_entry(press, nodes=(node("Program", "PRESS-1.program"),))):
        kept = await soon(QuarantinedReading.objects.first)
    assert (kept.code, kept.payload["value"]) == ("value", "'P-17'")
    assert not await ask(Reading.objects.exists)


async def test_an_unknown_node_is_named_while_the_others_flow(press):
    nodes = (node("Nothing", "PRESS-1.nothing"), node("Force", "PRESS-1.force"))
    async with connected(press_entry(press, nodes=nodes)):
        await come("PRESS-1.force", 10.0)
        row = await soon(ConnectorStatus.objects.exclude(last_error="").first)
    assert "1 nodes are not heard: ns=2;s=Press.Nothing (BadNodeIdUnknown)" in row.last_error


async def test_a_node_that_appears_later_is_heard(press, monkeypatch):
    monkeypatch.setattr(opcua, "ASK_AGAIN", 0.2)
    nodes = (node("Torque", "PRESS-1.torque"), node("Force", "PRESS-1.force"))
    async with connected(press_entry(press, nodes=nodes)):
        await come("PRESS-1.force", 10.0)
        await press.add("Torque", 5.0)
        await come("PRESS-1.torque", 5.0)
        await press.say("Force", 11.0)
        await come("PRESS-1.force", 10.0, 11.0)


async def test_changes_within_the_deadband_are_passed_over(press):
    async with connected(press_entry(press, deadband=1.0)):
        await come("PRESS-1.force", 10.0)
        for value in (10.5, 10.9, 12.0):
            await press.say("Force", value)
        await come("PRESS-1.force", 10.0, 12.0)
    assert await ask(lambda: len(values("PRESS-1.force"))) == 2


async def test_it_finds_the_server_again_after_a_restart(press):
    async with connected(press_entry(press)):
        await come("PRESS-1.force", 10.0)
        await press.stop()
        await soon(ConnectorStatus.objects.filter(state="waiting").first)
        await press.start()
        await press.say("Force", 13.0)
        await come("PRESS-1.force", 13.0)
        await soon(ConnectorStatus.objects.filter(state="connected").first)


async def test_a_server_that_stays_away_cuts_its_sensors_off(press, monkeypatch):
    monkeypatch.setattr(opcua, "STALE_AFTER", 0.3)
    async with connected(press_entry(press)):
        await come("PRESS-1.force", 10.0)
        await press.stop()
        await soon(StaleSensor.objects.filter(sensor__code="PRESS-1.force").exists)
        await press.start()
        await soon(lambda: not StaleSensor.objects.exists())


async def test_the_server_keeps_what_cannot_be_stored_yet(press, no_database, monkeypatch):
    """While the database is away little is held here, and the rest waits in the server's queues."""
    monkeypatch.setattr(opcua, "FULL", 3)
    monkeypatch.setattr(opcua, "EMPTY_ENOUGH", 1)
    monkeypatch.setattr(intakes, "MOST_HELD", 2)
    asked, publish = [], opcua.publish
    monkeypatch.setattr(
        opcua, "publish", lambda *of, enabled: asked.append(enabled) or publish(*of, enabled=enabled)
    )
    wanted = [float(value) for value in range(20, 50)]
    async with connected(press_entry(press)):
        await come("PRESS-1.force", 10.0)
        with no_database():
            for value in wanted:
                await press.say("Force", value)
                await asyncio.sleep(0.05)
        await come("PRESS-1.force", 10.0, *wanted)
    assert (asked[0], asked[-1]) == (False, True)
