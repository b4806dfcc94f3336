"""Move events from the outbox to the agents' queues until stopped."""

from __future__ import annotations

import logging
import signal
import threading
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from smartmaint.events.connections import keep_one_connection
from smartmaint.events.relay import CLAIM, QueueOutOfReach, relay_once
from smartmaint.events.upkeep import recall, reclaim
from smartmaint.footprint import settle

logger = logging.getLogger(__name__)

# Seconds: until the next look, and between looks for dead workers. After a look that found something a little
# longer: what is published meanwhile goes together, at a fraction of the cost for each event.
IDLE, GATHER, BROKEN, SWEEP = 0.02, 0.05, 1.0, 1.0


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # the workers make them; they load every page
    swept = 0.0
    outage = True  # the relay before this one may have died between claiming and sending

    def handle(self, *args: Any, **options: Any) -> None:
        keep_one_connection()
        settle()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        pause = 0.0
        while not stop.wait(pause):
            pause = self.step()
        self.stdout.write("Relay stopped.")

    def step(self) -> float:
        """Do what there is to do and return how long to wait, in seconds. Outages pass, so it stays."""
        try:
            self.sweep()
            moved = relay_once()
            self.recover()
            return IDLE if not moved else 0.0 if moved >= CLAIM else GATHER
        except (OperationalError, InterfaceError) as error:
            logger.warning("database out of reach: %s", error)
            connection.close()
        except QueueOutOfReach as error:
            logger.warning("queue out of reach: %s", error)
        self.outage = True
        return BROKEN

    def recover(self) -> None:
        if self.outage:
            self.outage = False
            if count := recall(at=timezone.now()):
                logger.warning("sent again after an outage: %d deliveries", count)

    def sweep(self) -> None:
        if monotonic() - self.swept < SWEEP:
            return
        self.swept = monotonic()
        close_old_connections()
        if count := reclaim(at=timezone.now()):
            logger.warning("%d events were in the hands of a worker that died: sent again", count)
