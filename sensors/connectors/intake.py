"""From a connection to the store, in small batches: nothing is acknowledged before it is committed.

    intake = Intake(entry, status)                   # one for each entry, in the event loop
    await intake.put("acme", readings, then=ack)     # waits while too much is held
    await intake.run()                               # beside it, until cancelled

What comes in while a batch is being stored is the next batch, so that batches grow with the rate. While the
database is away nothing is dropped: the batch is tried again, `put` waits, and the connection's own flow
control holds the machines back.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

import msgspec
from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from sensors.connectors.entries import Entry
from sensors.connectors.status import Status, write_status
from sensors.quality import MalformedReading, Rejection
from sensors.screening import Item
from sensors.services import StoreResult, store_readings
from smartmaint.accounts.models import Organization

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
Deed = Callable[..., None]  # called with `organization`, where it may talk to the database
MOST_HELD = 20_000  # readings
MOST_AT_ONCE = 5_000
LINGER = 0.01  # seconds that a small batch waits for company
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
STATUS_SECONDS = 2.0
THREADS = 4
DATABASE = ThreadPoolExecutor(THREADS, "database")


class Parcel(msgspec.Struct):
    """What one message carries: readings, or something else to do in its turn. `then` follows the commit."""

    slug: str
    readings: Sequence[Item]
    then: Callable[[], None] | None
    deed: Deed | None
    history: bool

    @property
    def weight(self) -> int:
        return max(len(self.readings), 1)

    @property
    def company(self) -> tuple[str, bool, int]:
        """Parcels with the same company may be stored together."""
        return self.slug, self.history, id(self.deed) if self.deed else 0


class OrganizationUnknown(LookupError):
    """The entry names an organization that is not there."""


async def in_database(work: Callable[[], Answer]) -> Answer:
    """Call in a thread of its own, on a lasting connection that is looked after."""
    return await asyncio.get_running_loop().run_in_executor(DATABASE, _cared_for, work)


def _cared_for(work: Callable[[], Answer]) -> Answer:
    close_old_connections()
    try:
        return work()
    except (OperationalError, InterfaceError):
        connection.close()
        raise


class Intake:
    """One entry's way into the store. It holds at most some MOST_HELD readings, in the order they came."""

    def __init__(self, entry: Entry, status: Status) -> None:
        self.source, self.status = entry.kind, status
        self.waiting: deque[Parcel] = deque()
        self.held = 0
        self.filled = asyncio.Event()
        self.moved = asyncio.Condition()

    async def put(
        self,
        slug: str,
        readings: Sequence[Item],
        *,
        then: Callable[[], None] | None = None,
        history: bool = False,
    ) -> None:
        """Hand readings over for the organization; `then` is called in the event loop after the commit.

        With `history` they are a back-fill: scored, and paging nobody.
        """
        await self._add(Parcel(slug, readings, then, None, history))

    async def do(self, slug: str, deed: Deed) -> None:
        """Have something else done in the database, after what was put before it."""
        await self._add(Parcel(slug, (), None, deed, False))

    async def _add(self, parcel: Parcel) -> None:
        if self.held >= MOST_HELD:
            async with self.moved:
                await self.moved.wait_for(lambda: self.held < MOST_HELD)
        self.waiting.append(parcel)
        self.held += parcel.weight
        self.filled.set()

    async def settled(self, within: float) -> bool:
        """Wait until all that was put is committed; tell whether it was, within so many seconds."""
        async with self.moved:
            waiting = self.moved.wait_for(lambda: not self.held)
            try:
                return await asyncio.wait_for(waiting, within)
            except TimeoutError:
                return False

    async def run(self) -> None:
        """Store what comes in until cancelled."""
        while True:
            await self.filled.wait()
            if self.held < MOST_AT_ONCE:
                await asyncio.sleep(LINGER)
            batch = self._take()
            for _, group in groupby(batch, key=lambda parcel: parcel.company):
                await self._commit(list(group))

    def _take(self) -> list[Parcel]:
        weight, batch = 0, []
        while self.waiting and weight < MOST_AT_ONCE:
            batch.append(self.waiting.popleft())
            weight += batch[-1].weight
        if not self.waiting:
            self.filled.clear()
        return batch

    async def _commit(self, parcels: list[Parcel]) -> None:
        """Store the parcels of one organization, whatever it takes, and say so to who sent them."""
        slug = parcels[0].slug
        try:
            await self._patiently(partial(_store, parcels, self.source), slug)
        except Error:
            logger.exception("A batch of %d messages is stored one by one", len(parcels))
            for parcel in parcels:
                await self._alone(parcel)
        self.held -= sum(parcel.weight for parcel in parcels)
        for parcel in parcels:
            if parcel.then:
                parcel.then()
        async with self.moved:
            self.moved.notify_all()

    async def _alone(self, parcel: Parcel) -> None:
        """What the database refuses by itself goes to quarantine, so that it holds up nothing else."""
        try:
            await self._patiently(partial(_store, [parcel], self.source), parcel.slug)
        except Error as error:
            self.status.troubled(f"refused by the database: {error}", parcel.slug)
            parcel.readings = [_refused(reading, error) for reading in parcel.readings]
            await self._patiently(partial(_store, [parcel], self.source), parcel.slug)

    async def _patiently(self, work: Callable[[], StoreResult | None], slug: str) -> None:
        """Try until the database is there, and the organization with it."""
        pause = FIRST_PAUSE
        while True:
            try:
                result = await in_database(work)
            except (OperationalError, InterfaceError, OrganizationUnknown) as error:
                self.status.hold(f"nothing can be stored: {error}".strip())
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                break
        self.status.release()
        if result:
            self.status.stored(slug, result)


def _store(parcels: list[Parcel], source: str) -> StoreResult | None:
    slug, at = parcels[0].slug, timezone.now()
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise OrganizationUnknown(f"there is no organization {slug}")
    if deed := parcels[0].deed:
        return deed(organization=organization)
    readings = [reading for parcel in parcels for reading in parcel.readings]
    if not readings:
        return None
    return store_readings(
        organization=organization,
        readings=readings,
        at=at,
        source=source,
        history=parcels[0].history,
    )


def _refused(reading: Item, error: Error) -> MalformedReading:
    payload: Any = reading.payload if isinstance(reading, MalformedReading) else msgspec.to_builtins(reading)
    return MalformedReading(repr(payload)[:2000], Rejection("refused", str(error)[:400]))


async def keep_status(status: Status) -> None:
    """Write the status every two seconds until cancelled; while the database is away, add up."""
    while True:
        await save_status(status)
        await asyncio.sleep(STATUS_SECONDS)


async def save_status(status: Status) -> None:
    taken = status.take()
    try:
        await in_database(partial(write_status, status, taken, timezone.now()))
    except (OperationalError, InterfaceError) as error:
        status.give_back(taken)
        logger.warning("%s: its status is not written: %s", status.entry.name, error)
