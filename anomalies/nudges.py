"""Wakes this process's open sockets when their organization's feed has grown.

One Redis subscription a process, whatever the number of sockets. A nudge carries no data and may be lost:
readers look again every few seconds, and read rows by number, so nothing is missed and nothing comes twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from anomalies.live import GROUP

logger = logging.getLogger(__name__)

RETRY = 1.0  # seconds


class Nudges:
    """Holds who waits for which organization, and the task that listens while anybody does."""

    def __init__(self) -> None:
        self.waiting: dict[int, set[asyncio.Event]] = defaultdict(set)
        self.listener: asyncio.Task[None] | None = None

    @contextmanager
    def waking(self, organization_id: int, wake: asyncio.Event) -> Iterator[None]:
        """Set `wake` at each nudge for the organization, while inside."""
        self.waiting[organization_id].add(wake)
        self.listener = self.listener or asyncio.create_task(self.listen())
        try:
            yield
        finally:
            self.waiting[organization_id].discard(wake)
            if not any(self.waiting.values()):
                self.listener.cancel()
                self.listener = None

    async def listen(self) -> None:
        while True:
            try:
                await self.hear()
            except (RedisError, OSError) as error:
                logger.warning("no live nudges (%s): sockets look again by themselves", error)
                await asyncio.sleep(RETRY)

    async def hear(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        try:
            await layer.group_add(GROUP, channel)
            while True:
                message = await layer.receive(channel)
                for wake in self.waiting.get(message["organization_id"], ()):
                    wake.set()
        finally:
            await layer.group_discard(GROUP, channel)


_nudges: WeakKeyDictionary[asyncio.AbstractEventLoop, Nudges] = WeakKeyDictionary()


def nudges() -> Nudges:
    """Return the running event loop's."""
    return _nudges.setdefault(asyncio.get_running_loop(), Nudges())
