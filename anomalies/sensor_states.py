"""How the sensors' detector states are kept: scopes, and the way between rows and records."""

from __future__ import annotations

from collections.abc import Iterable

from mlops.detectors import sensor as detector
from mlops.detectors.window import States
from mlops.states import Kept, load_states

PURPOSE = "anomaly"


def scope_of(sensor_id: int) -> str:
    return f"sensor:{sensor_id}"


def load_kept(organization_id: int, sensor_ids: Iterable[int]) -> dict[int, Kept]:
    """Return what is kept of these sensors; those that nothing was learnt of are left out."""
    by_scope = {scope_of(sensor_id): sensor_id for sensor_id in sensor_ids}
    kept = load_states(
        organization_id=organization_id, purpose=PURPOSE, scopes=by_scope, version=detector.VERSION
    )
    return {by_scope[scope]: one for scope, one in kept.items()}


def records(sensor_ids: list[int], kept: dict[int, Kept]) -> States:
    """Return a record for each sensor, fresh where nothing is kept."""
    states = detector.fresh(len(sensor_ids))
    known = [place for place, sensor_id in enumerate(sensor_ids) if sensor_id in kept]
    if known:
        states[known] = detector.unpack([kept[sensor_ids[place]].state for place in known])
    return states
