"""A challenger's settings beside the champion's, on the same live readings: what they would raise is a row.

It costs nothing where nothing is on trial. A shadow begins as a copy of what the champion has learnt. What
is learnt does not depend on settings, so both learn the same; what is open, and what a budget got used to, is
each one's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from anomalies import telling
from anomalies.arrivals import Wanted
from anomalies.detection import ensembles, grouping
from anomalies.detection.grouping import News
from anomalies.detection.scan import Moment, Rows, ordered, scan
from anomalies.detection_settings import settings_of
from anomalies.ensembles import load_groups
from anomalies.sensor_states import scope_of
from anomalies.services.trials import note_trials
from anomalies.services.trying import SHADOW as PURPOSE
from anomalies.together import Together
from anomalies.watch import Watch, believable, limits_of
from mlops.detectors import sensor as detector
from mlops.detectors.window import Ints
from mlops.states import Kept, load_states, save_states
from sensors.models import Sensor


@dataclass
class Shadow:
    """One challenger over the sensors of a batch that it is tried on.

    `watch` is its own: those sensors, its states, its settings; `places` are theirs in the batch.
    """

    version_id: int
    watch: Watch
    places: Ints
    together: Together
    moments: list[Moment] = field(default_factory=list)

    def hear(self, rows: Rows) -> None:
        """Judge and learn what of these rows is of its sensors."""
        mine = rows.where(np.isin(rows.sensor, self.places))
        here = Rows(np.searchsorted(self.places, mine.sensor), mine.time, mine.value, mine.quality)
        settings = self.watch.in_force.settings
        self.moments += scan(self.watch.states, here, limits_of(self.watch.sensors), settings)
        self.together.hear(here)

    def tell(self, wanted: Sequence[Wanted], until: Mapping[int, datetime]) -> None:
        """Keep what it would have raised and ended, and its states; `wanted` and `until` are the batch's."""
        here = {int(place): number for number, place in enumerate(self.places)}
        mine = [replace(one, place=here[one.place]) for one in wanted if one.place in here]
        jointly = self.together.judge(mine, until, self.moments)
        news, after = self._news(ordered([*believable(self.watch, self.moments), *jointly]))
        organization_id = self.watch.organization_id
        note_trials(news=news, organization_id=organization_id, version_id=self.version_id)
        packed = detector.pack(self.watch.states)
        after |= {
            scope_of(one.pk): Kept(state) for one, state in zip(self.watch.sensors, packed, strict=True)
        }
        save_states(
            organization_id=organization_id,
            purpose=PURPOSE,
            version=_version(detector.VERSION, self.version_id),
            states=after,
            at=self.watch.at,
        )

    def _news(self, moments: Iterable[Moment]) -> tuple[list[News], dict[str, Kept]]:
        sensors = self.together.sensors
        by_asset = telling.by_asset(sensors, moments)
        kept = _load(self.watch.organization_id, self.version_id, [f"asset:{one.pk}" for one in by_asset])
        probes = [telling.probe_of(sensor) for sensor in sensors]
        news: list[News] = []
        after: dict[str, Kept] = {}
        for asset, some in by_asset.items():
            scope, machine = f"asset:{asset.pk}", telling.machine_of(asset)
            open_ = np.frombuffer(kept[scope].state if scope in kept else b"", grouping.STATE)
            told, left = grouping.group(machine, probes, some, open_, self.together.origin)
            news += told
            after[scope] = Kept(left.tobytes())
        return news, after


def shadows_of(watch: Watch, together: Together) -> Iterator[Shadow]:
    """Yield a shadow for each challenger of the watch; call it before the champion has heard anything."""
    for version_id, places in watch.in_force.trials.items():
        mine = _watch(watch, version_id, places)
        yield Shadow(version_id, mine, np.array(places), _together(mine, version_id, together))


def _watch(watch: Watch, version_id: int, places: Sequence[int]) -> Watch:
    """Return the watch of a challenger: its sensors, what it has learnt of them, its settings."""
    force, sensors = watch.in_force, [watch.sensors[place] for place in places]
    wishes = {sensor.asset_id: force.trial_wishes[version_id] for sensor in sensors}
    settings = settings_of(sensors, wishes, force.counts, [force.offsets[place] for place in places])
    mine = replace(
        watch, sensors=sensors, states=watch.states[places], in_force=replace(force, settings=settings)
    )
    _go_on(mine, version_id)
    return mine


def _go_on(watch: Watch, version_id: int) -> None:
    """Go on from where it was; a sensor that learns anew does so here, too."""
    scopes = [scope_of(sensor.pk) for sensor in watch.sensors]
    kept = _load(watch.organization_id, version_id, scopes)
    anew = watch.states["window"]["count"] == 0
    for place, scope in enumerate(scopes):
        if scope in kept and not anew[place]:
            watch.states[place] = detector.unpack([kept[scope].state])[0]


def _together(watch: Watch, version_id: int, live: Together) -> Together:
    """Return its assets with several sensors, as it has learnt them, else as the champion has."""
    assets = {sensor.asset_id for sensor in watch.sensors}
    siblings = live.sensors[len(live.watch.sensors) :]
    sensors: list[Sensor] = [*watch.sensors, *(one for one in siblings if one.asset_id in assets)]
    version = _version(ensembles.VERSION, version_id)
    groups = load_groups(watch.organization_id, sensors, purpose=PURPOSE, version=version)
    known = {one.asset_id: one.known for one in live.groups if one.known}
    for one in groups:
        if one.known is None and one.asset_id in known:
            one.known = one.ensemble = ensembles.unpack(ensembles.pack(known[one.asset_id]))
    return Together(watch, sensors, groups, purpose=PURPOSE, version=version)


def _load(organization_id: int, version_id: int, scopes: Sequence[str]) -> dict[str, Kept]:
    version = _version(detector.VERSION, version_id)
    return load_states(organization_id=organization_id, purpose=PURPOSE, scopes=scopes, version=version)


def _version(detector_version: str, version_id: int) -> str:
    """Of its states: another challenger begins anew."""
    return f"{detector_version}/{version_id}"
