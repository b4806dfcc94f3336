"""Which sensors of a batch's assets are judged together: loaded, put together anew where need be, and
saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anomalies.arrivals import moment_of
from anomalies.detection import ensembles
from anomalies.detection.ensembles import Ensemble
from anomalies.sensor_states import PURPOSE, load_kept, records
from anomalies.watch import Watch
from mlops.detectors.window import WARM, States
from mlops.states import Kept, delete_states, load_states, save_states
from sensors.models import Sensor

LEARNT_FROM = 2000  # rows of what was heard before
ANEW_AT_ONCE = 50  # assets: the others wait for the next batch


@dataclass
class Group:
    """The sensors of one asset: their `places` in the batch's list of sensors, the ensemble that was known,
    and the one that counts. Nothing is told of what lies before `told_from`."""

    asset_id: int
    places: list[int]
    known: Ensemble | None
    ensemble: Ensemble | None
    told_from: float = 0.0


def scope_of(asset_id: int) -> str:
    return f"asset:{asset_id}/joint"


def siblings(watch: Watch) -> list[Sensor]:
    """Return the enabled sensors of the batch's assets that it tells nothing of."""
    ids = [sensor.pk for sensor in watch.sensors]
    assets = {sensor.asset_id for sensor in watch.sensors}
    rows = Sensor.objects.filter(organization=watch.organization_id, asset__in=assets, enabled=True)
    return list(rows.exclude(pk__in=ids).select_related("asset__site").order_by("pk"))


def load_groups(
    organization_id: int,
    sensors: Sequence[Sensor],
    *,
    purpose: str = PURPOSE,
    version: str = ensembles.VERSION,
) -> list[Group]:
    """Return the groups of the assets that have several of these sensors, or had."""
    places = defaultdict(list)
    for place, sensor in enumerate(sensors):
        places[sensor.asset_id].append(place)
    scopes = {scope_of(asset): asset for asset in places}
    kept = load_states(organization_id=organization_id, purpose=purpose, scopes=scopes, version=version)
    known = {asset: ensembles.unpack(kept[scope].state) for scope, asset in scopes.items() if scope in kept}
    return [
        Group(asset, sorted(some, key=lambda place: sensors[place].pk), known.get(asset), known.get(asset))
        for asset, some in places.items()
        if len(some) > 1 or asset in known
    ]


def settle(
    groups: Sequence[Group], watch: Watch, sensors: Sequence[Sensor], first: Mapping[int, float]
) -> None:
    """Put the ensembles together anew whose sensors have changed; only for that, read what is known of
    sensors that the batch tells nothing of. `first` says by place where its readings begin."""
    windows = _windows(watch, len(sensors), {})
    all_changed = [one for one in groups if _is_changed(one, sensors, windows)]
    changed = all_changed[:ANEW_AT_ONCE]
    for one in all_changed[ANEW_AT_ONCE:]:
        one.ensemble = None if _has_lost(one, sensors) else one.ensemble
    missing = [place for one in changed for place in one.places if place >= len(watch.sensors)]
    if missing:
        ids = [sensors[place].pk for place in missing]
        states = records(ids, load_kept(watch.organization_id, ids))
        windows = _windows(watch, len(sensors), dict(zip(missing, states["window"], strict=True)))
    for one in changed:
        begin = min((first[place] for place in one.places if place in first), default=np.inf)
        one.ensemble = _renewed(one, sensors, windows, begin)
        if one.ensemble is not one.known:
            one.told_from = one.known.reached if one.known else begin


def _is_changed(group: Group, sensors: Sequence[Sensor], windows: States) -> bool:
    """Tell who may have to be put together anew; whether that is so, only all sensors' states can say."""
    if group.known is None:
        return bool((windows["count"][group.places] >= WARM).any())
    if _has_lost(group, sensors):
        return True
    here = [sensors[place].pk for place in group.places]
    return bool(ensembles.can_join(group.known, here, windows[group.places]).any())


def _has_lost(group: Group, sensors: Sequence[Sensor]) -> bool:
    """Tell whether a sensor that was in the ensemble is judged no more."""
    known = set(group.known.ids) if group.known else set()
    return not known <= {sensors[place].pk for place in group.places}


def _renewed(group: Group, sensors: Sequence[Sensor], windows: States, begin: float) -> Ensemble | None:
    ids, some = [sensors[place].pk for place in group.places], windows[group.places]
    far_back = float(some["newest"].max() - LEARNT_FROM * np.median(some["interval"]))
    return ensembles.renew(group.known, ids, some, min(far_back, begin))


def _windows(watch: Watch, sensors: int, others: dict[int, np.void]) -> States:
    """Return the windows of all sensors, nothing for those whose state was not read."""
    windows = np.zeros(sensors, watch.states.dtype["window"])
    windows[: len(watch.sensors)] = watch.states["window"]
    for place, window in others.items():
        windows[place] = window
    return windows


def save_groups(groups: Sequence[Group], watch: Watch, *, purpose: str, version: str) -> None:
    """Keep the ensembles; of those that are no more nothing stays."""
    states = {
        scope_of(one.asset_id): Kept(ensembles.pack(one.ensemble), moment_of(one.ensemble.reached))
        for one in groups
        if one.ensemble
    }
    if states:
        save_states(
            organization_id=watch.organization_id,
            purpose=purpose,
            version=version,
            states=states,
            at=watch.at,
        )
    parted = [scope_of(one.asset_id) for one in groups if one.known and not one.ensemble]
    if parted:
        delete_states(organization_id=watch.organization_id, purpose=purpose, scopes=parted)
