"""Sparkplug B: a host application that hears edge nodes, asks for rebirths, and notes who is cut off."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from time import monotonic
from typing import NamedTuple

from aiomqtt import Client, Message, Will
from django.utils import timezone

from sensors.connectors.edges import BIRTHS, DATA, OWN, Edge, Heard, Known, Said
from sensors.connectors.entries import Sparkplug
from sensors.connectors.intake import Intake
from sensors.connectors.session import LAST_WORDS, acknowledge, each_message, stay_connected, subscribe
from sensors.connectors.sparkplug_payload import BOOLEAN, Metric, Payload, PayloadBroken, decode, encode
from sensors.connectors.staleness import mark_fresh, mark_stale
from sensors.connectors.status import Status
from sensors.connectors.topics import TemplateBroken, fill
from sensors.incoming import IncomingReading
from sensors.quality import Item, MalformedReading, Rejection

NAMESPACE = "spBv1.0"
KINDS = (*BIRTHS, *DATA, "NDEATH", "DDEATH")
REBIRTH_PAUSE = 10.0  # seconds between two requests to an edge node
STATE_SECONDS = 0.5  # between looks at whether anything can be stored


class Place(NamedTuple):
    """Where a message comes from; `device` is empty for the edge node's own."""

    group: str
    kind: str
    edge: str
    device: str


async def listen(entry: Sparkplug, intake: Intake, status: Status) -> None:
    """Take in what the edge nodes send, until cancelled."""
    host = Host(entry, intake, status)
    await stay_connected(entry, status, host.talk, will=host.will, lasting=False)


class Host:
    """One entry of the connectors' file at work. It knows of edge nodes what it heard in this connection."""

    def __init__(self, entry: Sparkplug, intake: Intake, status: Status) -> None:
        self.entry, self.intake, self.status = entry, intake, status
        self.state_topic = f"{NAMESPACE}/STATE/{entry.host}"
        self.born_at = 0
        self.online = True
        self.edges: dict[tuple[str, str], Edge] = {}
        self.asked_at: dict[tuple[str, str], float] = {}

    def will(self) -> Will:
        """The last will and the birth of one connection carry the same time."""
        self.born_at = int(timezone.now().timestamp() * 1000)
        return Will(self.state_topic, self.presence(online=False), qos=1, retain=True)

    def presence(self, *, online: bool) -> str:
        return json.dumps({"online": online, "timestamp": self.born_at})

    async def talk(self, client: Client) -> None:
        self.edges, self.asked_at, self.online = defaultdict(Edge), {}, True
        topics = [f"{NAMESPACE}/{group}/{kind}/#" for group in self.entry.groups or ("+",) for kind in KINDS]
        await subscribe(client, [(topic, 1) for topic in (self.state_topic, *topics)])
        await self.say(client, online=True)
        self.status.connected()
        watch = asyncio.create_task(self.keep_state(client))
        try:
            async for message in each_message(client):
                await self.take(client, message)
        except asyncio.CancelledError:  # what was read is stored before we go
            await self.intake.settled(LAST_WORDS)
            await self.say(client, online=False)
            raise
        finally:
            watch.cancel()

    async def say(self, client: Client, *, online: bool) -> None:
        self.online = online
        await client.publish(self.state_topic, self.presence(online=online), qos=1, retain=True)

    async def keep_state(self, client: Client) -> None:
        """While nothing can be stored we are offline: edge nodes that know us as their primary host keep
        their readings then, and send them as history afterwards."""
        while True:
            await asyncio.sleep(STATE_SECONDS)
            if self.status.held == self.online:
                await self.say(client, online=not self.status.held)

    async def take(self, client: Client, message: Message) -> None:
        topic, payload = message.topic.value, bytes(message.payload)
        if topic == self.state_topic:
            await self.correct_state(client, payload)
        elif (place := place_of(topic)) and not message.retain:
            self.status.heard(self.entry.organization)
            await self.hear(client, place, payload)
        acknowledge(client, message)

    async def correct_state(self, client: Client, payload: bytes) -> None:
        """The will of a connection that we lost may be published after we are back."""
        with suppress(ValueError):
            said = json.loads(payload)
            if self.online and isinstance(said, dict) and said.get("online") is False:
                await self.say(client, online=True)

    async def hear(self, client: Client, place: Place, payload: bytes) -> None:
        try:
            said = decode(payload)
        except PayloadBroken as error:
            broken = MalformedReading(
                {"topic": "/".join((NAMESPACE, *place)).rstrip("/")}, Rejection("payload", str(error))
            )
            await self.intake.put(self.entry.organization, [broken])
            return
        heard = self.edges[place.group, place.edge].hear(place.kind, place.device, said)
        await self.hand_over(place, heard)
        if heard.rebirth:
            await self.ask_rebirth(client, place, heard.rebirth)

    async def hand_over(self, place: Place, heard: Heard) -> None:
        """Put what follows from a message in its order: who is back, what is said, who is gone."""
        slug, now = self.entry.organization, timezone.now()
        if back := self.codes(place, heard.back):
            await self.intake.do(slug, partial(mark_fresh, codes=back))
        for history, group in groupby(heard.said, key=lambda said: said.historical):
            readings = [self.reading(place, said, now) for said in group]
            await self.intake.put(slug, readings, history=history)
        if gone := self.codes(place, heard.gone):
            since = moment(heard.at) or now
            await self.intake.do(slug, partial(mark_stale, codes=gone, since=since))

    def codes(self, place: Place, metrics: list[Known]) -> list[str]:
        codes = []
        for metric in metrics:
            with suppress(TemplateBroken):  # it has no sensor then: its readings are in quarantine
                codes.append(fill(self.entry.sensor, names_of(place, metric)))
        return codes

    def reading(self, place: Place, said: Said, now: datetime) -> Item:
        names = names_of(place, said.metric)
        try:
            return IncomingReading(
                sensor_id=fill(self.entry.sensor, names),
                value=said.value,
                timestamp=moment(said.at) or now,
                unit=said.metric.unit,
                quality=said.quality,
                metadata={"asset": fill(self.entry.asset, names)},
            )
        except (TemplateBroken, OverflowError, OSError, ValueError) as error:
            return MalformedReading({**names, "value": said.value}, Rejection("reading", str(error)))

    async def ask_rebirth(self, client: Client, place: Place, why: str) -> None:
        """Ask the edge node to tell of its metrics again; not more often than it can answer."""
        key, now = (place.group, place.edge), monotonic()
        if now - self.asked_at.get(key, -REBIRTH_PAUSE) < REBIRTH_PAUSE:
            return
        self.asked_at[key] = now
        self.status.troubled(f"{'/'.join(key)}: {why}; asked for a rebirth")
        at = int(timezone.now().timestamp() * 1000)
        order = Metric(name="Node Control/Rebirth", timestamp=at, datatype=BOOLEAN, value=True)
        topic = f"{NAMESPACE}/{place.group}/NCMD/{place.edge}"
        await client.publish(topic, encode(Payload(timestamp=at, metrics=(order,))))


def place_of(topic: str) -> Place | None:
    """Return where a topic comes from; None where it is none that a host hears."""
    _, *levels = topic.split("/")
    if len(levels) not in (3, 4) or levels[1] not in KINDS or (levels[1][0] == "D") != (len(levels) == 4):
        return None
    group, kind, edge, *device = levels
    return Place(group, kind, edge, device[0] if device else OWN)


def names_of(place: Place, metric: Known) -> dict[str, str]:
    """Return what the placeholders of an entry's templates stand for."""
    device = metric.device or place.edge
    return {"group": place.group, "edge": place.edge, "device": device, "metric": metric.name}


def moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
