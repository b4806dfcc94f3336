"""One sensor at a time, thousands at once: the views, their joint surprise, and what may be learnt.

The state of a sensor is one record of `STATE`; S sensors are an array of S records. A row is scored before
its block of 16 is learnt. While a row is abnormal by the calm threshold, whatever the settings tell, nothing
is learnt of what is normal, until the new level has lasted so long that it is the normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from mlops.detectors import (
    calibration,
    drift,
    entropy,
    episodes,
    habits,
    lag,
    level,
    nearest,
    seasonal,
    spike,
    spread,
    stuck,
    window,
)
from mlops.detectors.episodes import Change, Course, Kind
from mlops.detectors.settings import CALM, Settings
from mlops.detectors.thresholds import bounds, needed, threshold
from mlops.detectors.window import BLOCK, CALIBRATED, WARM, Block, Floats, Mask, Now, States

VERSION = "sensor-6"
VIEWS: tuple[ModuleType, ...] = (seasonal, spread, entropy, lag, nearest)
RULES: tuple[ModuleType, ...] = (spike, level, drift)
EVIDENCE = (*(view.NAME for view in VIEWS), *(rule.NAME for rule in RULES))
POWER = 3
SUREST = 8.0  # no history knows what happens less often than once in 100 million rows
SUREST_RULE = (10.0, 20.0, 20.0)
SECONDED = 0.7  # a spike that the views hardly see is the sensor's manner
LASTING = 600

STATE = np.dtype(
    [
        ("window", window.STATE),
        ("views", np.dtype([(view.NAME, view.STATE) for view in VIEWS])),
        ("tails", "f4", (2, len(VIEWS), calibration.BINS)),
        ("bins", "i1", (BLOCK, len(VIEWS))),
        ("spike", spike.STATE),
        ("level", level.STATE),
        ("drift", drift.STATE),
        ("stuck", stuck.STATE),
        ("episodes", episodes.STATE),
        ("habits", habits.STATE),
        ("jumps", "f4"),
        ("clock_jumps", "?"),
        ("anew", "?"),
    ]
)


@dataclass(frozen=True)
class Limits:
    """The fixed limits of S sensors in their units; infinite where there is none."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Step:
    """Rows of S sensors: surprise (S, B), its parts (S, B, EVIDENCE), scores (S, B, KINDS), their course."""

    now: Now
    surprise: Floats
    evidence: Floats
    scores: Floats
    course: Course


def fresh(sensors: int) -> States:
    return np.zeros(sensors, STATE)


def advance(state: States, value: Floats, time: Floats, limits: Limits, settings: Settings = CALM) -> Step:
    """Score finite rows (S, B) within one block, and learn the block if they complete it. `time` in seconds
    since 1970."""
    step = judge(state, value, time, limits, settings)
    learn(state, settings)
    return step


def judge(state: States, value: Floats, time: Floats, limits: Limits, settings: Settings = CALM) -> Step:
    """Score rows by what is known; what they teach is kept until their block is complete."""
    now = window.advance(state["window"], value, time)
    ever, views = _views(state, now, settings)
    rules = _rules(state, now, _joint(ever))
    repeats = stuck.measure(state["stuck"], now)
    beyond, told = _beyond(now, limits), threshold(state, settings)
    evidence = np.concatenate([views, _sure(rules, told)], axis=-1)
    total = _total(state, now, _joint(views), evidence[..., len(VIEWS) :], settings, repeats.doubt)
    abnormal = _total(state, now, _joint(ever), _sure(rules, threshold(state, CALM)), CALM, repeats.doubt)
    known = now.count >= needed(state, settings)[:, None]
    scores = np.stack([total, beyond, repeats.score * known, abnormal], axis=-1)
    course = episodes.advance(state["episodes"], scores, bounds(state, settings), repeats.since, now.time)
    _note(state, now, course, repeats.doubt)
    return Step(now, total, evidence, scores, course)


def _views(state: States, now: Now, settings: Settings) -> tuple[Floats, Floats]:
    """Return each view's surprise by all that ever was, and as the settings ask for (S, B, VIEWS)."""
    views = state["views"]
    raw = np.stack([view.measure(views[view.NAME], now) for view in VIEWS], axis=-1)
    positions = calibration.positions(raw)
    state["bins"][now.row, now.place] = positions
    well = np.minimum(calibration.surprise(state["tails"][:, calibration.WELL], positions), SUREST)
    ever = np.minimum(calibration.ever(state["tails"], positions, well), SUREST)
    asked = np.broadcast_to(np.asarray(settings.ever, bool), len(state))
    return ever, np.where(asked[:, None, None], ever, well)


def _joint(views: Floats) -> Floats:
    return np.mean(views**POWER, axis=-1) ** (1 / POWER)


def _rules(state: States, now: Now, joint: Floats) -> Floats:
    """Return each rule's measure over its limit (S, B, RULES)."""
    season = state["views"][seasonal.NAME]
    rules = np.stack([rule.measure(state[rule.NAME], season, now) for rule in RULES], axis=-1)
    rules[..., RULES.index(spike)] *= joint >= SECONDED
    return rules


def _sure(rules: Floats, threshold: Floats) -> Floats:
    """Return what the rules say in the measure of surprise: at their limit they reach the threshold."""
    return np.minimum(threshold[:, None, None] * rules, SUREST_RULE)


def _total(state: States, now: Now, joint: Floats, rules: Floats, settings: Settings, doubt: Mask) -> Floats:
    ready = (now.count >= needed(state, settings)[:, None]) & ~doubt
    return np.where(ready, np.maximum(joint, rules.max(axis=-1)), 0.0)


def _beyond(now: Now, limits: Limits) -> Floats:
    """Return 1 and more beyond a fixed limit, growing with the distance."""
    over = np.maximum(now.value - limits.upper[:, None], limits.lower[:, None] - now.value)
    return np.where(over > 0, 1.0 + np.log1p(np.maximum(over, 0.0)), 0.0)


def _note(state: States, now: Now, course: Course, doubt: Mask) -> None:
    """Remember, until the block is complete, which rows are normal and what began or ended."""
    habit, changes = state["habits"], course.changes
    ready = now.count >= needed(state)[:, None]
    state["window"]["normal"][now.row, now.place] = ~course.open[..., Kind.ABNORMAL] & ~(ready & doubt)
    habit["opened"] += (changes[..., Kind.BEHAVIOUR] == Change.OPENED).sum(axis=1)
    habit["abnormal"] += (changes[..., Kind.ABNORMAL] == Change.OPENED).sum(axis=1)
    habit["ended"] |= (changes[..., Kind.ABNORMAL] == Change.ENDED).any(axis=1)


def learn(state: States, settings: Settings = CALM) -> None:
    """Learn the block that these sensors, all at the same place of theirs, may have just completed."""
    count = state["window"]["count"]
    if not len(count) or count[0] % BLOCK:
        return
    block = window.block(state["window"])
    warm = count > WARM
    stuck.learn(state["stuck"], block)
    if warm.any():
        _learn(state, block, warm)
        _get_used_to(state, block, settings)
    window.learn(state["window"], block, warm)
    if (count == WARM).any():
        _prime(state, count == WARM)


def _learn(state: States, block: Block, warm: Mask) -> None:
    views = state["views"]
    season = views[seasonal.NAME]
    calibrated = warm & (block.count[:, 0] >= CALIBRATED)
    calibration.learn(state["tails"], state["bins"], block, calibrated)
    for rule in RULES:
        rule.learn(state[rule.NAME], season, block, warm)
    for view in VIEWS:
        view.learn(views[view.NAME], block, warm)


def _prime(state: States, where: Mask) -> None:
    """Begin to know a sensor by its first rows."""
    some = state[where]
    window.settle_scale(some["window"])
    for view in VIEWS:
        view.prime(some["views"][view.NAME], some["window"]["ring"])
    spike.prime(some["spike"], some["views"][seasonal.NAME])
    state[where] = some


def _get_used_to(state: States, block: Block, settings: Settings) -> None:
    """Ask for a little more after each alert, and take what lasts for the new normal."""
    level.get_used_to(state["level"], block, state["habits"]["ended"])
    habits.get_used_to(state["habits"], block, settings)
    episode = state["episodes"]
    lasting = episode["open"][:, Kind.ABNORMAL] & (episode["rows"][:, Kind.ABNORMAL] >= LASTING)
    if lasting.any():
        _take_for_normal(state, block, lasting)


def _take_for_normal(state: States, block: Block, where: Mask) -> None:
    window.rebase(state["window"], block, where)
    for view in VIEWS:
        view.rebase(state["views"][view.NAME], block, where)
    level.rebase(state["level"], where)
    drift.rebase(state["drift"], where)
    for kind in (Kind.BEHAVIOUR, Kind.ABNORMAL):
        state["episodes"]["rows"][where, kind] = 0
        state["episodes"]["peak"][where, kind] = 0


def pack(states: States) -> list[bytes]:
    """Return each record's bytes: plain numbers, little-endian, in the order of STATE."""
    size = STATE.itemsize
    data = np.ascontiguousarray(states).tobytes()
    return [data[start : start + size] for start in range(0, len(data), size)]


def unpack(blobs: list[bytes]) -> States:
    """Return the records again, writable.

    Raises:
        ValueError: a blob has another length than STATE.
    """
    if any(len(blob) != STATE.itemsize for blob in blobs):
        raise ValueError(f"a sensor's state has {STATE.itemsize} bytes")
    return np.frombuffer(bytearray(b"".join(blobs)), STATE)


def band(states: States, time: Floats, sigmas: float = 3.0) -> tuple[Floats, Floats]:
    """Return the normal band (low, high) of each record at its moment, in the sensor's unit."""
    season = states["views"][seasonal.NAME]
    mean, spread = seasonal.normal(season, np.arange(len(states)), time)
    scale, origin = states["window"]["scale"], states["window"]["origin"]
    half = sigmas * seasonal.SIGMA * spread
    return origin + (mean - half) * scale, origin + (mean + half) * scale
