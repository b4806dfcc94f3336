"""One look at a sensor or at a model's input: its readings of now beside those of its reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from anomalies.drifting.references import faults_of, has_open_alarm, normal_since
from anomalies.drifting.sources import MOST_TOGETHER, sources_of
from mlops.drift.comparing import Comparison
from mlops.drift.distances import Floats
from mlops.drift.judging import Asked, Judged, Outcome, examine
from mlops.drift.planning import (
    FEWEST_BLOCKS,
    REFERENCE,
    ROWS,
    SHORTEST_KNOWN,
    Plan,
    Stretch,
    choose_window,
    plan,
    reference_of,
    widest_window,
)
from mlops.models import ModelVersion
from mlops.services.drifting import Look, Subject
from sensors.models import Sensor
from sensors.storage.cutting import Span
from sensors.storage.samples import count_up_to, sample

MOST_COUNTED = 10_000  # readings of a window

ONE_AFTER_THE_OTHER = (
    "There are too few earlier days at the window's hours: it was compared with all hours that are known."
)
NO_WHOLE_DAY = "The reference is shorter than a day: a daily cycle would look the same."
JUST_TRAINED = "It was trained on the newest data a moment ago."
MAY_BE_THE_FAULT = "An alarm of this machine is open: this may be the fault itself, not a new normal."


@dataclass(frozen=True)
class Wish:
    """How a look is made: up to which moment, over which window (None: chosen), what counts."""

    at: datetime
    asked: Asked
    window: timedelta | None = None


def look_at_sensor(sensor: Sensor, wish: Wish) -> Look:
    """Compare the sensor's newest readings with the first weeks of its normal."""
    subject = Subject(purpose="anomaly", scope=f"sensor:{sensor.pk}", name=_called(sensor), unit=sensor.unit)
    since = normal_since(sensor)
    width = since and (wish.window or choose_window(since, wish.at))
    if since is None or not width:
        return Look(subject=subject, found=_too_new(since, wish))
    window = Stretch(wish.at - width, wish.at)
    reference = reference_of(since, window)
    if reference is None:
        return Look(subject=subject, found=_too_new(since, wish))
    return _look(subject, [sensor], plan(window, reference, faults_of([sensor], reference)), wish)


def _called(sensor: Sensor) -> str:
    """Name the machine too, unless the sensor's name does."""
    asset, own = sensor.asset, str(sensor)
    return own if asset.code in own or asset.name in own else f"{asset}, {own}"


def _too_new(since: datetime | None, wish: Wish) -> Judged:
    if since is None:
        return Judged(Outcome.NOT_ENOUGH_DATA, ["It has no readings yet."])
    needed = (1 + FEWEST_BLOCKS) * wish.window if wish.window else SHORTEST_KNOWN
    hours = (needed - (wish.at - since)).total_seconds() / 3600
    return Judged(
        Outcome.NOT_ENOUGH_DATA,
        [f"Its normal is known since {since:%Y-%m-%d %H:%M} UTC; {hours:.1f} more hours are needed."],
    )


def look_at_inputs(version: ModelVersion, wish: Wish) -> list[Look]:
    """Compare what a model is given now with its training window, for each input that sensors measure."""
    if version.data_from is None or version.data_until is None or version.data_from >= version.data_until:
        return []
    looks = []
    for name, sensors in sorted(sources_of(version).items()):
        subject = Subject(
            purpose=version.model.purpose,
            scope=version.model.scope,
            input=name,
            name=f"{version.model.name}, {name}",
            unit=sensors[0].unit,
            version_id=version.pk,
        )
        looks.append(_look_at_input(subject, sensors, Stretch(version.data_from, version.data_until), wish))
    return looks


def _look_at_input(subject: Subject, sensors: list[Sensor], trained: Stretch, wish: Wish) -> Look:
    width = wish.window or widest_window(min(REFERENCE, trained.length))
    if width is None:
        hours = trained.length.total_seconds() / 3600
        reason = f"It was trained on {hours:.1f} hours: too few to tell drift from chance."
        return Look(subject=subject, found=Judged(Outcome.NOT_ENOUGH_DATA, [reason]))
    window = Stretch(wish.at - width, wish.at)
    reference = trained.before(window.since)
    if reference is None:
        return Look(subject=subject, found=Judged(Outcome.NOT_ENOUGH_DATA, [JUST_TRAINED]))
    return _look(subject, sensors, plan(window, reference, faults_of(sensors, reference)), wish)


def _look(subject: Subject, sensors: Sequence[Sensor], made: Plan, wish: Wish) -> Look:
    *blocks, window = _values(sensors, [*made.blocks, made.window])
    readings = _count(sensors, made.window, max(wish.asked.min_samples, MOST_COUNTED))
    found = examine(made, blocks, window, readings, wish.asked)
    may_drift = isinstance(found, Comparison) and found.p < wish.asked.threshold
    notes = _notes(sensors, made) if may_drift else []  # they are said beside a drift only
    return Look(subject=subject, found=found, plan=made, readings=readings, notes=notes)


def _values(sensors: Sequence[Sensor], stretches: Sequence[Stretch]) -> list[Floats]:
    spans = [Span(one.since, one.until) for one in stretches]
    rows = max(ROWS // len(sensors), ROWS // MOST_TOGETHER)
    each = [sample(sensor.pk, spans, rows) for sensor in sensors]
    return [np.concatenate(values) for values in zip(*each, strict=True)]


def _count(sensors: Sequence[Sensor], window: Stretch, most: int) -> int:
    return sum(count_up_to(sensor.pk, Span(window.since, window.until), most) for sensor in sensors)


def _notes(sensors: Sequence[Sensor], made: Plan) -> list[str]:
    notes = []
    if not made.same_hours:
        notes.append(ONE_AFTER_THE_OTHER if made.covers_a_day else NO_WHOLE_DAY)
    if has_open_alarm(sensors):
        notes.append(MAY_BE_THE_FAULT)
    return notes
