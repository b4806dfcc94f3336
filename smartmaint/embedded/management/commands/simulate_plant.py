"""The demo plant as a process of its own: it knows the product's address and a token, nothing else."""

from __future__ import annotations

import json
import signal
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.log import configure_logging

from smartmaint.embedded.enrolment import enrol_plant
from smartmaint.embedded.feed import begin_of_script, first_tick, run_feed, stored_readings
from smartmaint.embedded.gateway import Gateway, Refused, Stopped, connect
from smartmaint.embedded.plant.simulator import Plant
from smartmaint.embedded.plant.site import MACHINES
from smartmaint.footprint import settle


class Command(BaseCommand):
    help = "Simulate the demo plant: send its history, then its live readings, until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", help="where the product is; default: credentials.json of the data dir")
        parser.add_argument("--token", help="with the scopes data:ingest, data:read and admin")
        parser.add_argument("--history", type=float, default=26.0, metavar="HOURS", help="default 26")
        parser.add_argument("--interval", type=float, default=10.0, metavar="SECONDS", help="default 10")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--speed", type=float, default=1.0, help="how many times faster than scripted faults develop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)  # it runs without the applications
        settle()
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        url, token = _address(options)
        with connect(url, token) as client:
            try:
                run_plant(Gateway(client, stopping), options)
            except Stopped:
                pass
            except Refused as error:
                raise CommandError(str(error)) from error
        self.stdout.write("The demo plant has stopped.")


def run_plant(gateway: Gateway, options: dict[str, Any]) -> None:
    """Enrol the plant, then send what the product does not have yet, and go on live."""
    enrol_plant(gateway, interval=options["interval"])
    at, interval, history = datetime.now(UTC), options["interval"], timedelta(hours=options["history"])
    stored = stored_readings(gateway, {sensor.code for machine in MACHINES for sensor in machine.sensors})
    origin = begin_of_script(stored, at=at, history=history, interval=interval)
    plant = Plant(seed=options["seed"], origin=origin, interval=interval, speed=options["speed"])
    tick = first_tick(plant, stored, at=at, history=history)
    run_feed(plant, gateway, tick=tick, clock=lambda: datetime.now(UTC))


def _address(options: dict[str, Any]) -> tuple[str, str]:
    """Return URL and token: as given, else those of the `manage.py up` of this data directory."""
    if options["url"] and options["token"]:
        return options["url"], options["token"]
    known = _credentials(Path(settings.DATA_DIR) / "credentials.json")
    return options["url"] or known["api_url"], options["token"] or known["token"]


def _credentials(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(
            f"No address: start `manage.py up`, or give --url and --token ({error})."
        ) from error
