"""`manage.py convert_storage`: from monthly partitions to a compressed hypertable."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sensors.storage.converting import NothingToConvert, convert_storage


class Command(BaseCommand):
    help = (
        "Move the readings into a hypertable, on a server that got TimescaleDB later. Stop the product first."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = convert_storage()
        except NothingToConvert as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{count:,} readings are in a hypertable now; their roll-ups follow within minutes."
        )
