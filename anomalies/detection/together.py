"""Runs the joint detector over the readings of assets with several sensors and keeps the moments that
matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from anomalies.detection.ensembles import Ensemble, Readings
from anomalies.detection.rounds import close_rows
from anomalies.detection.scan import Levels, Moment
from anomalies.detection.shares import Share, Together
from mlops.detectors import joint
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.joint import Step
from mlops.detectors.joint_alarm import Part
from mlops.detectors.settings import CALM, Settings
from mlops.detectors.settings import together as side_by_side
from mlops.detectors.window import BLOCK, Floats, Ints, States


@dataclass
class Run:
    """What is new of one ensemble, and what comes of it."""

    ensemble: Ensemble
    readings: Readings
    settings: Settings
    moments: list[Moment] = field(default_factory=list)

    def rows(self) -> tuple[Floats, Floats]:
        """Close the rows that the readings fill."""
        return close_rows(self.ensemble.clock, self.readings.column, self.readings.time, self.readings.value)


def scan_together(
    ensembles: Sequence[Ensemble], readings: Sequence[Readings], settings: Sequence[Settings] | None = None
) -> list[list[Moment]]:
    """Score what is new of each ensemble, bring it up to date, and return each one's moments by time.

    `Moment.sensor` is the column of the sensor that moved most. Cut otherwise,
    the moments are the same.
    """
    asked = settings or [CALM] * len(ensembles)
    alike: dict[int, list[Run]] = defaultdict(list)
    runs = [Run(*each) for each in zip(ensembles, readings, asked, strict=True)]
    for run in runs:
        alike[len(run.ensemble.ids)].append(run)
    for some in alike.values():
        _scan_alike(some)
    return [run.moments for run in runs]


def _scan_alike(runs: list[Run]) -> None:
    """Scan ensembles of equally many sensors at once."""
    closed = [(run, rows) for run, rows in ((run, run.rows()) for run in runs) if len(rows[1])]
    if not closed:
        return
    runs = [run for run, _ in closed]
    states = np.concatenate([run.ensemble.state for run in runs])
    settings = side_by_side([run.settings for run in runs])
    for which, value, time in _steps(states, [rows for _, rows in closed]):
        for at, moment in _advance(states, which, value, time, settings):
            runs[at].moments.append(moment)
    for at, run in enumerate(runs):
        run.ensemble.state = states[at : at + 1]


def ends(ensemble: Ensemble) -> list[Moment]:
    """Return the ends of what is open in an ensemble that will be heard no more."""
    told = ensemble.state["told"][0]
    nothing = Levels(*[float("nan")] * 7)
    return [
        Moment(
            sensor=0,
            time=float(told["latest"][part]),
            kind=Kind.BEHAVIOUR,
            change=Change.ENDED,
            score=0.0,
            value=float("nan"),
            started=float(told["started"][part]),
            latest=float(told["latest"][part]),
            because=part.name.lower(),
            levels=nothing,
            together=Together(part, ()),
        )
        for part in Part
        if told["open"][part]
    ]


def in_places(moments: list[Moment], places: Sequence[int]) -> list[Moment]:
    """Return moments with the sensors' places elsewhere in the place of their columns."""
    return [
        replace(
            one,
            sensor=places[one.sensor],
            together=replace(
                one.together,
                shares=tuple(replace(share, sensor=places[share.sensor]) for share in one.together.shares),
            ),
        )
        for one in moments
        if one.together
    ]


def _steps(states: States, rows: list[tuple[Floats, Floats]]) -> Iterator[tuple[Ints, Floats, Floats]]:
    """Yield assets (S,) at the same place of their blocks, with their next rows (S, B, n) and times (S,
    B)."""
    begin = np.zeros(len(states), "i8")
    total = np.array([len(time) for _, time in rows])
    while (begin < total).any():
        place = states["window"]["count"] % BLOCK
        take = np.minimum(BLOCK - place, total - begin)
        key = np.where(take > 0, place * (BLOCK + 1) + take, -1)
        for one in np.unique(key[key >= 0]):
            which = np.flatnonzero(key == one)
            cuts = [slice(begin[at], begin[at] + take[at]) for at in which]
            value = np.stack([rows[at][0][cut] for at, cut in zip(which, cuts, strict=True)])
            time = np.stack([rows[at][1][cut] for at, cut in zip(which, cuts, strict=True)])
            yield which, value, time
        begin += take


def _advance(
    states: States, which: Ints, value: Floats, time: Floats, settings: Settings
) -> Iterator[tuple[int, Moment]]:
    some, asked = states[which], settings.of(which)
    step = joint.judge(some, value, time, asked)
    for at, row, part in np.argwhere(step.told.changes):
        yield int(which[at]), _moment(some[at : at + 1], step, time, (int(at), int(row)), Part(int(part)))
    joint.learn(some, asked)
    states[which] = some


def _moment(state: States, step: Step, time: Floats, at: tuple[int, int], part: Part) -> Moment:
    here = (*at, int(part))
    shares = _shares(state, step, at, part)
    first = shares[0]
    return Moment(
        sensor=first.sensor,
        time=float(time[at]),
        kind=Kind.BEHAVIOUR,
        change=Change(int(step.told.changes[here])),
        score=float(step.scores[here]),
        value=first.mean,
        started=float(step.told.started[here]),
        latest=float(step.told.latest[here]),
        because=part.name.lower(),
        levels=Levels(first.low, first.high, first.low, first.high, first.mean, first.mean, first.mean),
        together=Together(part, shares),
    )


def _shares(state: States, step: Step, at: tuple[int, int], part: Part) -> tuple[Share, ...]:
    """Return the sensors at half of the strongest evidence and more, the strongest first."""
    evidence = (step.evidence if part == Part.JOINT else step.slow)[at]
    share = joint.shares(evidence)
    score = float(step.scores[(*at, int(part))])
    low, high = (edge[0] for edge in joint.usual(state))
    mean = joint.means(state, step, at)
    strongest = evidence.max() or 1.0
    beside = joint.is_beside(step, at)
    return tuple(
        Share(
            int(one),
            float(share[one]),
            score * float(evidence[one] / strongest),
            float(mean[one]),
            float(low[one]),
            float(high[one]),
            bool(beside[one]),
        )
        for one in np.argsort(-share, kind="stable")
        if share[one] > 0 or one == np.argmax(share)
    )
