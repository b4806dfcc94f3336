"""A lasting connection to an MQTT broker: found again with growing pauses, acknowledged by hand."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from aiomqtt import Client, Message, MqttCodeError, MqttError, ProtocolVersion, TLSParameters, Will
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.connectors.entries import Broker
from sensors.connectors.status import Status

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds
STEADY = 30.0  # seconds after which a connection counts as one that held
MOST_UNACKNOWLEDGED = 2_000  # messages the broker may send ahead (MQTT 5)
MOST_WAITING = 10_000  # messages read and not yet looked at
LARGEST_PACKET = 8 * 1024 * 1024
LAST_WORDS = 5.0  # seconds for what was read to be stored and acknowledged at the end
REFUSED = 128
Talk = Callable[[Client], Awaitable[None]]

logging.getLogger("mqtt").setLevel(logging.ERROR)


class Overfull(MqttError):
    """More came in than is held while nothing can be stored."""


async def stay_connected(
    entry: Broker, status: Status, talk: Talk, *, will: Callable[[], Will | None], lasting: bool
) -> None:
    """Call `talk` on each connection until cancelled. In a `lasting` session the broker keeps what it
    cannot deliver."""
    pause = FIRST_PAUSE
    while True:
        began = monotonic()
        try:
            async with open_client(entry, will(), lasting) as client:
                await talk(client)
        except MqttError as error:
            status.waiting(_reason(error))
        if monotonic() - began > STEADY:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
        pause = min(2 * pause, LONGEST_PAUSE)


@asynccontextmanager
async def open_client(entry: Broker, will: Will | None, lasting: bool) -> AsyncIterator[Client]:
    client = Client(
        entry.url.hostname or "",
        entry.port,
        identifier=entry.identifier,
        username=entry.username or None,
        password=entry.password or None,
        keepalive=entry.keepalive,
        will=will,
        tls_params=_tls(entry),
        max_queued_incoming_messages=MOST_WAITING,
        **_session(entry, lasting),
    )
    client._client.manual_ack_set(True)  # before the broker sends what it has kept for us
    async with client:
        yield client


def _session(entry: Broker, lasting: bool) -> dict[str, Any]:
    """Return the options of a session in the words of the protocol's version."""
    if entry.version != "5":
        return {"protocol": ProtocolVersion.V311, "clean_session": not lasting}
    properties = _properties(entry.session_expiry if lasting else 0)
    return {"protocol": ProtocolVersion.V5, "clean_start": not lasting, "properties": properties}


def _tls(entry: Broker) -> TLSParameters | None:
    """The broker's certificate is checked against `ca`, or what the machine trusts."""
    if entry.url.scheme != "mqtts":
        return None
    return TLSParameters(entry.ca or None, entry.certificate or None, entry.key or None)


def _properties(expiry: int) -> Properties:
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = expiry
    properties.ReceiveMaximum = MOST_UNACKNOWLEDGED
    properties.MaximumPacketSize = LARGEST_PACKET
    return properties


async def subscribe(client: Client, topics: list[tuple[str, int]]) -> None:
    """Subscribe to topics with their quality of service.

    Raises:
        MqttError: the broker refuses one of them.
    """
    version = client._client.protocol
    for topic, qos in topics:
        for answer in await client.subscribe(topic, qos):
            code = answer.value if isinstance(answer, ReasonCode) else answer
            if code >= REFUSED:
                raise MqttError(f"the broker refuses the subscription to {topic} ({answer}, MQTT {version})")


async def each_message(client: Client) -> AsyncIterator[Message]:
    """Yield what comes in.

    Raises:
        Overfull: too much came, and some was dropped. Acknowledge what was taken, leave and come back: then
            the broker sends the rest again.
        MqttError: the connection is lost.
    """
    dropped = False
    async for message in client.messages:
        yield message
        while waiting := len(client.messages):  # at once: each turn of the event loop reads one more
            dropped = dropped or waiting >= MOST_WAITING - 1
            yield client._queue.get_nowait()
        if dropped:
            raise Overfull("more came in than could be stored; the broker is asked again")


def acknowledge(client: Client, message: Message) -> None:
    """Tell the broker that the message is in good hands. On a connection that is gone it changes nothing."""
    client._client.ack(message.mid, message.qos)


def _reason(error: MqttError) -> str:
    if isinstance(error, MqttCodeError) and isinstance(error.rc, ReasonCode):
        return f"the broker says: {error.rc}"
    return str(error) or type(error).__name__
