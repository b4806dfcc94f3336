"""A Sparkplug edge node of our own: births, numbers under aliases, a last will, an ear for commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiomqtt import Client, ProtocolVersion, Will
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from sensors.connectors.sparkplug_payload import DOUBLE, INT64, Metric, Payload, decode, encode
from tests.connectors.brokers import Broker

START = 1_772_452_800_000  # 2026-03-02 12:00:00 UTC, in milliseconds


class EdgeNode:
    """The edge node `line` of the group `plant`, with one device. `metrics` are what the births tell of."""

    def __init__(self, client: Client, metrics: tuple[Metric, ...], birth_number: int) -> None:
        self.client, self.metrics, self.birth_number = client, metrics, birth_number
        self.seq = 0
        self.at = START

    async def born(self) -> None:
        self.seq = 0
        number = Metric(name="bdSeq", datatype=INT64, value=self.birth_number)
        await self.say("NBIRTH", "", number)
        await self.say("DBIRTH", "press", *self.metrics)

    async def send(self, *metrics: Metric) -> None:
        await self.say("DDATA", "press", *metrics)

    async def say(self, kind: str, device: str, *metrics: Metric) -> None:
        self.at += 1000
        payload = Payload(timestamp=self.at, seq=self.seq, metrics=metrics)
        self.seq = (self.seq + 1) % 256
        topic = f"spBv1.0/plant/{kind}/line"
        await self.client.publish(f"{topic}/{device}" if device else topic, encode(payload), qos=1)

    def die(self) -> None:
        """Leave without a word: the broker sends the last will."""
        reason = ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")
        self.client._client.disconnect(reasoncode=reason)

    async def next_order(self) -> str:
        """Return the name of the next command to this edge node."""
        return decode((await anext(self.client.messages)).payload).metrics[0].name


def force(value: float = 1.0, **changes: object) -> Metric:
    return Metric(**{"name": "Force", "alias": 7, "datatype": DOUBLE, "value": value} | changes)


def number(value: float, **changes: object) -> Metric:
    """Return the metric of the alias, as data messages carry it."""
    return Metric(**{"alias": 7, "value": value} | changes)


@asynccontextmanager
async def edge_node(broker: Broker, *metrics: Metric, birth_number: int = 3) -> AsyncIterator[EdgeNode]:
    """Connect an edge node that is not born yet, and has its death certificate with the broker."""
    dead = Payload(metrics=(Metric(name="bdSeq", datatype=INT64, value=birth_number),))
    will = Will("spBv1.0/plant/NDEATH/line", encode(dead), qos=1)
    options = {"protocol": ProtocolVersion.V5, "will": will, "identifier": f"edge-{birth_number}"}
    async with broker.machine(**options) as client:
        await client.subscribe("spBv1.0/plant/NCMD/line")
        yield EdgeNode(client, metrics or (force(),), birth_number)
