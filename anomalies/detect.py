"""Detection at work: reads what is new, lets the detectors judge and learn, tells what they found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction

from anomalies import sensor_troubles, telling
from anomalies.arrivals import Wanted, arrivals_of, moment_of, read_rows, rest_of
from anomalies.detection import clock
from anomalies.detection.scan import Moment, ordered, scan
from anomalies.late import LateReadings
from anomalies.sensor_states import PURPOSE, scope_of
from anomalies.shadow import Shadow, shadows_of
from anomalies.together import Together, open_together
from anomalies.turns import take_turn
from anomalies.watch import Watch, believable, limits_of, open_watch
from mlops.detectors import sensor as detector
from mlops.detectors.thresholds import needed
from mlops.states import Kept, save_states
from sensors.events import ReadingsStored
from smartmaint.events.outbox import publish

JUST_BEFORE = timedelta(microseconds=1)
AT_ONCE = 200_000  # readings: some 20 s of work where they are of one sensor, a second where of many
LATE_AT_ONCE = 50_000  # less, as live readings wait meanwhile
LIVE_WITHIN = timedelta(hours=1)
LEAST_SILENCE = timedelta(minutes=2)
SILENT_INTERVALS = 10
SILENT_ARRIVALS = 3


@transaction.atomic
def detect_anomalies(*, events: Sequence[ReadingsStored], at: datetime) -> None:
    """Judge and learn the readings that these events of one organization tell of, some 200,000 at most.

    What lies behind a state is judged and not learnt. Of what is left, further events tell.
    """
    organization_id = events[0].organization_id
    take_turn(organization_id)
    watch = open_watch(organization_id, arrivals_of(events), at)
    if not watch.sensors:
        return
    clocks = _judge_clocks(watch)
    wanted, behind = _wanted(watch)
    late = LateReadings(watch, behind)
    together = open_together(watch)
    shadows = list(shadows_of(watch, together))
    moments, reached = _scan(watch, wanted, [together, *shadows])
    until = {one.sensor_id: max(one.after, min(one.until, reached or one.until)) for one in wanted}
    for shadow in shadows:
        shadow.tell(wanted, until)
    _tell(watch, together, [*believable(watch, moments), *together.judge(wanted, until, moments)])
    sensor_troubles.tell_clocks(watch.sensors, *clocks, watch.states, watch.arrivals, at)
    sensor_troubles.end_silence(watch.sensors, watch.arrivals, at)
    _save(watch, until)
    if reached:
        publish(*rest_of(events, {one.sensor_id: one.until for one in wanted}, reached))
    publish(*late.judge(events, most=0 if reached else LATE_AT_ONCE))


def _tell(watch: Watch, together: Together, moments: list[Moment]) -> None:
    """Raise and end alerts; what the sensors showed together names siblings that sent nothing, too."""
    telling.tell_moments(
        watch.organization_id,
        together.sensors,
        ordered(moments),
        together.origin,
        watch.at,
        watch.in_force.versions,
    )


def _scan(
    watch: Watch, wanted: list[Wanted], others: Sequence[Together | Shadow]
) -> tuple[list[Moment], datetime | None]:
    """Return what was found and, where readings may be left, the moment up to which all were heard.

    The `others` hear the same readings.
    """
    limits = limits_of(watch.sensors)
    moments: list[Moment] = []
    read, reached = 0, None
    for rows in read_rows(wanted, AT_ONCE):
        moments += scan(watch.states, rows, limits, watch.in_force.settings)
        for other in others:
            other.hear(rows)
        read, reached = read + len(rows.time), moment_of(rows.time[-1])
    return moments, reached if read >= AT_ONCE else None


def _wanted(watch: Watch) -> tuple[list[Wanted], list[int]]:
    """Ask for what is newer than each state; a sensor that still learns takes filled-in history first.

    Return the places, too, of the sensors that something arrived for behind their states.
    """
    wanted, behind = [], []
    for place, sensor in enumerate(watch.sensors):
        kept, arrivals = watch.kept.get(sensor.pk), watch.arrivals
        after, until = arrivals.first(sensor.pk) - JUST_BEFORE, arrivals.last(sensor.pk)
        if kept and kept.seen_until:
            if _should_relearn(watch, place, kept.seen_until):
                watch.states[place] = detector.fresh(1)[0]
                until = max(until, kept.seen_until)
            else:
                behind += [place] if after < kept.seen_until else []
                after = kept.seen_until
        if after < until:
            wanted.append(Wanted(place, sensor.pk, after, until))
    return wanted, behind


def _should_relearn(watch: Watch, place: int, seen_until: datetime) -> bool:
    """Filled-in history teaches a young sensor, but not one that began anew on purpose."""
    if watch.states["anew"][place]:
        return False
    sensor_id = watch.sensors[place].pk
    young = watch.states["window"]["count"][place] < needed(watch.states[place : place + 1])[0]
    return bool(young and watch.arrivals.any_late(sensor_id) and watch.arrivals.first(sensor_id) < seen_until)


def _judge_clocks(watch: Watch) -> tuple[list[int], list[int]]:
    """Return the places of the sensors whose clock began to jump, and of those whose is settled."""
    latest = np.array([watch.arrivals.last(sensor.pk).timestamp() for sensor in watch.sensors])
    live = np.array([not watch.arrivals.all_late(sensor.pk) for sensor in watch.sensors])
    began, settled = clock.judge(watch.states, live & clock.jumped_back(watch.states, latest))
    return np.flatnonzero(began).tolist(), np.flatnonzero(settled).tolist()


def _save(watch: Watch, until: dict[int, datetime]) -> None:
    """Keep the states; `until` says how far each sensor was heard now."""
    packed = detector.pack(watch.states)
    states = {
        scope_of(sensor.pk): _kept(watch, place, packed[place], until.get(sensor.pk))
        for place, sensor in enumerate(watch.sensors)
    }
    save_states(
        organization_id=watch.organization_id,
        purpose=PURPOSE,
        version=detector.VERSION,
        states=states,
        at=watch.at,
    )


def _kept(watch: Watch, place: int, packed: bytes, until: datetime | None) -> Kept:
    """Return what to keep of a sensor; where nothing new was wanted it stays as far as it was."""
    known = watch.kept.get(watch.sensors[place].pk)
    seen = until or (known.seen_until if known else None) or watch.arrivals.last(watch.sensors[place].pk)
    return Kept(packed, seen, _expected_by(watch, place, seen, known))


def _expected_by(watch: Watch, place: int, seen_until: datetime, known: Kept | None) -> datetime | None:
    """Return when silence is trouble: after 10 intervals, 3 times the last pause, never before 2 minutes.

    A sensor that sends only history, or too little to know its interval, is not awaited.
    """
    window, sensor = watch.states["window"][place], watch.sensors[place]
    if watch.arrivals.all_late(sensor.pk):
        return known.expected_by if known else None  # what was filled in says nothing of whether it sends
    interval = sensor.expected_interval or (window["interval"] if window["count"] >= 100 else None)
    if interval is None or watch.at - seen_until > LIVE_WITHIN:
        return None
    pause = watch.at - known.updated_at if known and known.updated_at else timedelta(0)
    usual = timedelta(seconds=float(interval) * SILENT_INTERVALS)
    return watch.at + max(usual, LEAST_SILENCE, SILENT_ARRIVALS * min(pause, LIVE_WITHIN))
