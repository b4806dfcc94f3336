"""Run the production detectors and models over a folder of recordings and write what they say."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.evaluation.folders import BadFolder

TASKS = ("nab", "skab", "cmapss", "ai4i", "azure", "forecast")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("task", choices=TASKS)
        parser.add_argument("--data", type=Path, required=True, help="the folder to read")
        parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
        parser.add_argument("--train-rows", type=int, help="forecast: rows to learn from (default 80 %%)")
        parser.add_argument("--horizon", type=int, default=96, help="forecast: steps ahead (default 96)")

    def handle(self, *args: Any, **options: Any) -> None:
        task = import_module(f"reports.evaluation.{options['task']}")
        try:
            for line in task.evaluate(options["data"], options["out"], options):
                self.stdout.write(line)
        except BadFolder as error:
            raise CommandError(str(error)) from error
