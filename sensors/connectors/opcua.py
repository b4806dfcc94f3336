"""OPC UA: a client that subscribes to variables, and finds the server again when it is gone."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from asyncua import Client, ua
from asyncua.common.subscription import Subscription
from django.utils import timezone

from sensors.connectors.intake import Intake
from sensors.connectors.opcua_entry import OpcUa
from sensors.connectors.opcua_nodes import Missing, find_targets
from sensors.connectors.opcua_requests import parameters_of, publish, request_for, words_of
from sensors.connectors.opcua_security import Untrusted, open_client
from sensors.connectors.opcua_values import Target, is_bad, is_waiting, read_value
from sensors.connectors.staleness import mark_fresh, mark_stale
from sensors.connectors.status import Status

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds
STEADY = 30.0  # seconds after which a connection counts as one that held
STALE_AFTER = 30.0  # seconds without the server after which its sensors' last values say nothing of now
LOOK_EVERY = 1.0  # seconds
ASK_AGAIN = 60.0  # seconds until nodes that were missing are looked for again
LAST_WORDS = 5.0  # seconds for what was received to be stored at the end
FULL, EMPTY_ENOUGH = 10_000, 1_000  # values received and not yet handed over
AT_ONCE = 1_000
TROUBLE = (ua.UaError, Untrusted, OSError, TimeoutError)

logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # our status says it, once and in words


async def listen(entry: OpcUa, intake: Intake, status: Status) -> None:
    """Take in what the server says, until cancelled."""
    listener = Listener(entry, intake, status)
    staying, handing = map(asyncio.create_task, (listener.stay_connected(), listener.hand_over()))
    try:
        done, _ = await asyncio.wait({staying, handing}, return_when=asyncio.FIRST_COMPLETED)
        done.pop().result()  # neither ends but by an error
    finally:  # what was received is stored before we go
        await _end(staying)
        with suppress(TimeoutError):
            await asyncio.wait_for(listener.emptied.wait(), LAST_WORDS)
        await intake.settled(LAST_WORDS)
        await _end(handing)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


class Listener:
    """One entry at work. What was received outlives the connection that it came by."""

    def __init__(self, entry: OpcUa, intake: Intake, status: Status) -> None:
        self.entry, self.intake, self.status = entry, intake, status
        self.targets: dict[int, Target] = {}
        self.received: deque[tuple[Target, ua.DataValue]] = deque()
        self.filled, self.emptied, self.lost = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.emptied.set()
        self.failing: set[str] = set()
        self.gone: datetime | None = None

    async def stay_connected(self) -> None:
        """Talk to the server for ever, with growing pauses between attempts."""
        pause = FIRST_PAUSE
        while True:
            began = monotonic()
            try:
                await self.talk()
            except TROUBLE as error:
                self.status.waiting(words_of(error, self.entry))
            if monotonic() - began > STEADY:
                pause = FIRST_PAUSE
            await self.mark_cut_off()
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
            pause = min(2 * pause, LONGEST_PAUSE)

    async def talk(self) -> None:
        """Connect, subscribe, and stay until the connection is lost.

        Raises:
            ua.UaError, Untrusted, OSError, TimeoutError: there is no connection, or no longer.
        """
        client = await open_client(self.entry)
        client.connection_lost_callback = self.connection_lost
        self.lost.clear()
        async with client:
            subscription = await client.create_subscription(parameters_of(self.entry), self)
            missing = await self.subscribe(client, subscription)
            self.status.connected()
            self.gone = None
            await self.tend(client, subscription, missing)

    async def connection_lost(self, error: Exception) -> None:
        self.lost.set()

    async def subscribe(self, client: Client, subscription: Subscription) -> list[Missing]:
        """Listen to every node that is not listened to yet; return those that cannot be, and say so."""
        found, missing = await find_targets(client, self.entry)
        known = {target.node for target in self.targets.values()} if subscription._monitored_items else set()
        if not known:
            self.targets.clear()
        wanted = [target for target in found if target.node not in known]
        for start in range(0, len(wanted), AT_ONCE):
            missing += await self.add(subscription, wanted[start : start + AT_ONCE])
        if wanted:
            self.failing -= {target.sensor for target in wanted}
            codes = [target.sensor for target in wanted]
            await self.intake.do(self.entry.organization, partial(mark_fresh, codes=codes))
        if missing:
            shown = ", ".join(str(one) for one in missing[:5])
            self.status.troubled(f"{len(missing)} nodes are not heard: {shown}", self.entry.organization)
        return missing

    async def add(self, subscription: Subscription, targets: list[Target]) -> list[Missing]:
        first = max(self.targets, default=0) + 1
        self.targets |= dict(enumerate(targets, first))
        requests = [
            request_for(handle, self.targets[handle], self.entry)
            for handle in range(first, first + len(targets))
        ]
        answers = await subscription.create_monitored_items(requests)
        refused = [
            (handle, answer)
            for handle, answer in enumerate(answers, first)
            if isinstance(answer, ua.StatusCode)
        ]
        return [Missing(self.targets.pop(handle).node.to_string(), answer.name) for handle, answer in refused]

    async def tend(self, client: Client, subscription: Subscription, missing: list[Missing]) -> None:
        """Hold the server back while too much is received, and look for missing nodes again.

        Raises:
            ConnectionError: the connection is lost.
        """
        asked, held = monotonic(), False
        while not self.lost.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.lost.wait(), LOOK_EVERY)
                break
            full = len(self.received) > (EMPTY_ENOUGH if held else FULL)
            if full or held:
                await publish(client, subscription, enabled=not full)
                held = full
            if missing and monotonic() - asked > ASK_AGAIN:
                asked, missing = monotonic(), await self.subscribe(client, subscription)
        raise ConnectionError("the connection to the server is lost")

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Called by the subscription for each value."""
        target = self.targets.get(data.subscription_data.client_handle)
        said = data.monitored_item.Value
        if target is None or said is None or is_waiting(said):
            return
        self.received.append((target, said))
        self.emptied.clear()
        self.filled.set()

    def status_change_notification(self, status: ua.StatusChangeNotification) -> None:
        """The server ends the subscription."""
        self.lost.set()

    async def hand_over(self) -> None:
        """Give what was received to the store, in order, until cancelled."""
        slug = self.entry.organization
        while True:
            await self.filled.wait()
            part = [self.received.popleft() for _ in range(min(len(self.received), AT_ONCE))]
            at = timezone.now()
            self.status.heard(slug, len(part))
            await self.intake.put(slug, [read_value(target, said, at) for target, said in part])
            await self.tell_failures(part, at)
            if not self.received:
                self.filled.clear()
                self.emptied.set()

    async def tell_failures(self, part: list[tuple[Target, ua.DataValue]], at: datetime) -> None:
        """A sensor whose value is Bad is cut off, until it is not."""
        states = {target.sensor: is_bad(said) for target, said in part}
        failed = {code for code, bad in states.items() if bad} - self.failing
        well = {code for code, bad in states.items() if not bad} & self.failing
        self.failing = (self.failing | failed) - well
        if failed:
            await self._do(partial(mark_stale, codes=sorted(failed), since=at))
        if well:
            await self._do(partial(mark_fresh, codes=sorted(well)))

    async def mark_cut_off(self) -> None:
        """After some time without the server all its sensors are cut off; it is told once."""
        at = timezone.now()
        self.gone = self.gone or at
        codes = {target.sensor for target in self.targets.values()} - self.failing
        if codes and (at - self.gone).total_seconds() > STALE_AFTER:
            self.failing |= codes
            await self._do(partial(mark_stale, codes=sorted(codes), since=self.gone))

    async def _do(self, deed: Any) -> None:
        await self.intake.do(self.entry.organization, deed)
