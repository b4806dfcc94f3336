"""Readings behind what a sensor's state has heard: judged on a copy of it, told, and never learnt.

Those of the last hour were overtaken by newer ones and are live: what they show pages as usual. Older ones
are history: what they show is recorded and pages nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np

from anomalies import services, telling
from anomalies.arrivals import EPOCH, JUST_BEFORE, Span, Wanted, moment_of, read_first, read_last, read_rows
from anomalies.detection.grouping import Ended, Origin
from anomalies.detection.late import LateScan, heard_from
from anomalies.detection.scan import Moment
from anomalies.findings import Finding
from anomalies.models import Alert
from anomalies.watch import Watch, believable, limits_of
from mlops.detectors.late import FILL
from mlops.detectors.sensor import LASTING
from mlops.detectors.window import States
from sensors.events import ReadingsStored

LATE_AFTER = timedelta(hours=1)
LOOK_BACK = timedelta(days=7)
USUAL_INTERVAL = 60.0
LONGEST_FAULT = 2000  # rows: by then a detector has taken it for the new normal


@dataclass(frozen=True)
class Stretch:
    """Late readings of the sensor at `place`, from first to last, judged from `begin` on."""

    place: int
    sensor_id: int
    first: datetime
    last: datetime
    begin: datetime
    seen_until: datetime
    late: bool
    interval: timedelta

    @property
    def long_ago(self) -> bool:
        return self.late or self.first < self.seen_until - LATE_AFTER

    def before(self, number: int) -> Wanted:
        """Ask for a week, or twice the time that the rows take: longer ago tells little of the level."""
        back = max(LOOK_BACK, 2 * FILL * self.interval)
        return Wanted(number, self.sensor_id, self.begin - back, self.begin - JUST_BEFORE)

    def whole(self, number: int) -> Wanted:
        return Wanted(number, self.sensor_id, self.begin - JUST_BEFORE, self.last)

    def after(self, number: int, reached: datetime | None) -> Wanted:
        return Wanted(number, self.sensor_id, min(self.last, reached or self.last), self.seen_until)

    def origin(self, origin: Origin, at: datetime) -> Origin:
        """Say of live readings from more than an hour before what was heard that they are history, too."""
        return replace(origin, historical=origin.historical or at < self.seen_until - LATE_AFTER)


class LateReadings:
    """What arrived behind the states of a watch, and copies of these states as they were then."""

    def __init__(self, watch: Watch, places: list[int]) -> None:
        found = [stretch for place in places for stretch in _stretches(watch, place)]
        self.watch = watch
        self.stretches = _from_known_faults(watch, _unheard(watch, found))
        self.states = watch.states[[stretch.place for stretch in self.stretches]]

    def judge(self, events: Sequence[ReadingsStored], *, most: int) -> list[ReadingsStored]:
        """Judge some `most` readings, the earliest, and tell what they show; return events of the rest."""
        if not self.stretches:
            return []
        if not most:
            return _rest(events, self.stretches, None)
        scan, reached = _hear(self.watch, self.stretches, self.states, most)
        places = [stretch.place for stretch in self.stretches]
        found = sorted([*scan.moments, *scan.ends()], key=_order)
        moments = [replace(one, sensor=places[one.sensor]) for one in found]
        _tell(self.watch, believable(self.watch, moments), self.stretches)
        return _rest(events, self.stretches, reached) if reached else []


def _rest(
    events: Sequence[ReadingsStored], stretches: list[Stretch], reached: datetime | None
) -> list[ReadingsStored]:
    """Return events that tell of what is left: after `reached`, or all of it.

    They count nothing: their readings were counted when they were stored.
    """
    seen = {stretch.sensor_id: stretch.seen_until for stretch in stretches}
    rest = []
    for event in events:
        left = {
            sensor_id: span
            for sensor_id, (first, last) in event.spans.items()
            if sensor_id in seen and (span := _left(first, last, seen[sensor_id], reached))
        }
        if left:
            rest.append(replace(event, event_id=uuid4(), caused_by=event.event_id, spans=left, count=0))
    return rest


def _left(first: str, last: str, seen: datetime, reached: datetime | None) -> tuple[str, str] | None:
    begin, end = datetime.fromisoformat(first), min(datetime.fromisoformat(last), seen)
    if reached:
        begin = max(begin, reached + JUST_BEFORE)
    return (begin.isoformat(), end.isoformat()) if begin <= end else None


def _stretches(watch: Watch, place: int) -> Iterator[Stretch]:
    """Put spans together that lie nearer than the rows which lead up to them."""
    sensor = watch.sensors[place]
    seen = watch.seen_until(sensor)
    spans = [span for span in watch.arrivals.spans[sensor.pk] if seen and span.first <= seen]
    if not seen or not spans:
        return
    interval = timedelta(seconds=float(watch.states["window"]["interval"][place]) or USUAL_INTERVAL)
    known: Stretch | None = None
    for span in sorted(spans, key=lambda span: span.first):
        if known and span.first - known.last <= FILL * interval:
            known = replace(known, last=min(max(known.last, span.last), seen))
            continue
        if known:
            yield known
        known = _stretch(place, sensor.pk, span, seen, interval)
    if known:
        yield known


def _stretch(place: int, sensor_id: int, span: Span, seen: datetime, interval: timedelta) -> Stretch:
    last = min(span.last, seen)
    return Stretch(place, sensor_id, span.first, last, span.first, seen, span.event.late, interval)


def _unheard(watch: Watch, stretches: list[Stretch]) -> list[Stretch]:
    """Drop what a state heard already, with newer readings, before their own event came."""
    recent = [stretch for stretch in stretches if not stretch.long_ago]
    if not recent:
        return stretches
    seen = {
        stretch.place: Wanted(stretch.place, stretch.sensor_id, EPOCH, stretch.seen_until)
        for stretch in recent
    }
    rows = list(read_last(list(seen.values()), 2 * FILL))
    known_from = heard_from(watch.states, rows)
    return [one for one in stretches if one.long_ago or one.first.timestamp() < known_from[one.place]]


def _from_known_faults(watch: Watch, stretches: list[Stretch]) -> list[Stretch]:
    """Judge from its beginning what goes on from history that is known: a fault cut in two is one fault."""
    assets = {watch.sensors[stretch.place].asset_id for stretch in stretches if stretch.long_ago}
    if not assets:
        return stretches
    known: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = Alert.objects.filter(asset__in=assets, historical=True, ended_at__isnull=False).overlapping(
        min(stretch.first - FILL * stretch.interval for stretch in stretches),
        max(stretch.first for stretch in stretches),
    )
    for sensor_id, started, ended in rows.values_list("alert_sensors__sensor", "started_at", "ended_at"):
        known[sensor_id].append((started, ended or started))
    return [_from_known_fault(stretch, known[stretch.sensor_id]) for stretch in stretches]


def _from_known_fault(stretch: Stretch, known: list[tuple[datetime, datetime]]) -> Stretch:
    near, far = stretch.first - FILL * stretch.interval, stretch.first - LONGEST_FAULT * stretch.interval
    begins = [started for started, ended in known if ended >= near and far <= started < stretch.first]
    return replace(stretch, begin=min([*begins, stretch.begin]))


def _hear(
    watch: Watch, stretches: list[Stretch], states: States, most: int
) -> tuple[LateScan, datetime | None]:
    """Hear what leads up to the stretches, the stretches, and what follows while something is open."""
    scan = LateScan(
        states,
        limits_of([watch.sensors[stretch.place] for stretch in stretches]),
        np.array([stretch.begin.timestamp() - 1e-6 for stretch in stretches]),
        np.array([stretch.long_ago for stretch in stretches]),
        watch.in_force.settings.of(np.array([stretch.place for stretch in stretches])),
    )
    for rows in read_last([stretch.before(n) for n, stretch in enumerate(stretches)], FILL):
        scan.hear(rows)
    read, reached = 0, None
    for rows in read_rows([stretch.whole(n) for n, stretch in enumerate(stretches)], most):
        scan.hear(rows)
        read, reached = read + len(rows.time), moment_of(rows.time[-1])
    reached = reached if read >= most else None
    after = [stretches[n].after(n, reached) for n in scan.open().tolist()]
    for rows in read_first(after, LASTING):
        scan.hear_out(rows)
    return scan, reached


def _tell(watch: Watch, moments: list[Moment], stretches: list[Stretch]) -> None:
    """Raise or record what was found, each with its end."""
    by_sensor = {stretch.sensor_id: stretch for stretch in stretches}

    def origin(sensor_id: int, seconds: float) -> Origin:
        told = watch.arrivals.origin(sensor_id, seconds)
        return by_sensor[sensor_id].origin(told, moment_of(seconds))

    for finding, ended in telling.troubles(watch.sensors, moments, origin, watch.in_force.versions):
        _tell_one(watch, finding, ended)


def _tell_one(watch: Watch, finding: Finding, ended: Ended) -> None:
    if finding.historical:
        services.record_history(finding=finding, ended_at=ended.ended_at, at=watch.at)
        return
    goes_on = telling.goes_on(watch.organization_id, finding)
    services.raise_overtaken(finding=finding, ended_at=None if goes_on else ended.ended_at, at=watch.at)


def _order(moment: Moment) -> tuple[float, int, int]:
    return moment.time, moment.sensor, moment.kind
