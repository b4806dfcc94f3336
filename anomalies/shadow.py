"""A challenger's settings beside the champion's, on the same live readings: what they would raise is a row.

It costs nothing where nothing is on trial. A shadow begins as a copy of what the champion has learnt, then
goes its own way, as an alarm decides what is learnt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from anomalies import telling
from anomalies.detection import grouping
from anomalies.detection.grouping import News
from anomalies.detection.scan import Moment, Rows, scan
from anomalies.detection_settings import settings_of
from anomalies.sensor_states import scope_of
from anomalies.services.trials import note_trials
from anomalies.services.trying import SHADOW as PURPOSE
from anomalies.watch import Watch, limits_of
from mlops.detectors import sensor as detector
from mlops.detectors.episodes import Kind
from mlops.detectors.sensor import Limits
from mlops.detectors.settings import Settings
from mlops.detectors.window import Ints, States
from mlops.states import Kept, load_states, save_states
from sensors.models import Sensor


@dataclass
class Shadow:
    """One challenger over the sensors of a batch that it is tried on; `places` are theirs in the watch."""

    watch: Watch
    version_id: int
    places: Ints
    states: States
    limits: Limits
    settings: Settings
    moments: list[Moment] = field(default_factory=list)

    @property
    def sensors(self) -> list[Sensor]:
        return [self.watch.sensors[place] for place in self.places]

    @property
    def version(self) -> str:
        """Of its states: another challenger begins anew."""
        return f"{detector.VERSION}/{self.version_id}"

    def hear(self, rows: Rows) -> None:
        """Judge and learn what of these rows is of its sensors."""
        mine = rows.where(np.isin(rows.sensor, self.places))
        here = Rows(np.searchsorted(self.places, mine.sensor), mine.time, mine.value, mine.quality)
        self.moments += scan(self.states, here, self.limits, self.settings)

    def tell(self) -> None:
        """Keep what it would have raised and ended, and its states."""
        moments = [one for one in self.moments if self._believable(one)]
        by_asset = telling.by_asset(self.sensors, moments)
        scopes = [f"asset:{asset.pk}" for asset in by_asset]
        kept = self._load(scopes)
        news, after = self._news(by_asset, kept)
        note_trials(news=news, organization_id=self.watch.organization_id, version_id=self.version_id)
        packed = detector.pack(self.states)
        after |= {scope_of(one.pk): Kept(state) for one, state in zip(self.sensors, packed, strict=True)}
        save_states(
            organization_id=self.watch.organization_id,
            purpose=PURPOSE,
            version=self.version,
            states=after,
            at=self.watch.at,
        )

    def _believable(self, moment: Moment) -> bool:
        return bool(moment.kind == Kind.STUCK or not self.states["clock_jumps"][moment.sensor])

    def _load(self, scopes: Sequence[str]) -> dict[str, Kept]:
        return load_states(
            organization_id=self.watch.organization_id, purpose=PURPOSE, scopes=scopes, version=self.version
        )

    def _news(self, by_asset: telling.ByAsset, kept: dict[str, Kept]) -> tuple[list[News], dict[str, Kept]]:
        probes = [telling.probe_of(sensor) for sensor in self.sensors]
        news: list[News] = []
        after: dict[str, Kept] = {}
        for asset, moments in by_asset.items():
            scope = f"asset:{asset.pk}"
            open_ = np.frombuffer(kept[scope].state if scope in kept else b"", grouping.STATE)
            origin = self.watch.arrivals.origin
            told, left = grouping.group(telling.machine_of(asset), probes, moments, open_, origin)
            news += told
            after[scope] = Kept(left.tobytes())
        return news, after


def shadows_of(watch: Watch) -> Iterator[Shadow]:
    """Yield a shadow for each challenger of the watch; call it before the champion has heard anything."""
    limits = limits_of(watch.sensors)
    for version_id, places in watch.in_force.trials.items():
        here = np.array(places)
        shadow = Shadow(
            watch,
            version_id,
            here,
            watch.states[here],
            Limits(limits.lower[here], limits.upper[here]),
            _settings(watch, version_id, places),
        )
        _go_on(shadow)
        yield shadow


def _settings(watch: Watch, version_id: int, places: Sequence[int]) -> Settings:
    force, sensors = watch.in_force, [watch.sensors[place] for place in places]
    wishes = {sensor.asset_id: force.trial_wishes[version_id] for sensor in sensors}
    return settings_of(sensors, wishes, force.shared, [force.offsets[place] for place in places])


def _go_on(shadow: Shadow) -> None:
    """Go on from where it was; a sensor that learns anew does so here, too."""
    scopes = [scope_of(sensor.pk) for sensor in shadow.sensors]
    kept = shadow._load(scopes)
    anew = shadow.states["window"]["count"] == 0
    for place, scope in enumerate(scopes):
        if scope in kept and not anew[place]:
            shadow.states[place] = detector.unpack([kept[scope].state])[0]
