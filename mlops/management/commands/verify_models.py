"""Check the file of every model version against the SHA-256 it was registered with; exit 1 on a mismatch."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mlops.models import ModelVersion
from mlops.services import verify_versions


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        versions = ModelVersion.objects.with_artifact()
        wrong = verify_versions(versions=versions, at=timezone.now())
        for version, reason in wrong:
            self.stdout.write(f"{version.model} version {version.number}: {reason}")
        if wrong:
            raise CommandError(f"{len(wrong)} of {versions.count()} files are not what was registered.")
        self.stdout.write(f"All {versions.count()} files are what was registered.")
