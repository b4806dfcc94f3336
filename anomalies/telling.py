"""From moments to alerts: each asset's moments become findings and ends, in the order of the assets' ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise

import numpy as np

from anomalies import services
from anomalies.detection import grouping
from anomalies.detection.grouping import Ended, Machine, News, Probe, Where
from anomalies.detection.scan import Moment
from anomalies.detection.words import Named
from anomalies.findings import Finding
from anomalies.sensor_states import PURPOSE
from mlops.detectors.episodes import Kind
from mlops.detectors.window import States
from mlops.states import Kept, load_states, save_states
from sensors.models import Asset, Sensor

VERSION = "asset-1"

ByAsset = dict[Asset, list[Moment]]
Versions = Mapping[int, int | None]  # of the settings, by asset
NO_VERSIONS: Versions = {}


def tell_moments(
    organization_id: int,
    sensors: list[Sensor],
    moments: Iterable[Moment],
    origin: Where,
    at: datetime,
    versions: Versions = NO_VERSIONS,
) -> None:
    """Raise and end the alerts of these moments; `moment.sensor` indexes `sensors`.

    `versions` says by which settings each asset is judged.
    """
    found = by_asset(sensors, moments)
    if not found:
        return
    probes = [probe_of(sensor) for sensor in sensors]
    open_ = _load(organization_id, found)
    after: dict[str, Kept] = {}
    for asset, some in found.items():
        scope, machine = _scope(asset), machine_of(asset, versions)
        news, left = grouping.group(machine, probes, some, open_[scope], origin)
        after[scope] = Kept(left.tobytes())
        tell(news, at)
    save_states(organization_id=organization_id, purpose=PURPOSE, version=VERSION, states=after, at=at)


def troubles(
    sensors: list[Sensor], moments: Iterable[Moment], origin: Where, versions: Versions = NO_VERSIONS
) -> Iterator[tuple[Finding, Ended]]:
    """Yield each trouble that these moments tell from beginning to end, in the order of the assets' ids."""
    probes = [probe_of(sensor) for sensor in sensors]
    for asset, some in by_asset(sensors, moments).items():
        nothing = np.zeros(0, grouping.STATE)
        news, _ = grouping.group(machine_of(asset, versions), probes, some, nothing, origin)
        yield from (
            (begun, ended)
            for begun, ended in pairwise(news)
            if isinstance(begun, Finding) and isinstance(ended, Ended)
        )


def goes_on(organization_id: int, finding: Finding) -> bool:
    """Tell whether live readings show the finding's trouble at present."""
    scope = f"asset:{finding.asset_id}"
    kept = load_states(organization_id=organization_id, purpose=PURPOSE, scopes=[scope], version=VERSION)
    open_ = np.frombuffer(kept[scope].state if scope in kept else b"", grouping.STATE)
    return any(
        grouping.CAUSES[Kind(int(row["kind"]))] == finding.cause
        and finding.subject_sensor_id in (None, int(row["sensor"]))
        for row in open_
    )


def by_asset(sensors: list[Sensor], moments: Iterable[Moment]) -> ByAsset:
    """Return the moments of each asset, in the order of the assets' ids."""
    found: ByAsset = defaultdict(list)
    for moment in moments:
        found[sensors[moment.sensor].asset].append(moment)
    return dict(sorted(found.items(), key=lambda one: one[0].pk))


def tell(news: Iterable[News], at: datetime) -> None:
    for one in news:
        if isinstance(one, Ended):
            services.end_alert(
                organization_id=one.organization_id,
                asset_id=one.asset_id,
                cause=one.cause,
                subject_sensor_id=one.subject_sensor_id,
                ended_at=one.ended_at,
                at=at,
            )
        else:
            services.raise_alert(finding=one, at=at)


def machine_of(asset: Asset, versions: Versions = NO_VERSIONS) -> Machine:
    version = versions.get(asset.pk)
    return Machine(asset.organization_id, asset.pk, asset.code, asset.criticality, version)


def probe_of(sensor: Sensor) -> Probe:
    return Probe(
        sensor.pk,
        Named(label_of(sensor), sensor.unit, sensor.asset.site.zone),
        -np.inf if sensor.lower_limit is None else sensor.lower_limit,
        np.inf if sensor.upper_limit is None else sensor.upper_limit,
    )


def label_of(sensor: Sensor) -> str:
    """Return how people call a sensor: "Vibration of P-101"."""
    name = sensor.name or sensor.kind.replace("_", " ").capitalize()
    return f"{name} of {sensor.asset.code}" if name else sensor.code


def _scope(asset: Asset) -> str:
    return f"asset:{asset.pk}"


def _load(organization_id: int, assets: Iterable[Asset]) -> dict[str, States]:
    scopes = [_scope(asset) for asset in assets]
    kept = load_states(organization_id=organization_id, purpose=PURPOSE, scopes=scopes, version=VERSION)
    return {
        scope: np.frombuffer(kept[scope].state if scope in kept else b"", grouping.STATE) for scope in scopes
    }
