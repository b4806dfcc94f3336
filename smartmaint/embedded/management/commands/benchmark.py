"""Measure the running product (`manage.py up`) and print each figure beside its reference in the same run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from smartmaint.embedded.benchmarks import (
    alert_latency,
    growth,
    ingest_batch,
    ingest_single,
    overload,
    pages,
    scoring,
)
from smartmaint.embedded.benchmarks.trial import Refused, trial
from smartmaint.embedded.gateway import connect

Measure = Callable[[dict[str, Any], dict[str, Any]], Any]


def measure_alert_latency(credentials: dict[str, Any], options: dict[str, Any]) -> Any:
    feed = credentials["url"].replace("http", "ws", 1) + "/ws/v1/alerts/"
    with trial(credentials["api_url"], sensors=0) as plant, connect(plant.api_url, plant.token) as client:
        return alert_latency.measure(client, feed, plant.token)


MEASURES: dict[str, Measure] = {
    "ingest-batch": lambda known, options: ingest_batch.measure(known["api_url"], seconds=options["seconds"]),
    "ingest-single": lambda known, options: ingest_single.measure(
        known["api_url"], seconds=options["seconds"]
    ),
    "alert-latency": measure_alert_latency,
    "overload": lambda known, options: overload.measure(known["api_url"], seconds=options["seconds"]),
    "scoring": lambda known, options: scoring.measure(),
    "pages": lambda known, options: pages.measure(
        known, readings=options["readings"], told=options["progress"]
    ),
    "growth": lambda known, options: growth.measure(known, rows=options["rows"], seconds=options["seconds"]),
}
ALL = (
    "ingest-batch",
    "ingest-single",
    "alert-latency",
    "overload",
    "scoring",
    "pages",
)  # growth takes minutes and gigabytes
ALONE = {"scoring"}  # needs no running product


def at_least(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"at least {least:,}, not {number:,}")
        return number

    return read


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        names = [*MEASURES, "all"]
        parser.add_argument("names", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--seconds", type=float, default=10.0, help="of load, per figure (default 10)")
        parser.add_argument(
            "--readings",
            type=at_least(pages.SENSORS),
            default=10_000_000,
            help="pages: readings of the plant (default 10,000,000)",
        )
        parser.add_argument(
            "--rows", type=int, default=20_000_000, help="growth: readings to store (default 20,000,000)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = ALL if "all" in options["names"] else options["names"]
        credentials = {} if ALONE.issuperset(names) else self.credentials()
        figures: dict[str, Any] = {}
        options["progress"] = self.progress(options["readings"])
        for name in names:
            try:
                figures[name] = MEASURES[name](credentials, options)
            except (alert_latency.NoFrame, Refused) as error:
                raise CommandError(str(error)) from error
            if not options["json"]:
                self.stdout.write(figures[name].told())
        if options["json"]:
            self.stdout.write(json.dumps({name: figure.as_json() for name, figure in figures.items()}))

    def progress(self, total: int) -> Callable[[int], None]:
        """Return what tells of each tenth of the readings that are made, apart from the figures."""
        done = 0

        def told(count: int) -> None:
            nonlocal done
            before, done = done, done + count
            if before == 0 or before * 10 // total < done * 10 // total:
                self.stderr.write(f"pages: {done:,} of {total:,} readings are made; this takes minutes")

        return told

    def credentials(self) -> dict[str, Any]:
        path = settings.DATA_DIR / "credentials.json"
        if not path.exists():
            raise CommandError(f"There are no credentials in {settings.DATA_DIR}. Start manage.py up first.")
        return json.loads(path.read_text())
