"""Serve MLflow's own pages over the models until Ctrl-C; with --mirror, bring MLflow up to date and end."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mlops.tied import become_child
from mlops.tracking.process import USER
from mlops.tracking.server import Unreachable, password, tracking_server

DAY = 86_400


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=0, help="default: any free one, on loopback")
        parser.add_argument("--mirror", action="store_true")
        parser.add_argument("--parent", type=int, help="end when this process does")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parent"]:
            become_child(options["parent"])
        if options["mirror"]:
            self._mirror()
        else:
            self._serve(options["port"])

    def _mirror(self) -> None:
        from mlops.tracking.mirror import mirror

        behind = mirror()
        if behind:
            raise CommandError(f"{behind} models are not in MLflow yet; their pages say why.")
        self.stdout.write("MLflow is up to date.")

    def _serve(self, port: int) -> None:
        try:
            with tracking_server(port) as address:
                self.stdout.write(f"MLflow answers at {address} on this machine{_key()}. Ctrl-C ends it.")
                while True:
                    time.sleep(DAY)
        except Unreachable as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot listen on port {port}: {error.strerror}.") from error


def _key() -> str:
    return "" if settings.MLFLOW_TRACKING_URI else f"; sign in as {USER} with {password()}"
