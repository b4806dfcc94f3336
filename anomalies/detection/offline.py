"""The production detection without a database: for evaluation, replay and tests.

>>> import numpy as np
>>> series = Series("temperature", np.arange(3.0), np.ones(3))
>>> detect_offline([series], batch=2)
[]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from anomalies.detection import grouping
from anomalies.detection.ensembles import Ensemble, renew
from anomalies.detection.grouping import Ended, Machine, News, Origin, Probe
from anomalies.detection.scan import Moment, Rows, ordered, scan
from anomalies.detection.together import in_places, scan_together
from anomalies.detection.words import Named
from anomalies.findings import Finding
from mlops.detectors import sensor
from mlops.detectors.sensor import Limits
from mlops.detectors.settings import CALM, Settings, of_many
from mlops.detectors.window import Floats, States

NOBODY = Origin(UUID(int=0), UUID(int=0), False)


@dataclass(frozen=True)
class Series:
    """One sensor's readings in time order; `time` in seconds since 1970, UTC."""

    name: str
    time: Floats
    value: Floats


@dataclass(frozen=True)
class Episode:
    """An asset's trouble from its first to its last abnormal reading; `sensors` are the names that moved."""

    cause: str
    started: float
    ended: float | None
    score: float
    sensors: tuple[str, ...]
    summary: str


def detect_offline(
    series: Sequence[Series], *, batch: int = 1000, settings: Settings = CALM, asset: str = "asset"
) -> list[Episode]:
    """Feed the sensors of one asset, in time order, `batch` readings at a time; return its episodes."""
    machine = Machine(0, 0, asset, 2)
    named = [Named(one.name, "", ZoneInfo("UTC")) for one in series]
    probes = [Probe(number, name, -np.inf, np.inf) for number, name in enumerate(named)]
    limits = Limits(np.full(len(series), -np.inf), np.full(len(series), np.inf))
    settings = of_many(settings, len(series))
    states, open_ = sensor.fresh(len(series)), np.zeros(0, grouping.STATE)
    rows, news, jointly = _merge(series), [], Jointly(settings)
    for start in range(0, len(rows.time), batch):
        cut = slice(start, start + batch)
        some = Rows(rows.sensor[cut], rows.time[cut], rows.value[cut], rows.quality[cut])
        moments = scan(states, some, limits, settings)
        moments = ordered([*moments, *jointly.hear(rows, start + batch, states, moments)])
        told, open_ = grouping.group(machine, probes, moments, open_, lambda *_: NOBODY)
        news += told
    return episodes(news, [one.name for one in series])


@dataclass
class Jointly:
    """The sensors of the asset judged together, once there are two on one clock."""

    settings: Settings
    ensemble: Ensemble | None = None

    def hear(self, rows: Rows, end: int, states: States, moments: list[Moment]) -> list[Moment]:
        """Hear `rows` up to the `end`; `states` and `moments` are what the sensors by themselves came to."""
        ids = list(range(len(states)))
        self.ensemble = renew(self.ensemble, ids, states["window"])
        if self.ensemble is None:
            return []
        newest = states["window"]["newest"]
        self.ensemble.hear_of(dict(zip(ids, newest.tolist(), strict=True)), float(newest.max()))
        columns = {sensor_id: column for column, sensor_id in enumerate(self.ensemble.ids)}
        for sensor_id, column in columns.items():
            self.ensemble.note_troubles(column, (one for one in moments if one.sensor == sensor_id))
        begin = int(np.searchsorted(rows.time, self.ensemble.reached, side="right"))
        new = rows.where(np.arange(begin, min(end, len(rows.time)))).usable()
        some = new.where(np.isin(new.sensor, self.ensemble.ids))
        columns_of = np.searchsorted(self.ensemble.ids, some.sensor)
        readings = self.ensemble.take(columns_of, some.time, some.value)
        found = scan_together([self.ensemble], [readings], [self.settings])[0]
        return in_places(found, self.ensemble.ids)


def _merge(series: Sequence[Series]) -> Rows:
    """Order by time; of several readings of a sensor at one instant the first counts, as when stored."""
    time = np.concatenate([one.time for one in series])
    number = np.concatenate([np.full(len(one.time), n) for n, one in enumerate(series)])
    order = np.lexsort((number, time))
    value = np.concatenate([one.value for one in series])
    rows = Rows(number[order], time[order], value[order], np.ones(len(order)))
    again = (np.diff(rows.time, prepend=np.nan) == 0) & (np.diff(rows.sensor, prepend=-1) == 0)
    return rows.where(~again)


def episodes(news: Sequence[News], names: Sequence[str]) -> list[Episode]:
    """Put findings and ends together to episodes, in the order of their beginnings."""
    open_: dict[tuple[str, int | None], Episode] = {}
    done: list[Episode] = []
    for one in news:
        key = (one.cause, one.subject_sensor_id)
        if isinstance(one, Ended):
            done.append(replace(open_.pop(key), ended=one.ended_at.timestamp()))
        else:
            open_[key] = _grown(open_.get(key), one, names)
    return sorted([*done, *open_.values()], key=lambda episode: episode.started)


def _grown(known: Episode | None, finding: Finding, names: Sequence[str]) -> Episode:
    moved = {names[one.sensor_id] for one in finding.sensors} | set(known.sensors if known else ())
    started, score = finding.started_at.timestamp(), finding.score
    return Episode(
        cause=finding.cause,
        started=min(started, known.started) if known else started,
        ended=None,
        score=max(score, known.score) if known else score,
        sensors=tuple(sorted(moved)),
        summary=known.summary if known and known.score >= score else finding.summary,
    )
