"""Stream recorded readings from a CSV file through the ingestion service, in time order."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sensors.models import Asset
from sensors.services import ensure_asset
from smartmaint.accounts.models import Organization
from smartmaint.embedded.progress import ProgressBar
from smartmaint.embedded.recording import RecordingUnreadable, open_recording, survey
from smartmaint.embedded.replaying import Counts, NobodyListens, Pace, Replay, ensure_columns

DETAILS = """
The file has `timestamp,value`, or `timestamp` and a column per sensor, separated by `,` or `;`. The time's
column may also be called datetime, date or time. A file whose name ends in .gz is unpacked. Times without
an offset are read in the time zone of the asset's site. Empty cells and cells without a number are left out.
The asset and its sensors are made where they do not exist yet. Run it beside `manage.py up`: it waits for
the agents.
"""


class Command(BaseCommand):
    help = f"{__doc__}{DETAILS}"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--asset", required=True, metavar="CODE")
        parser.add_argument("--sensor", metavar="CODE", help="for a single column; default <asset>.<column>")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            help="send only this one; may be given again; default all",
        )
        parser.add_argument("--speed", default="max", help="max, real, or a factor such as 60x (default max)")
        parser.add_argument(
            "--shift-to-now",
            action="store_true",
            help="move the times so that the last one is now when it is sent",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            replay = self.prepare(**options)
            with ProgressBar(self.stdout, replay.extent.rows) as bar:
                counts = replay.run(bar.add)
        except (NobodyListens, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(closing_sentence(replay, counts))

    def prepare(
        self, *, file: Path, asset: str, sensor: str | None, column: list[str], speed: str, **options: Any
    ) -> Replay:
        pace = Pace.parse(speed)
        machine = self.find_asset(options["organization"], asset)
        recording = open_recording(file, columns=column, zone=machine.site.zone)
        if sensor and len(recording.columns) > 1:
            raise RecordingUnreadable(f"--sensor is for one column, not for {', '.join(recording.columns)}.")
        extent = survey(recording)
        codes = ensure_columns(machine, recording.columns, sensor)
        replay = Replay(machine, recording, extent, codes, pace)
        if options["shift_to_now"]:
            replay.shift = timezone.now() + pace.lasts(extent.last - extent.first) - extent.last
        return replay

    def find_asset(self, slug: str, code: str) -> Asset:
        organization = Organization.objects.filter(slug=slug).first()
        if organization is None:
            known = ", ".join(Organization.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no organization {slug}; there is: {known}.")
        return ensure_asset(organization=organization, code=code)


def closing_sentence(replay: Replay, counts: Counts) -> str:
    sentence = (
        f"{replay.extent.rows:,} rows of {len(replay.codes)} sensors sent: {counts.accepted:,} accepted, "
        f"{counts.duplicate:,} duplicate, {counts.rejected:,} rejected, {counts.empty:,} empty."
    )
    reasons = ", ".join(f"{count:,} {code}" for code, count in counts.reasons.items())
    return f"{sentence} Rejected: {reasons}." if reasons else sentence
