"""What people call a scope: one way for every page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sensors.models import Asset, Sensor

PLANT = "the whole plant"


def scope_names(organization_id: int, scopes: Iterable[str]) -> dict[str, str]:
    """Return how people call each scope, in two statements at most; one that is gone is called so."""
    parted = {scope: scope.partition(":")[::2] for scope in scopes}
    return {scope: _plain(kind, which) for scope, (kind, which) in parted.items()} | {
        f"{kind}:{number}": name
        for kind, rows in (("asset", Asset.objects), ("sensor", Sensor.objects))
        for number, name in _rows(rows, organization_id, kind, parted.values())
    }


def _rows(
    rows: Any, organization_id: int, kind: str, parted: Iterable[tuple[str, str]]
) -> Iterable[tuple[int, str]]:
    ids = [int(which) for name, which in parted if name == kind and which.isdecimal()]
    found = rows.filter(organization=organization_id, pk__in=ids) if ids else ()
    return [(row.pk, str(row)) for row in found]


def _plain(kind: str, which: str) -> str:
    words = {
        "organization": PLANT,
        "asset-class": f"every {which}",
        "table": f"table {which}",
        "asset": "a machine that is gone",
        "sensor": "a sensor that is gone",
    }
    return words.get(kind, which or kind)
