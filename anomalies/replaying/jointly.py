"""The sensors of each machine judged together in a replay, as live detection does from its batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from anomalies.arrivals import Wanted, moment_of, read_rows
from anomalies.detection.ensembles import Ensemble, Readings, renew
from anomalies.detection.scan import Moment, Rows
from anomalies.detection.together import ends, in_places, scan_together
from anomalies.ensembles import LEARNT_FROM
from anomalies.together import joined
from mlops.detectors.settings import Settings
from mlops.detectors.window import Ints, States
from sensors.models import Sensor

MOST = 5_000_000  # readings that ensembles put together anew can ask for


@dataclass
class Jointly:
    """The ensembles of one side, by asset; `sensors` are the group's, in the order of its states."""

    sensors: Sequence[Sensor]
    settings: Settings
    ensembles: dict[int, Ensemble] = field(default_factory=dict)

    def hear(self, rows: Rows, states: States, moments: Sequence[Moment]) -> list[Moment]:
        """Judge and learn a step's rows; `states` and `moments` are what each sensor by itself came to."""
        rows = rows.usable()
        if not len(rows.time):
            return []
        begin = float(rows.time.min())
        closed = [one for asset, places in self._several() for one in self._renew(asset, places, states)]
        running = [
            (places, self.ensembles[asset]) for asset, places in self._several() if asset in self.ensembles
        ]
        for places, ensemble in running:
            self._note(places, ensemble, states, moments)
        rows = joined([*self._unread(running, begin), rows])
        readings = [self._take(places, ensemble, rows) for places, ensemble in running]
        settings = [self.settings.of(np.array(places[0])) for places, _ in running]
        found = scan_together([ensemble for _, ensemble in running], readings, settings)
        told = [
            one
            for (places, ensemble), some in zip(running, found, strict=True)
            for one in in_places(
                [each for each in some if each.time >= begin], self._columns(places, ensemble)
            )
        ]
        return [*closed, *told]

    def _several(self) -> list[tuple[int, list[int]]]:
        """Return the assets with several sensors, with their places."""
        places: dict[int, list[int]] = defaultdict(list)
        for place, sensor in enumerate(self.sensors):
            places[sensor.asset_id].append(place)
        return [(asset, some) for asset, some in places.items() if len(some) > 1]

    def _renew(self, asset: int, places: list[int], states: States) -> list[Moment]:
        """Put the ensemble together anew where others belong to it; return the ends of what it had begun."""
        known, windows = self.ensembles.get(asset), states["window"][places]
        far_back = float(windows["newest"].max() - LEARNT_FROM * np.median(windows["interval"]))
        ids = [self.sensors[place].pk for place in places]
        ensemble = renew(known, ids, windows, far_back)
        if ensemble is None:
            self.ensembles.pop(asset, None)
        else:
            self.ensembles[asset] = ensemble
        return in_places(ends(known), [places[0]]) if known and known is not ensemble else []

    def _columns(self, places: list[int], ensemble: Ensemble) -> list[int]:
        """Return the places of an ensemble's sensors, in the order of its columns."""
        by_id = {self.sensors[place].pk: place for place in places}
        return [by_id[sensor_id] for sensor_id in ensemble.ids]

    def _note(self, places: list[int], ensemble: Ensemble, states: States, moments: Sequence[Moment]) -> None:
        newest = states["window"]["newest"]
        columns = self._columns(places, ensemble)
        seen = {self.sensors[place].pk: float(newest[place]) for place in columns}
        ensemble.hear_of(seen, float(newest[places].max()))
        for column, place in enumerate(columns):
            ensemble.note_troubles(column, (one for one in moments if one.sensor == place))

    def _unread(self, running: Sequence[tuple[list[int], Ensemble]], begin: float) -> Iterator[Rows]:
        """Read again what steps before this one heard and no ensemble has taken yet."""
        wanted = [
            Wanted(place, self.sensors[place].pk, moment_of(ensemble.reached), moment_of(begin - 1e-6))
            for places, ensemble in running
            for place in self._columns(places, ensemble)
            if ensemble.reached < begin - 1e-6
        ]
        return (rows.usable() for rows in read_rows(wanted, MOST))

    def _take(self, places: list[int], ensemble: Ensemble, rows: Rows) -> Readings:
        columns = self._columns(places, ensemble)
        number: Ints = np.full(len(self.sensors), -1)
        number[columns] = range(len(columns))
        mine = rows.where(number[rows.sensor] >= 0)
        return ensemble.take(number[mine.sensor], mine.time, mine.value)
