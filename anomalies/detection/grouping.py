"""From moments of sensors to troubles of an asset: what belongs together is told together.

An asset's trouble of one cause begins with the first sensor's episode and ends with the last one's. A
sensor in trouble itself (stuck) is a trouble of its own, and its machine alarms are held back by the scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from anomalies.detection import joint_words, words
from anomalies.detection.priority import priority
from anomalies.detection.scan import Moment
from anomalies.detection.shares import Share, Together
from anomalies.findings import Finding, SensorFinding, headline
from mlops.detectors import sensor
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.window import States

CAUSES = {Kind.BEHAVIOUR: "abnormal_behaviour", Kind.LIMIT: "limit_exceeded", Kind.STUCK: "sensor_stuck"}
STATE = np.dtype([("sensor", "i8"), ("kind", "i1"), ("started", "f8")])


@dataclass(frozen=True)
class Machine:
    """An asset, as far as findings need it."""

    organization_id: int
    asset_id: int
    label: str
    criticality: int
    settings_version: int | None = None


@dataclass(frozen=True)
class Probe:
    """A sensor, as far as findings need it; limits are infinite where there is none."""

    sensor_id: int
    named: words.Named
    lower: float
    upper: float


@dataclass(frozen=True)
class Origin:
    """Which event brought a reading; `historical` when it told of history."""

    correlation_id: UUID
    event_id: UUID
    historical: bool


@dataclass(frozen=True)
class Ended:
    """An asset's trouble is over."""

    organization_id: int
    asset_id: int
    cause: str
    subject_sensor_id: int | None
    ended_at: datetime


@dataclass
class Trouble:
    """An asset's trouble of one cause: who is in it, since when, and what is not told yet."""

    active: dict[int, float] = field(default_factory=dict)
    news: list[Moment] = field(default_factory=list)


Key = tuple[Kind, int | None]
News = Finding | Ended
Where = Callable[[int, float], Origin]


def group(
    machine: Machine, probes: list[Probe], moments: Iterable[Moment], open_: States, origin: Where
) -> tuple[list[News], States]:
    """Return what to tell of one asset, in order, and its open episodes afterwards.

    `moment.sensor` indexes `probes`; `open_` (STATE) holds the episodes that were open before;
    `origin(sensor_id, time)` says which event brought a reading.
    """
    troubles = _restore(open_)
    news: list[News] = []
    for moment in moments:
        probe = probes[moment.sensor]
        key = _key(moment, probe)
        trouble = troubles.setdefault(key, Trouble())
        _take(trouble, moment, probe)
        if not trouble.active:
            news += _tell(machine, probes, key, trouble, origin)
            news.append(_ended(machine, key, moment))
            del troubles[key]
    for key, trouble in troubles.items():
        news += _tell(machine, probes, key, trouble, origin)
    return news, _keep(troubles)


def _key(moment: Moment, probe: Probe) -> Key:
    return moment.kind, probe.sensor_id if moment.kind == Kind.STUCK else None


def _take(trouble: Trouble, moment: Moment, probe: Probe) -> None:
    who = moment.together.number if moment.together else probe.sensor_id
    if moment.change == Change.ENDED:
        trouble.active.pop(who, None)
        return
    trouble.active.setdefault(who, moment.started)
    trouble.news.append(moment)


def _tell(machine: Machine, probes: list[Probe], key: Key, trouble: Trouble, origin: Where) -> list[Finding]:
    """Return one finding for all that is new: each sensor at its most abnormal."""
    if not trouble.news:
        return []
    strongest: dict[int, SensorFinding] = {}
    for one in (one for moment in trouble.news for one in _sensor_findings(moment, probes)):
        known = strongest.get(one.sensor_id)
        if known is None or one.score > known.score:
            strongest[one.sensor_id] = one
    ranked = sorted(strongest.values(), key=lambda one: -one.score)
    started = min([*trouble.active.values(), *(moment.started for moment in trouble.news)])
    return [_finding(machine, probes, key, ranked, trouble.news, started, origin)]


def _finding(
    machine: Machine,
    probes: list[Probe],
    key: Key,
    found: list[SensorFinding],
    news: list[Moment],
    started: float,
    origin: Where,
) -> Finding:
    jointly = joint_words.jointly(news, [probe.named for probe in probes])
    first = origin(probes[news[0].sensor].sensor_id, news[0].time)
    cause, score = CAUSES[key[0]], found[0].score
    return Finding(
        organization_id=machine.organization_id,
        asset_id=machine.asset_id,
        cause=cause,
        subject_sensor_id=key[1],
        started_at=_moment_of(started),
        latest_at=_moment_of(max(moment.latest for moment in news)),
        score=score,
        priority=priority(cause, score, machine.criticality),
        summary=headline(machine.label, [one.reason for one in found]),
        reasons=(*(one.reason for one in found), *jointly),
        sensors=tuple(found),
        detector=sensor.VERSION,
        settings_version=machine.settings_version,
        correlation_id=first.correlation_id,
        caused_by=first.event_id,
        historical=all(origin(probes[one.sensor].sensor_id, one.time).historical for one in news),
    )


def _sensor_findings(moment: Moment, probes: list[Probe]) -> list[SensorFinding]:
    if moment.together is None:
        return [_sensor_finding(moment, probes[moment.sensor])]
    return [_shared(moment, moment.together, share, probes) for share in moment.together.shares]


def _shared(moment: Moment, together: Together, share: Share, probes: list[Probe]) -> SensorFinding:
    """Return a sensor's part in what several show together; its band is of means, so it bounds no reading."""
    probe = probes[share.sensor]
    return SensorFinding(
        sensor_id=probe.sensor_id,
        score=share.score,
        value=share.mean,
        normal_low=None,
        normal_high=None,
        reason=joint_words.reason(together, share, moment, probe.named),
    )


def _sensor_finding(moment: Moment, probe: Probe) -> SensorFinding:
    return SensorFinding(
        sensor_id=probe.sensor_id,
        score=moment.score,
        value=moment.value,
        normal_low=moment.levels.low,
        normal_high=moment.levels.high,
        reason=words.reason(moment, probe.named, probe.lower, probe.upper),
    )


def _ended(machine: Machine, key: Key, moment: Moment) -> Ended:
    return Ended(machine.organization_id, machine.asset_id, CAUSES[key[0]], key[1], _moment_of(moment.latest))


def _moment_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _restore(open_: States) -> dict[Key, Trouble]:
    troubles: dict[Key, Trouble] = {}
    for row in open_:
        number, kind = int(row["sensor"]), Kind(int(row["kind"]))
        key = (kind, number if kind == Kind.STUCK else None)
        troubles.setdefault(key, Trouble()).active[number] = float(row["started"])
    return troubles


def _keep(troubles: dict[Key, Trouble]) -> States:
    rows = [
        (number, int(kind), started)
        for (kind, _), trouble in troubles.items()
        for number, started in trouble.active.items()
    ]
    return np.array(rows, STATE)
