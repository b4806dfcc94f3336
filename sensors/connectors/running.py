"""Entries of the connectors' file at work: each on its own, so that the trouble of one is not another's."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from django.db import InterfaceError, OperationalError

from sensors.connectors.entries import Entry
from sensors.connectors.intake import Intake, in_database, keep_status, save_status
from sensors.connectors.status import Status
from sensors.models import ConnectorStatus

logger = logging.getLogger(__name__)
PAUSE_AFTER_ERROR = 5.0


async def run_entries(entries: Sequence[Entry], whole: str | None = None) -> None:
    """Listen until SIGTERM or SIGINT; then what was read is stored, acknowledged, and the status says so.

    With `whole` the entries are all there are of that kind: the status of others is forgotten.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if whole:
        await forget_others(whole, [entry.name for entry in entries])
    running = asyncio.create_task(_run_all(entries))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def _run_all(entries: Sequence[Entry]) -> None:
    async with asyncio.TaskGroup() as group:
        for entry in entries:
            group.create_task(run_entry(entry))


async def run_entry(entry: Entry) -> None:
    """Listen for one entry until cancelled."""
    status = Status(entry)
    intake = Intake(entry, status)
    try:
        async with asyncio.TaskGroup() as beside:
            tasks = [beside.create_task(intake.run()), beside.create_task(keep_status(status))]
            try:
                await _listen(entry, intake, status)
            finally:  # the listener goes first: what it has read is still stored and acknowledged
                for task in tasks:
                    task.cancel()
    finally:
        status.stopped()
        await save_status(status)


async def _listen(entry: Entry, intake: Intake, status: Status) -> None:
    """What nobody foresaw is logged, shown, and tried again: a plant's machines do not wait for a person."""
    listen = import_module(f"sensors.connectors.{entry.kind}").listen
    while True:
        try:
            await listen(entry, intake, status)
        except Exception as error:
            logger.exception("The connector %s stumbled", entry.name)
            status.waiting(f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE_AFTER_ERROR)


async def forget_others(kind: str, names: list[str]) -> None:
    """Delete the status of entries that the file no longer has."""
    others = ConnectorStatus.objects.filter(kind=kind).exclude(name__in=names)
    with suppress(OperationalError, InterfaceError):  # at the next start then
        await in_database(others.delete)
