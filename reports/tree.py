"""The plant as a tree: sites, machines and their parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from anomalies.models import Alert
from reports.health import Health
from reports.plant import SensorFacts, judge, open_alerts, sensor_facts
from sensors.models import Asset, Site
from smartmaint.accounts.models import Organization

DEEPEST = 20


@dataclass(frozen=True)
class Row:
    """A machine in the list, `depth` steps below its site."""

    asset: Asset
    depth: int
    health: Health
    alerts: list[Alert]
    sensors: SensorFacts


def ancestors(asset: Asset) -> list[Asset]:
    """Return what the machine is part of, the topmost first."""
    found: list[Asset] = []
    above = asset.parent
    while above is not None and len(found) < DEEPEST:
        found.insert(0, above)
        above = above.parent
    return found


def plant_rows(organization: Organization, words: str = "") -> list[tuple[Site, list[Row]]]:
    """Return each site with its machines in the order of the tree; with `words`, those that fit, flat."""
    assets = Asset.objects.filter(organization=organization).select_related("site")
    alerts, sensors = open_alerts(organization), sensor_facts(organization)
    by_site: dict[Site, list[Row]] = defaultdict(list)
    for asset, depth in _walk(list(assets.order_by("site__name", "name")), words):
        own, facts = alerts[asset.pk], sensors[asset.pk]
        health = judge(own, measured=facts.measured)
        by_site[asset.site].append(Row(asset, depth, health, own, facts))
    return list(by_site.items())


def _walk(assets: list[Asset], words: str) -> Iterator[tuple[Asset, int]]:
    if words:
        fits = words.casefold()
        yield from (
            (asset, 0)
            for asset in assets
            if fits in f"{asset.name} {asset.code} {asset.asset_class}".casefold()
        )
        return
    children: dict[int | None, list[Asset]] = defaultdict(list)
    for asset in assets:
        children[asset.parent_id].append(asset)
    yield from _below(None, children, 0)


def _below(
    parent: int | None, children: dict[int | None, list[Asset]], depth: int
) -> Iterator[tuple[Asset, int]]:
    for asset in children[parent]:
        yield asset, depth
        yield from _below(asset.pk, children, depth + 1)
