"""`manage.py storage_status`: how the readings lie in the database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import filesizeformat

from sensors.storage.status import Part, Storage, load_storage


class Command(BaseCommand):
    help = "Tell of the table of readings: parts, sizes, compression, policies, how far the roll-ups are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="all of it, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        storage = load_storage()
        if options["json"]:
            figures = {**asdict(storage), "rows": storage.rows, "bytes": storage.bytes}
            self.stdout.write(json.dumps(figures, default=str, indent=2))
            return
        for line in _lines(storage):
            self.stdout.write(line)


def _lines(storage: Storage) -> list[str]:
    size = f"{len(storage.parts)} parts, {filesizeformat(storage.bytes)}"
    return [
        f"{storage.server}: {storage.kind}, about {storage.rows:,} readings in {size}",
        *[_part(part) for part in storage.parts],
        f"compressed: {storage.compressed_parts} parts"
        + (f", {storage.compression:.1f} to 1" if storage.compression else ""),
        *[
            f"policy: {policy.name} ({policy.on}): {policy.rule}; last done: {policy.last_run or 'not yet'}"
            for policy in storage.policies
        ],
        f"roll-ups: {storage.stale_spans} stale spans, {storage.sensors_behind} sensors behind",
        f"default partition: {storage.default_rows} readings",
        *([storage.advice] if storage.advice else []),
    ]


def _part(part: Part) -> str:
    span = f"{part.since:%F} to {part.until:%F}" if part.since and part.until else "anything else"
    state = ", compressed" if part.compressed else ""
    return f"  {part.name:32} {span:24} {part.rows:>12,} rows {filesizeformat(part.bytes):>12}{state}"
