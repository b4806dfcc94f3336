"""The plant as a tree: sites, machines and their parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from anomalies.models import Alert
from reports.health import Health, inherit
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
    ordered = list(assets.order_by("site__name", "name"))
    healths = judge_tree(ordered, alerts, sensors)
    by_site: dict[Site, list[Row]] = defaultdict(list)
    for asset, depth in _walk(ordered, words):
        row = Row(asset, depth, healths[asset.pk], alerts[asset.pk], sensors[asset.pk])
        by_site[asset.site].append(row)
    return list(by_site.items())


def health_of_area(area: Asset) -> Health:
    """Return the health of a machine that has no sensor and no alert of its own."""
    organization = area.organization
    assets = list(Asset.objects.filter(organization=organization).order_by("name"))
    return judge_tree(assets, open_alerts(organization), sensor_facts(organization))[area.pk]


def judge_tree(
    assets: list[Asset], alerts: dict[int, list[Alert]], sensors: dict[int, SensorFacts]
) -> dict[int, Health]:
    """Judge each machine by itself; one without sensors and alerts by its parts, from below."""
    healths = {asset.pk: judge(alerts[asset.pk], measured=sensors[asset.pk].measured) for asset in assets}
    children = _by_parent(assets)
    for asset, _ in reversed(list(_below(None, children, 0))):
        parts = [(part.name, healths[part.pk]) for part in children[asset.pk]]
        if parts and not sensors[asset.pk].count and not alerts[asset.pk]:
            healths[asset.pk] = inherit(parts)
    return healths


def _by_parent(assets: list[Asset]) -> dict[int | None, list[Asset]]:
    children: dict[int | None, list[Asset]] = defaultdict(list)
    for asset in assets:
        children[asset.parent_id].append(asset)
    return children


def _walk(assets: list[Asset], words: str) -> Iterator[tuple[Asset, int]]:
    if words:
        fits = words.casefold()
        yield from (
            (asset, 0)
            for asset in assets
            if fits in f"{asset.name} {asset.code} {asset.asset_class}".casefold()
        )
        return
    yield from _below(None, _by_parent(assets), 0)


def _below(
    parent: int | None, children: dict[int | None, list[Asset]], depth: int
) -> Iterator[tuple[Asset, int]]:
    for asset in children[parent]:
        yield asset, depth
        yield from _below(asset.pk, children, depth + 1)
