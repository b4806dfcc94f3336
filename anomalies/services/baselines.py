"""A new normal: what was known of sensors is put away, and learnt anew from their next readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from anomalies import ensembles, telling
from anomalies.detection import ensembles as joint
from anomalies.detection.closing import NOBODY, ends
from anomalies.detection.scan import Moment
from anomalies.detection.together import ends as ends_together
from anomalies.detection.together import in_places
from anomalies.events import BaselineRestarted
from anomalies.models import Baseline
from anomalies.sensor_states import PURPOSE, load_kept, records, scope_of
from anomalies.shadow import PURPOSE as SHADOW
from anomalies.turns import take_turn
from mlops.detectors import sensor as detector
from mlops.models import ModelState
from mlops.states import Kept, load_states, save_states
from sensors.models import Sensor
from smartmaint.accounts.problems import Unprocessable
from smartmaint.events.outbox import publish


@transaction.atomic
def restart_baseline(
    *, organization_id: int, sensors: Sequence[Sensor], actor: str, reason: str, at: datetime
) -> None:
    """Forget what was normal for these sensors and learn it from readings after `at`.

    What is open of them ends; what several sensors of their assets showed together is learnt anew, too. Who
    and why stays on record. Give the sensors with their assets' sites.

    Raises:
        Unprocessable: there is no sensor, or no reason.
    """
    if not sensors:
        raise Unprocessable("There is no sensor that could be learnt anew.")
    if not reason.strip():
        raise Unprocessable("Say why it is learnt anew.")
    take_turn(organization_id)
    kept = load_kept(organization_id, [sensor.pk for sensor in sensors])
    known = [sensor for sensor in sorted(sensors, key=lambda one: one.pk) if sensor.pk in kept]
    if known:
        _end(organization_id, known, kept, at)
    _forget(organization_id, sensors, kept, at)
    rows = [
        Baseline(organization_id=organization_id, sensor=sensor, at=at, reason=reason.strip(), actor=actor)
        for sensor in sensors
    ]
    Baseline.objects.bulk_create(rows)
    ids = sorted(sensor.pk for sensor in sensors)
    publish(BaselineRestarted(organization_id=organization_id, sensor_ids=ids, actor=actor, reason=reason))


def _end(organization_id: int, sensors: list[Sensor], kept: dict[int, Kept], at: datetime) -> None:
    """End what is open of the sensors: nothing that is known any more would do it."""
    states = records([sensor.pk for sensor in sensors], kept)
    moments = [*ends(states, at.timestamp()), *_ends_together(organization_id, sensors)]
    telling.tell_moments(organization_id, sensors, moments, lambda *_: NOBODY, at)


def _ends_together(organization_id: int, sensors: list[Sensor]) -> Iterator[Moment]:
    """Yield an end for what the sensors of an asset showed together, at the place of its first one here."""
    place = {sensor.asset_id: number for number, sensor in reversed(list(enumerate(sensors)))}
    scopes = {ensembles.scope_of(asset): asset for asset in place}
    kept = load_states(organization_id=organization_id, purpose=PURPOSE, scopes=scopes, version=joint.VERSION)
    for scope, one in kept.items():
        ensemble = joint.unpack(one.state)
        yield from in_places(ends_together(ensemble), [place[scopes[scope]]] * len(ensemble.ids))


def _forget(organization_id: int, sensors: Sequence[Sensor], kept: dict[int, Kept], at: datetime) -> None:
    anew = detector.fresh(1)
    anew["anew"] = True
    (packed,) = detector.pack(anew)
    states = {
        scope_of(sensor.pk): Kept(packed, at, kept[sensor.pk].expected_by if sensor.pk in kept else None)
        for sensor in sensors
    }
    save_states(
        organization_id=organization_id, purpose=PURPOSE, version=detector.VERSION, states=states, at=at
    )
    together = {ensembles.scope_of(sensor.asset_id) for sensor in sensors}
    rows = ModelState.objects.filter(organization=organization_id)
    rows.filter(purpose__in=(PURPOSE, SHADOW), scope__in=together).delete()
    rows.filter(purpose=SHADOW, scope__in=list(states)).delete()
