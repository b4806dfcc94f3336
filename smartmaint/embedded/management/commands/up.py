"""Start the whole product on this machine and keep it running until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from smartmaint.embedded.startup import StartFailed, Wishes, run


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="with a live demo plant that sends readings")
        parser.add_argument("--port", type=int, default=8000, help="of the pages (default 8000)")
        parser.add_argument(
            "--api-port",
            type=int,
            help="of the API for machines (default: the next one, or any if it is taken)",
        )
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--data-dir", type=Path, default=settings.DATA_DIR, help="default .data")
        parser.add_argument(
            "--workers", type=positive, default=1, help="processes per kind of agents' work (default 1)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        data_dir = options["data_dir"].resolve()
        if data_dir != settings.DATA_DIR:
            self.start_again(data_dir)
        wishes = Wishes(
            data_dir=data_dir,
            host=options["host"],
            port=options["port"],
            api_port=options["api_port"],
            demo=options["demo"],
            workers=options["workers"],
        )
        try:
            asyncio.run(run(wishes, self.say))
        except StartFailed as error:
            raise CommandError(str(error)) from error

    def start_again(self, data_dir: Path) -> None:
        """The settings follow from the data directory, so they have to be read with it in place."""
        os.environ["SMARTMAINT_DATA_DIR"] = str(data_dir)
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606

    def say(self, line: str) -> None:
        try:
            self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:  # nobody reads any more; what runs must still be stopped in order
            self.stdout = OutputWrapper(Path(os.devnull).open("w"))  # noqa: SIM115
