"""Both sides of a replay over the same readings: the production scan twice, from fresh states, in memory.

What a step leaves is kept among the states of models under the replay's own purpose; live states are not read
or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from anomalies import telling
from anomalies.choices import chosen_for
from anomalies.detection import ensembles, grouping
from anomalies.detection.grouping import News
from anomalies.detection.offline import NOBODY
from anomalies.detection.scan import Moment, Rows, ordered, scan
from anomalies.detection.wishes import Wish
from anomalies.detection_settings import offsets_of, sensors_of, settings_of, steps_of
from anomalies.models import Replay, TrialAlarm
from anomalies.replaying.jointly import Jointly
from anomalies.together import joined
from anomalies.watch import limits_of
from mlops.detectors import sensor as detector
from mlops.detectors.sensor import Limits
from mlops.detectors.settings import Settings
from mlops.detectors.window import States
from mlops.models import ModelState
from mlops.states import Kept, load_states, save_states
from sensors.models import Sensor

PURPOSE = "anomaly-replay"
NOTHING = np.zeros(0, grouping.STATE)
Side = TrialAlarm.Side


@dataclass
class Player:
    """One side: its sensors' settings and limits, what it has learnt, and what is open in each asset.

    `heard` are the rows of this step, and `moments` what the sensors by themselves showed in them.
    """

    side: str
    sensors: list[Sensor]
    settings: Settings
    limits: Limits
    states: States
    open: dict[int, States]
    jointly: Jointly
    heard: list[Rows] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def hear(self, rows: Rows) -> None:
        """Judge and learn the next rows of this step."""
        self.heard.append(rows)
        self.moments += scan(self.states, rows, self.limits, self.settings)

    def tell(self) -> list[News]:
        """Return what this step would tell, each asset's in order."""
        together = self.jointly.hear(joined(self.heard), self.states, self.moments)
        moments = ordered([*self.moments, *together])
        probes = [telling.probe_of(sensor) for sensor in self.sensors]
        news: list[News] = []
        for asset, some in telling.by_asset(self.sensors, moments).items():
            machine, before = telling.machine_of(asset), self.open.get(asset.pk, NOTHING)
            told, self.open[asset.pk] = grouping.group(machine, probes, some, before, lambda *_: NOBODY)
            news += told
        return news


def players_of(replay: Replay, sensors: Sequence[Sensor]) -> list[Player]:
    """Return both sides as the step before left them."""
    assets = {sensor.asset_id for sensor in sensors}
    whats = ["states", *(f"{what}:{asset}" for what in ("open", "joint") for asset in assets)]
    kept = load_states(
        organization_id=replay.organization_id,
        purpose=PURPOSE,
        scopes=[_scope(replay, side, what) for side in Side.values for what in whats],
        version=detector.VERSION,
    )
    return [_player(replay, side, sensors, kept) for side in Side.values]


def keep(replay: Replay, players: Sequence[Player], at: datetime) -> None:
    """Keep what the next step goes on from."""
    states = {}
    for one in players:
        states[_scope(replay, one.side, "states")] = Kept(b"".join(detector.pack(one.states)))
        for asset, rows in one.open.items():
            states[_scope(replay, one.side, f"open:{asset}")] = Kept(rows.tobytes())
        states |= {
            _scope(replay, one.side, f"joint:{asset}"): Kept(ensembles.pack(ensemble))
            for asset, ensemble in one.jointly.ensembles.items()
        }
    save_states(
        organization_id=replay.organization_id,
        purpose=PURPOSE,
        version=detector.VERSION,
        states=states,
        at=at,
    )


def forget(replay: Replay) -> None:
    """Drop what was kept: a group of assets is done, or the replay is over."""
    mine = f"replay:{replay.pk}:"
    states = ModelState.objects.filter(organization=replay.organization_id, purpose=PURPOSE)
    states.filter(scope__startswith=mine).delete()


def _player(replay: Replay, side: str, sensors: Sequence[Sensor], kept: dict[str, Kept]) -> Player:
    states = kept.get(_scope(replay, side, "states"))
    mine = [_limited(sensor, replay, side) for sensor in sensors]
    settings = _settings(replay, side, mine)
    assets = {sensor.asset_id for sensor in sensors}
    joint, open_ = (
        {asset: kept[name].state for asset, name in _named(replay, side, what, assets) if name in kept}
        for what in ("joint", "open")
    )
    return Player(
        side,
        mine,
        settings,
        limits_of(mine),
        _unpacked(states.state) if states else detector.fresh(len(mine)),
        {asset: np.frombuffer(state, grouping.STATE) for asset, state in open_.items()},
        Jointly(mine, settings, {asset: ensembles.unpack(state) for asset, state in joint.items()}),
    )


def _named(replay: Replay, side: str, what: str, assets: set[int]) -> list[tuple[int, str]]:
    return [(asset, _scope(replay, side, f"{what}:{asset}")) for asset in assets]


def _unpacked(data: bytes) -> States:
    size = detector.STATE.itemsize
    return detector.unpack([data[start : start + size] for start in range(0, len(data), size)])


def _settings(replay: Replay, side: str, sensors: Sequence[Sensor]) -> Settings:
    assets = sorted({sensor.asset_id for sensor in sensors})
    wishes = {asset: one.wish for asset, one in chosen_for(replay.organization_id, assets).items()}
    if side == Side.PROPOSED and replay.settings:
        wishes = dict.fromkeys(assets, Wish.of(replay.settings))
    offsets = offsets_of(sensors, steps_of(assets, replay.asked_at), replay.asked_at)
    return settings_of(sensors, wishes, sensors_of(assets), offsets)


def _limited(sensor: Sensor, replay: Replay, side: str) -> Sensor:
    """Return the sensor with the limits that the side has; the row is not touched."""
    if side == Side.PRESENT or not replay.limits:
        return sensor
    other = copy(sensor)
    other.lower_limit, other.upper_limit = replay.limits["lower"], replay.limits["upper"]
    return other


def _scope(replay: Replay, side: str, what: str) -> str:
    return f"replay:{replay.pk}:{side}:{what}"
