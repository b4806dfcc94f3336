"""MQTT: readings on topics of a template, acknowledged after they are committed."""

from __future__ import annotations

import asyncio
import json
from functools import partial

from aiomqtt import Client, Message, Will
from django.utils import timezone

from sensors.connectors.entries import Mqtt
from sensors.connectors.intake import Intake
from sensors.connectors.payloads import SHOWN, Origin, read_payload
from sensors.connectors.session import (
    LAST_WORDS,
    Overfull,
    acknowledge,
    each_message,
    stay_connected,
    subscribe,
)
from sensors.connectors.status import Status
from sensors.connectors.topics import TemplateBroken, fill, topic_filter, topic_pattern
from sensors.quality import Item, MalformedReading, Rejection


async def listen(entry: Mqtt, intake: Intake, status: Status) -> None:
    """Take in what the broker sends, until cancelled."""
    listener = Listener(entry, intake, status)
    await stay_connected(entry, status, listener.talk, will=listener.will, lasting=True)


class Listener:
    """One entry of the connectors' file at work."""

    def __init__(self, entry: Mqtt, intake: Intake, status: Status) -> None:
        self.entry, self.intake, self.status = entry, intake, status
        self.pattern = topic_pattern(entry.topic)

    async def talk(self, client: Client) -> None:
        await subscribe(client, [(topic_filter(self.entry.topic), self.entry.qos)])
        await self.announce(client, online=True)
        self.status.connected()
        try:
            async for message in each_message(client):
                await self.take(client, message)
        except Overfull:
            await self.intake.settled(LAST_WORDS)
            raise
        except asyncio.CancelledError:  # what was read is stored and acknowledged before we go
            await self.intake.settled(LAST_WORDS)
            await self.announce(client, online=False)
            raise

    def will(self) -> Will | None:
        if not self.entry.status_topic:
            return None
        return Will(self.entry.status_topic, _presence(online=False), qos=1, retain=True)

    async def announce(self, client: Client, *, online: bool) -> None:
        """Say on the status topic that we are there; the broker's last will says that we are not."""
        if self.entry.status_topic:
            await client.publish(self.entry.status_topic, _presence(online=online), qos=1, retain=True)

    async def take(self, client: Client, message: Message) -> None:
        """Hand a message's readings over. What is not for us is acknowledged at once, or it came for ever."""
        done = partial(acknowledge, client, message)
        places = None if self.ignores(message) else self.places(message)
        if places is None:
            done()
            return
        slug = places.get("organization") or self.entry.organization
        self.status.heard(slug)
        await self.intake.put(slug, self.read(message, places), then=done)

    def ignores(self, message: Message) -> bool:
        """A retained message is from before we listened: without a time of its own it would count as new."""
        return message.retain and self.entry.retained == "ignore"

    def places(self, message: Message) -> dict[str, str] | None:
        """Return what the topic's placeholders stand for; None where it names an organization not ours."""
        found = self.pattern.fullmatch(message.topic.value)
        if found is None:
            self.status.troubled(f"{message.topic.value} is no topic of {self.entry.topic}")
            return None
        places = found.groupdict()
        if places.get("organization", "") not in ("", *self.entry.organizations):
            self.status.troubled("a topic names an organization that the entry does not")
            return None
        return places

    def read(self, message: Message, places: dict[str, str]) -> list[Item]:
        try:
            sensor, asset = (_code(template, places) for template in (self.entry.sensor, self.entry.asset))
        except TemplateBroken as error:
            payload = {"topic": message.topic.value, "payload": str(message.payload)[:SHOWN]}
            return [MalformedReading(payload, Rejection("sensor_id", str(error)))]
        origin = Origin(sensor, asset, self.entry.unit, self.entry.epoch)
        return read_payload(message.payload, origin, timezone.now())


def _code(template: str, places: dict[str, str]) -> str:
    return fill(template, places) if template else ""


def _presence(*, online: bool) -> str:
    return json.dumps({"online": online})
