"""Print the memory (PSS) of each process of the running product, and the sum."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from smartmaint.embedded.memory import stack_memory


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        families = stack_memory(settings.DATA_DIR)
        for name, (count, megabytes) in families.items():
            self.stdout.write(f"{name:<22} {count:3} {megabytes:8.1f} MB")
        count, total = (sum(column) for column in zip(*families.values(), strict=True))
        self.stdout.write(f"{'sum':<22} {count:3} {total:8.1f} MB")
