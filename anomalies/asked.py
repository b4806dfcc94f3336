"""What the production detection says of readings that a program asks about; nothing is learnt or kept.

They are judged on a copy of what is known of the sensor, after the readings that were stored before them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from anomalies.arrivals import JUST_BEFORE, Wanted, moment_of, read_last
from anomalies.bands import learning_progress
from anomalies.detection.grouping import CAUSES
from anomalies.detection.late import LateScan
from anomalies.detection.scan import Moment, Rows
from anomalies.detection_settings import settings_in_force
from anomalies.sensor_states import load_kept, records
from anomalies.watch import limits_of
from mlops.detectors.episodes import Change
from mlops.detectors.late import FILL
from sensors.models import Sensor

MOST = 10_000
LOOK_BACK = timedelta(days=7)

Json = dict[str, Any]


@transaction.atomic
def judge(*, sensor: Sensor, question: Json, at: datetime) -> Json:
    """Judge the `readings` ([time, value] each) that were handed in, else those stored in the last
    `window_minutes`, the newest 10,000 of them.
    """
    if question["readings"]:
        return _judge(sensor, _handed_in(question["readings"]), at)
    wanted = Wanted(0, sensor.pk, at - timedelta(minutes=question["window_minutes"]), at)
    return _judge(sensor, _together(list(read_last([wanted], MOST))), at)


def _handed_in(readings: list[tuple[str, float]]) -> Rows:
    pairs = sorted((datetime.fromisoformat(moment).timestamp(), value) for moment, value in readings)
    seconds, values = np.array(pairs, float).T
    return Rows(np.zeros(len(pairs), "i8"), seconds, values, np.ones(len(pairs)))


def _together(parts: list[Rows]) -> Rows:
    nothing = Rows(np.zeros(0, "i8"), *(np.zeros(0) for _ in range(3)))
    each = [(part.sensor, part.time, part.value, part.quality) for part in parts] or [
        (nothing.sensor, nothing.time, nothing.value, nothing.quality)
    ]
    return Rows(*(np.concatenate(column) for column in zip(*each, strict=True)))


def _judge(sensor: Sensor, rows: Rows, at: datetime) -> Json:
    rows = rows.usable()
    seen, needed = learning_progress(sensor)
    if seen < needed:
        return _refused(f"{needed - seen} more readings of the sensor are needed before it can be judged.")
    if not len(rows.time):
        return _refused("There are no readings to judge.")
    scan, before = _scan_after_what_came_before(sensor, rows, at)
    judged = len(rows.time) - max(0, FILL - before)
    if judged <= 0:
        return _refused(f"{1 - judged} more readings before these are needed.")
    return _answer(judged, [*scan.moments, *scan.ends()])


def _scan_after_what_came_before(sensor: Sensor, rows: Rows, at: datetime) -> tuple[LateScan, int]:
    """Return the scan that heard all rows, and how many stored readings led up to them."""
    begin = moment_of(rows.time[0])
    states = records([sensor.pk], load_kept(sensor.organization_id, [sensor.pk]))
    settings = settings_in_force(sensor.organization_id, [sensor], at).settings
    began = np.array([begin.timestamp() - 1e-6])
    scan = LateScan(states, limits_of([sensor]), began, np.array([False]), settings)
    wanted = Wanted(0, sensor.pk, begin - LOOK_BACK, begin - JUST_BEFORE)
    stored = _together(list(read_last([wanted], FILL))).usable()
    scan.hear(stored)
    scan.hear(rows)
    return scan, len(stored.time)


def _refused(detail: str) -> Json:
    refusal = {"code": "not_enough_data", "detail": detail}
    return {"judged": 0, "anomaly": None, "score": None, "episodes": [], "refusal": refusal}


def _answer(judged: int, moments: list[Moment]) -> Json:
    episodes: list[Json] = []
    open_: dict[int, Json] = {}
    for moment in moments:
        if moment.change == Change.OPENED or moment.kind not in open_:
            open_[moment.kind] = _episode(moment)
            episodes.append(open_[moment.kind])
        episode = open_[moment.kind]
        episode["latest_at"] = moment_of(moment.latest).isoformat()
        if moment.change != Change.ENDED and moment.score > episode["score"]:
            episode |= {"score": moment.score, "value": moment.value, "because": moment.because}
    score = max((episode["score"] for episode in episodes), default=None)
    return {
        "judged": judged,
        "anomaly": bool(episodes),
        "score": score,
        "episodes": episodes,
        "refusal": None,
    }


def _episode(moment: Moment) -> Json:
    return {
        "cause": CAUSES[moment.kind],
        "started_at": moment_of(moment.started).isoformat(),
        "latest_at": moment_of(moment.latest).isoformat(),
        "score": moment.score,
        "value": moment.value,
        "normal_low": moment.levels.low,
        "normal_high": moment.levels.high,
        "because": moment.because,
    }
