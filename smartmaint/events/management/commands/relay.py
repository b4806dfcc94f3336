"""Move events from the outbox to the agents' queues until stopped."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from smartmaint.events.relay import relay_once

logger = logging.getLogger(__name__)

BUSY, IDLE, BROKEN = 0.005, 0.05, 1.0  # seconds until the next look


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        pause = 0.0
        while not stop.wait(pause):
            pause = self.step()
        self.stdout.write("Relay stopped.")

    def step(self) -> float:
        try:
            return BUSY if relay_once() else IDLE
        except OperationalError as error:
            logger.warning("database out of reach: %s", error)
            close_old_connections()
            return BROKEN
