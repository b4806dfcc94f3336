"""Publish numbered events, each in a transaction with its line in the ledger."""

from __future__ import annotations

from time import sleep, time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from smartmaint.accounts.models import Organization
from smartmaint.events.outbox import publish
from tests.events.ledger_app.events import NumberSaid, PoisonSaid
from tests.events.ledger_app.models import Said


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("count", type=int)
        parser.add_argument("--first", type=int, default=0)
        parser.add_argument("--pause", type=float, default=0.0)
        parser.add_argument("--poison", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        organization, _ = Organization.objects.get_or_create(slug="ledger", defaults={"name": "Ledger"})
        if options["poison"]:
            with transaction.atomic():
                publish(PoisonSaid(organization_id=organization.pk))
        for number in range(options["first"], options["first"] + options["count"]):
            self.say(organization.pk, number)
            sleep(options["pause"])
        self.stdout.write(f"Said {options['count']} numbers.")

    @transaction.atomic
    def say(self, organization_id: int, number: int) -> None:
        Said.objects.create(number=number)
        publish(NumberSaid(organization_id=organization_id, number=number, at=time()))
