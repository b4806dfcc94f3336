"""Measure the running product (`manage.py up`), and print the figure with its conditions."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from smartmaint.embedded.benchmarks import alert_latency
from smartmaint.embedded.gateway import connect

NAMES = ("alert-latency",)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="+", choices=[*NAMES, "all"], metavar="NAME", help=", ".join(NAMES)
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.DATA_DIR / "credentials.json"
        if not path.exists():
            raise CommandError(f"There are no credentials in {settings.DATA_DIR}. Start manage.py up first.")
        credentials = json.loads(path.read_text())
        feed = credentials["url"].replace("http", "ws", 1) + "/ws/v1/alerts/"
        with connect(credentials["api_url"], credentials["token"]) as client:
            try:
                latency = alert_latency.measure(client, feed, credentials["token"])
            except alert_latency.NoFrame as error:
                raise CommandError(str(error)) from error
        self.stdout.write(
            json.dumps({"alert-latency": asdict(latency)}) if options["json"] else told(latency)
        )


def told(latency: alert_latency.Latency) -> str:
    p50, p95, worst = (f"{seconds * 1000:.0f} ms" for seconds in (latency.p50, latency.p95, latency.worst))
    return (
        f"alert-latency: from POST to frame p50 {p50}, p95 {p95}, worst {worst} "
        f"over {latency.faults} faults while {latency.flow:.0f} other readings/s flowed."
    )
