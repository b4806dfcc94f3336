"""Export readings to a file: CSV, CSV.gz or Parquet, all of them or what is new since the last time."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sensors.models import Sensor
from sensors.transfers.encoding import FORMATS
from sensors.transfers.exporting import Wish
from sensors.transfers.increments import StateUnusable
from sensors.transfers.to_file import Tally, export_full, export_news
from smartmaint.accounts.models import Organization

DETAILS = """
The file is written beside its place and renamed when it is whole. Rows are sorted by sensor and time; times
are RFC 3339 in UTC; text that a spreadsheet would run has a ' before it. With --incremental the state file
keeps what was exported: each further run gives, once, what arrived since, however old its time is.
See docs/imports-exports.md.
"""


class Command(BaseCommand):
    help = f"{__doc__}{DETAILS}"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add = parser.add_argument
        forms = ", ".join(f"*.{form}" for form in FORMATS)
        add("--organization", metavar="SLUG", help="needed where there is more than one")
        add("--sensor", action="append", default=[], metavar="CODE", help="may be given again; default all")
        add("--since", metavar="TIME", help="from this time on, such as 2026-03-02T12:00:00Z")
        add("--incremental", type=Path, metavar="STATE", help="only what is new; STATE is a file")
        add("--output", type=Path, required=True, metavar="FILE", help=forms)

    def handle(self, *args: Any, **options: Any) -> None:
        wish, output, state = self.wish(options), options["output"], options["incremental"]
        try:
            if state:
                tally = self.export_news(wish, output, state, options)
            else:
                tally = export_full(wish=wish, output=output)
        except (StateUnusable, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(closing_sentence(tally, output, news=bool(state)))

    def export_news(self, wish: Wish, output: Path, state: Path, options: dict[str, Any]) -> Tally:
        parts = [wish.organization.slug, *sorted(options["sensor"])]
        scope = " ".join([*parts, f"since {options['since']}"] if options["since"] else parts)
        return export_news(wish=wish, output=output, state_path=state, scope=scope, at=timezone.now())

    def wish(self, options: dict[str, Any]) -> Wish:
        organization = find_organization(options["organization"])
        return Wish(
            organization,
            sensors=find_sensors(organization, options["sensor"]),
            start=read_time(options["since"]),
            form=find_form(options["output"]),
        )


def find_organization(slug: str | None) -> Organization:
    known = dict(Organization.objects.order_by("slug").values_list("slug", "pk"))
    if slug is None and len(known) == 1:
        (slug,) = known
    if slug not in known:
        problem = f"There is no organization {slug}" if slug else "Say --organization"
        raise CommandError(f"{problem}; there is: {', '.join(known) or 'none'}.")
    return Organization.objects.get(pk=known[slug])


def find_sensors(organization: Organization, codes: list[str]) -> tuple[int, ...]:
    found = dict(Sensor.objects.filter(organization=organization, code__in=codes).values_list("code", "pk"))
    if missing := [code for code in codes if code not in found]:
        raise CommandError(f"{organization.slug} has no sensor {', '.join(missing)}.")
    return tuple(found.values())


def read_time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--since {text} is no time, such as 2026-03-02T12:00:00Z.") from None
    if moment.tzinfo is None:
        raise CommandError(f"--since {text} has no offset from UTC: write {text}Z, or {text}-03:00.")
    return moment


def find_form(output: Path) -> str:
    form = next((form for form in FORMATS if output.name.endswith(f".{form}")), None)
    if form is None:
        raise CommandError(f"{output.name} ends in none of .{', .'.join(FORMATS)}.")
    if not output.parent.is_dir():
        raise CommandError(f"There is no folder {output.parent}.")
    return form


def closing_sentence(tally: Tally, output: Path, *, news: bool) -> str:
    what = "new readings" if news else "readings"
    return f"{tally.readings:,} {what} of {tally.sensors:,} sensors are in {output}."
