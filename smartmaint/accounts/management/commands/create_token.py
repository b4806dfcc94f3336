from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from smartmaint.accounts.models import Organization
from smartmaint.accounts.scopes import SCOPES
from smartmaint.accounts.services import create_token


def _told(error: ValidationError) -> str:
    """Name the field of a limit, whose message does not."""
    return " ".join(
        f"{field}: {text}" if field.endswith("_per_second") else text
        for field, texts in error.message_dict.items()
        for text in texts
    )


class Command(BaseCommand):
    help = "Make a token for a program and print it: once, alone on stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument("--scopes", required=True, metavar="A,B", help=f"of {', '.join(SCOPES)}")
        parser.add_argument("--expires-days", type=int, metavar="N", help="default: never")
        parser.add_argument(
            "--readings-per-second", type=int, metavar="N", help="default: the installation's"
        )
        parser.add_argument(
            "--requests-per-second", type=int, metavar="N", help="default: the installation's"
        )

    def handle(
        self, *, organization: str, name: str, scopes: str, expires_days: int | None, **options: Any
    ) -> None:
        tenant = Organization.objects.filter(slug=organization).first()
        if tenant is None:
            raise CommandError(f"There is no organization {organization}.")
        if expires_days is not None and expires_days < 1:
            raise CommandError("--expires-days must be 1 or more.")
        try:
            _, secret = create_token(
                organization=tenant,
                name=name,
                scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()],
                expires_at=timezone.now() + timedelta(days=expires_days) if expires_days else None,
                readings_per_second=options["readings_per_second"],
                requests_per_second=options["requests_per_second"],
            )
        except ValidationError as error:
            raise CommandError(_told(error)) from error
        self.stdout.write(secret)
