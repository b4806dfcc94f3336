"""What the page of a new import asks: which column means what, with what the file suggests filled in."""

from __future__ import annotations

from collections.abc import Mapping as Values
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

import msgspec

from sensors.models import Asset, Import, Site
from sensors.transfers.cells import ISO, PATTERNS
from sensors.transfers.mapping import Doubt, Mapping, check_mapping, complete_mapping
from sensors.transfers.tables import Table
from sensors.zones import shared_zone

LONG_FIELDS = ("sensor", "value", "unit", "quality", "asset", "fixed_unit")
FIELDS = ("timestamp", "fixed_asset", "time_format", "zone", "decimal")
OFFERED_ASSETS = 500
EPOCH_WORDS = {
    "epoch_s": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
    "epoch_us": "microseconds since 1970",
}


@dataclass(frozen=True)
class ColumnChoice:
    """A column of a wide file: whether it is read, as which sensor, in which unit."""

    place: int
    name: str
    sample: str
    used: bool
    code: str
    unit: str


class MappingForm:
    """The choices, and after sending what is wrong with them."""

    def __init__(self, job: Import, sent: Values[str, Any] | None = None) -> None:
        self.job = job
        preview = job.preview
        self.table = Table(preview["delimiter"], preview["encoding"], preview["columns"], preview["rows"])
        self.columns = self.table.columns
        self.sent = sent
        self.doubts: list[Doubt] = []
        self.chosen = self._suggested() if sent is None else self._read(sent)

    def _suggested(self) -> dict[str, Any]:
        zone = shared_zone(self.job.organization)
        mapping, doubts = complete_mapping({"zone": zone} if zone else {}, self.table)
        self.doubts = [doubt for doubt in doubts if doubt.field != "fixed_asset"]
        return dict(msgspec.to_builtins(mapping))

    def _read(self, sent: Values[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {name: sent.get(name, "").strip() for name in FIELDS}
        given["shape"] = sent.get("shape", "")
        if given["shape"] == "wide":
            given["series"] = self._read_series(sent, given)
        else:
            given |= {name: sent.get(name, "").strip() for name in LONG_FIELDS}
        return given

    def _read_series(self, sent: Values[str, Any], given: dict[str, Any]) -> list[dict[str, str]]:
        prefix = f"{given['fixed_asset']}." if given["fixed_asset"] else ""
        return [
            {
                "column": name,
                "sensor": sent.get(f"code-{place}", "").strip() or f"{prefix}{name}"[:128],
                "unit": sent.get(f"unit-{place}", "").strip(),
            }
            for place, name in enumerate(self.columns)
            if sent.get(f"use-{place}") and name != given["timestamp"]
        ]

    def mapping(self) -> Mapping | None:
        """Return what was chosen, or None: `doubts` say why."""
        try:
            mapping = msgspec.convert(self.chosen, Mapping)
        except msgspec.ValidationError as error:
            self.doubts = [Doubt("mapping", str(error))]
            return None
        self.doubts = check_mapping(mapping, self.columns) + self._nameless()
        return None if self.doubts else mapping

    def _nameless(self) -> list[Doubt]:
        """Columns such as `flow` mean a sensor only together with its machine."""
        chosen = self.chosen
        if chosen["shape"] != "wide" or chosen["fixed_asset"]:
            return []
        bare = [one["column"] for one in chosen["series"] if one["sensor"] == one["column"]]
        sentence = f"Say which machine {', '.join(bare[:5])} belong to, or name each sensor."
        return [Doubt("fixed_asset", sentence)] if bare else []

    @property
    def series(self) -> list[ColumnChoice]:
        """Return a line for each column that may be a sensor's, with the names that were typed."""
        sent: Values[str, Any] = self.sent or {}
        used = {one["column"] for one in self.chosen.get("series", ())}
        first = self.table.rows[0] if self.table.rows else []
        lines = []
        for place, name in enumerate(self.columns):
            sample = first[place] if place < len(first) else ""
            is_used = name in used or (self.sent is None and name != self.chosen["timestamp"])
            code, unit = (sent.get(f"{what}-{place}", "") for what in ("code", "unit"))
            lines.append(ColumnChoice(place, name, sample, is_used, code, unit))
        return lines

    @property
    def time_formats(self) -> list[tuple[str, str]]:
        return [(ISO, "ISO 8601, such as 2026-12-31T23:59:59Z"), *EPOCH_WORDS.items(), *PATTERNS.items()]

    @property
    def zones(self) -> list[str]:
        """Return the sites' time zones first, then all others."""
        sites = Site.objects.filter(organization=self.job.organization).order_by("timezone")
        own = list(sites.values_list("timezone", flat=True).distinct())
        return [*own, *sorted(available_timezones() - set(own))]

    @property
    def assets(self) -> list[str]:
        rows = Asset.objects.filter(organization=self.job.organization).order_by("code")
        return list(rows.values_list("code", flat=True)[:OFFERED_ASSETS])
