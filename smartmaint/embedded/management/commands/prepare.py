"""Bring the database's schema up to date, and make the first organization with its sign-ins and token."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from smartmaint.accounts.models import Organization
from smartmaint.embedded.demo import seed_demo
from smartmaint.embedded.first_time import CredentialsUnreadable, ensure_credentials


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--url", required=True, help="where the product will be, for credentials.json")
        parser.add_argument("--api-url", help="where machines send to; default: the same")
        parser.add_argument("--demo", action="store_true", help="with the people of the demo plant")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            applied = self.migrate()
            known = ensure_credentials(
                data_dir=settings.DATA_DIR,
                url=options["url"],
                api_url=options["api_url"] or options["url"],
                at=timezone.now(),
            )
        except ProgrammingError as error:
            raise CommandError(f"The database schema cannot be brought up to date: {error}") from error
        except CredentialsUnreadable as error:
            raise CommandError(str(error)) from error
        if options["demo"]:
            seed_demo(organization=Organization.objects.get(slug=known["organization"]), at=timezone.now())
        self.stdout.write(f"{applied} migrations applied" if applied else "up to date")

    def migrate(self) -> int:
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
        return pending
