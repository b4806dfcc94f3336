"""What the sensors of each asset show together, from the readings of a batch.

Assets of one sensor cost their part of two statements: who else is there, and what several once showed
together. Assets of several cost the batch one statement more to save their joint states, and one more where
rows need readings that this batch does not tell of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import numpy as np

from anomalies.arrivals import Wanted, moment_of, read_rows
from anomalies.detection.ensembles import VERSION, Ensemble, Readings
from anomalies.detection.grouping import Origin
from anomalies.detection.scan import Moment, Rows
from anomalies.detection.together import ends, in_places, scan_together
from anomalies.ensembles import Group, load_groups, save_groups, settle, siblings
from anomalies.sensor_states import PURPOSE
from anomalies.watch import Watch
from mlops.detectors.settings import Settings
from mlops.detectors.window import Mask
from sensors.models import Sensor

MOST = 10_000_000  # readings: more than 50 assets put together anew can ask for

Running = tuple[Group, Ensemble]


@dataclass
class Together:
    """The assets of a batch with several sensors, and what was read of them; `sensors` are the batch's, and
    after them the other ones of its assets."""

    watch: Watch
    sensors: list[Sensor]
    groups: list[Group]
    heard: list[Rows] = field(default_factory=list)
    purpose: str = PURPOSE
    version: str = VERSION

    def hear(self, rows: Rows) -> None:
        """Keep what is of these assets until the sensors have been judged by themselves."""
        if self.groups:
            places = [place for group in self.groups for place in group.places]
            some = rows.usable()
            self.heard.append(some.where(np.isin(some.sensor, places)))

    def judge(
        self, wanted: Sequence[Wanted], until: Mapping[int, datetime], moments: list[Moment]
    ) -> list[Moment]:
        """Judge and learn what all sensors of an asset were heard for; return the moments.

        `wanted` are the batch's readings, `until` says by id how far sensors are heard now, and `moments`
        are what they show by themselves. `Moment.sensor` indexes `sensors`.
        """
        first = {one.place: one.after.timestamp() for one in wanted}
        seen = {sensor_id: moment.timestamp() for sensor_id, moment in until.items()}
        settle(self.groups, self.watch, self.sensors, first)
        running = [(group, group.ensemble) for group in self.groups if group.ensemble]
        for group, ensemble in running:
            ensemble.hear_of(seen, self.watch.at.timestamp())
            self._note_troubles(group, ensemble, moments)
        readings = self._readings(running, first)
        settings = [self._settings(group) for group, _ in running]
        found = scan_together([ensemble for _, ensemble in running], readings, settings)
        save_groups(self.groups, self.watch, purpose=self.purpose, version=self.version)
        pairs = zip(running, found, strict=True)
        told = [one for (group, ensemble), some in pairs for one in self._told(group, ensemble, some)]
        return [*told, *(one for group in self.groups if not group.ensemble for one in _ends(group))]

    def origin(self, sensor_id: int, seconds: float) -> Origin:
        """Return the event that brought a reading; of a sensor that the batch tells nothing of, its
        sibling's."""
        arrivals = self.watch.arrivals
        if sensor_id in arrivals.spans:
            return arrivals.origin(sensor_id, seconds)
        asset = next(sensor.asset_id for sensor in self.sensors if sensor.pk == sensor_id)
        speaks = next(sensor for sensor in self.watch.sensors if sensor.asset_id == asset)
        return arrivals.origin(speaks.pk, seconds)

    def _note_troubles(self, group: Group, ensemble: Ensemble, moments: Sequence[Moment]) -> None:
        for column, place in enumerate(self._places(group, ensemble)):
            ensemble.note_troubles(column, (one for one in moments if one.sensor == place))

    def _places(self, group: Group, ensemble: Ensemble) -> list[int]:
        """Return the places of an ensemble's sensors, in the order of its columns."""
        by_id = {self.sensors[place].pk: place for place in group.places}
        return [by_id[sensor_id] for sensor_id in ensemble.ids]

    def _readings(self, running: list[Running], first: Mapping[int, float]) -> list[Readings]:
        """Return what is new for each ensemble: of this batch, and what others were heard for earlier."""
        unread = [one for run in running for one in self._unread(*run, first)]
        rows = joined([*self.heard, *(some.usable() for some in read_rows(unread, MOST))])
        value = np.where(self._doubtful()[rows.sensor], np.nan, rows.value)
        number, column = np.full(len(self.sensors), -1), np.zeros(len(self.sensors), "i8")
        for at, (group, ensemble) in enumerate(running):
            places = self._places(group, ensemble)
            number[places], column[places] = at, range(len(places))
        order = np.argsort(number[rows.sensor], kind="stable")
        ends_at = np.searchsorted(number[rows.sensor][order], np.arange(len(running) + 1))
        parts = [order[begin:end] for begin, end in pairwise(ends_at)]
        return [
            ensemble.take(column[rows.sensor[part]], rows.time[part], value[part])
            for (_, ensemble), part in zip(running, parts, strict=True)
        ]

    def _doubtful(self) -> Mask:
        """Tell whose clock jumps, by place."""
        doubtful = np.zeros(len(self.sensors), bool)
        doubtful[: len(self.watch.sensors)] = self.watch.states["clock_jumps"]
        return doubtful

    def _unread(self, group: Group, ensemble: Ensemble, first: Mapping[int, float]) -> Iterator[Wanted]:
        """Ask for what lies before the batch's own readings and is not in a row yet."""
        horizon = ensemble.horizon
        for column, place in enumerate(self._places(group, ensemble)):
            until = min(first.get(place, np.inf), float(ensemble.roll["seen"][0, column]), horizon)
            if until > ensemble.reached:
                after = moment_of(ensemble.reached)
                yield Wanted(place, self.sensors[place].pk, after, moment_of(until))

    def _settings(self, group: Group) -> Settings:
        """Return the asset's: those of any of its sensors in the batch."""
        return self.watch.in_force.settings.of(np.array(min(group.places)))

    def _told(self, group: Group, ensemble: Ensemble, moments: list[Moment]) -> list[Moment]:
        """Return the moments that are news, with the end of what an ensemble that is no more had begun."""
        news = [one for one in moments if one.time > group.told_from]
        told = in_places(news, self._places(group, ensemble))
        return told if group.known is ensemble else [*_ends(group), *told]


def _ends(group: Group) -> list[Moment]:
    """Return the end of what the ensemble that was known had begun, at the asset's first sensor."""
    known = group.known
    return in_places(ends(known), [min(group.places)] * len(known.ids)) if known else []


def open_together(watch: Watch) -> Together:
    sensors = [*watch.sensors, *siblings(watch)]
    return Together(watch, sensors, load_groups(watch.organization_id, sensors))


def joined(rows: Sequence[Rows]) -> Rows:
    """Return rows one after the other."""
    if not rows:
        nothing = np.zeros(0)
        return Rows(nothing.astype("i8"), nothing, nothing, nothing)
    columns = zip(*((one.sensor, one.time, one.value, one.quality) for one in rows), strict=True)
    return Rows(*(np.concatenate(column) for column in columns))
