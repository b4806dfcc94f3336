"""Exports of readings: what is wished for, as the pieces of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import StreamingHttpResponse

from sensors.transfers.encoding import CONTENT_TYPES, encode
from sensors.transfers.selection import (
    FIRST,
    LAST,
    RAW,
    SUMMED,
    Page,
    Source,
    find_sources,
    read_all,
    read_buckets,
    read_raw,
)
from sensors.transfers.streaming import stream_file
from smartmaint.accounts.models import Organization


@dataclass(frozen=True)
class Wish:
    """Which readings, of start <= t < end; without sensors and assets all. `resolution`: raw, 1h or 1d."""

    organization: Organization
    sensors: tuple[int, ...] = ()
    assets: tuple[int, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    resolution: str = "raw"
    form: str = "csv"

    @property
    def columns(self) -> tuple[str, ...]:
        return RAW if self.resolution == "raw" else SUMMED

    @property
    def name(self) -> str:
        """Return what the file is called."""
        bounds = [f"{moment.astimezone(UTC):%Y%m%dT%H%M}Z" for moment in (self.start, self.end) if moment]
        kind = {"raw": "readings", "1h": "hours", "1d": "days"}[self.resolution]
        return f"{'-'.join([self.organization.slug, kind, *bounds])}.{self.form}"


def export_pages(wish: Wish) -> Iterator[Page]:
    """Yield what is wished for, sensor by sensor in order of time."""
    start, end = wish.start or FIRST, wish.end or LAST

    def read(source: Source) -> Iterator[Page]:
        if wish.resolution == "raw":
            return read_raw(source, start, end)
        return read_buckets(source, start, end, wish.resolution)

    yield from read_all(find_sources(wish.organization, sensors=wish.sensors, assets=wish.assets), read)


def stream_export(request: Any, wish: Wish) -> StreamingHttpResponse:
    blocks = encode(export_pages(wish), wish.columns, wish.form)
    return stream_file(request, blocks, name=wish.name, content_type=CONTENT_TYPES[wish.form])
