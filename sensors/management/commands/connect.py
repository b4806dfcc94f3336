"""Listen to the machines that the connectors' file names (SMARTMAINT_CONNECTORS), until stopped."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sensors.connectors.config import KINDS, ConfigurationBroken, load_entries
from sensors.connectors.entries import Entry
from smartmaint.accounts.models import Organization
from smartmaint.events.connections import keep_one_connection


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []  # a broken file is told below, in full

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="the entry to run; without it all (of the kind)")
        parser.add_argument("--kind", choices=list(KINDS), help="run the entries of this kind")
        parser.add_argument("--check", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        entries = self.chosen(options["name"], options["kind"])
        if options["check"]:
            self.check_entries(entries)
        else:
            self.listen(entries, options["kind"])

    def chosen(self, name: str | None, kind: str | None) -> list[Entry]:
        if not settings.CONNECTORS_FILE:
            raise CommandError("SMARTMAINT_CONNECTORS names no file: see docs/connectors.md.")
        try:
            entries = load_entries(settings.CONNECTORS_FILE)
        except ConfigurationBroken as error:
            raise CommandError(f"{settings.CONNECTORS_FILE} cannot be used:\n{error}") from error
        chosen = [entry for entry in entries if name in (None, entry.name) and kind in (None, entry.kind)]
        if not chosen:
            known = ", ".join(f"{entry.name} ({entry.kind})" for entry in entries)
            raise CommandError(f"The file has no such entry. It has: {known or 'none'}.")
        return chosen

    def listen(self, entries: list[Entry], kind: str | None) -> None:
        from sensors.connectors.running import run_entries

        keep_one_connection()
        names = ", ".join(entry.name for entry in entries)
        self.stdout.write(f"Listening: {names}.")
        asyncio.run(run_entries(entries, whole=kind))
        self.stdout.write(f"Stopped listening: {names}.")

    def check_entries(self, entries: list[Entry]) -> None:
        """Tell what each entry would do; an organization that is not there is an error."""
        known = set(Organization.objects.values_list("slug", flat=True))
        for entry in entries:
            self.stdout.write(f"{entry.kind:<10} {entry.name:<20} {entry.describe()}")
        missing = sorted({slug for entry in entries for slug in entry.writes_to} - known)
        if missing:
            raise CommandError(f"There is no organization {', '.join(missing)}.")
        self.stdout.write(f"The file is in order: {len(entries)} entries.")
