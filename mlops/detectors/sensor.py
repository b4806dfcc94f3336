"""One sensor at a time, thousands at once: the views, their joint surprise, and what may be learnt.

The state of a sensor is one record of `STATE`; S sensors are an array of S records. A row is scored before
its block of 16 is learnt, and nothing is learnt while an episode is open (normal is not poisoned), until the
new level has lasted so long that it is the normal.
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
    features,
    lag,
    level,
    seasonal,
    spike,
    spread,
    stuck,
    window,
)
from mlops.detectors.episodes import Change, Course, Kind
from mlops.detectors.settings import CALM, Settings
from mlops.detectors.window import BLOCK, CALIBRATED, WARM, Block, Floats, Ints, Mask, Now, States

VERSION = "sensor-2"
VIEWS: tuple[ModuleType, ...] = (seasonal, spread, entropy, lag)
RULES: tuple[ModuleType, ...] = (spike, level, drift)
EVIDENCE = (*(view.NAME for view in VIEWS), *(rule.NAME for rule in RULES))
NEEDED_STEADY = 400
NEEDED = 1000
WANDERING_STEADY = (0.1, 0.5)
POWER = 3
SUREST = 8.0  # no history knows what happens less often than once in 100 million rows
SUREST_RULE = (10.0, 20.0, 20.0)
HABIT = 0.2
HABIT_MEMORY = 5000
LASTING = 600

STATE = np.dtype(
    [
        ("window", window.STATE),
        ("views", np.dtype([(view.NAME, view.STATE) for view in VIEWS])),
        ("tails", "f4", (len(VIEWS), calibration.BINS)),
        ("bins", "i1", (BLOCK, len(VIEWS))),
        ("spike", spike.STATE),
        ("level", level.STATE),
        ("drift", drift.STATE),
        ("stuck", stuck.STATE),
        ("features", features.STATE),
        ("episodes", episodes.STATE),
        ("habit", "f4"),
        ("opened", "i1"),
        ("ended", "?"),
        ("jumps", "f4"),
        ("clock_jumps", "?"),
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
    learn(state)
    return step


def judge(state: States, value: Floats, time: Floats, limits: Limits, settings: Settings = CALM) -> Step:
    """Score rows by what is known; what they teach is kept until their block is complete."""
    now = window.advance(state["window"], value, time)
    evidence = _measure(state, now, settings)
    repeats = stuck.measure(state["stuck"], now)
    joint = np.mean(evidence[..., : len(VIEWS)] ** POWER, axis=-1) ** (1 / POWER)
    total = np.maximum(joint, evidence[..., len(VIEWS) :].max(axis=-1))
    ready = now.count >= needed(state)[:, None]
    total = np.where(ready & ~repeats.doubt, total, 0.0)
    scores = np.stack([total, _beyond(now, limits), repeats.score * ready], axis=-1)
    course = episodes.advance(state["episodes"], scores, _limits(state, settings), repeats.since, now.time)
    _note(state, now, course, ~ready | ~repeats.doubt)
    return Step(now, total, evidence, scores, course)


def _measure(state: States, now: Now, settings: Settings) -> Floats:
    views = state["views"]
    season = views[seasonal.NAME]
    raw = np.stack([view.measure(views[view.NAME], now) for view in VIEWS], axis=-1)
    positions = calibration.positions(raw)
    state["bins"][now.row, now.place] = positions
    surprise = np.minimum(calibration.surprise(state["tails"], positions), SUREST)
    rules = [rule.measure(state[rule.NAME], season, now) for rule in RULES]
    sure = _threshold(state, settings)[:, None, None] * np.stack(rules, axis=-1)
    return np.concatenate([surprise, np.minimum(sure, SUREST_RULE)], axis=-1)


def _beyond(now: Now, limits: Limits) -> Floats:
    """Return 1 and more beyond a fixed limit, growing with the distance."""
    over = np.maximum(now.value - limits.upper[:, None], limits.lower[:, None] - now.value)
    return np.where(over > 0, 1.0 + np.log1p(np.maximum(over, 0.0)), 0.0)


def _limits(state: States, settings: Settings) -> Floats:
    ones = np.ones(len(state))
    return np.stack([_threshold(state, settings) + state["habit"], ones, ones], axis=1)


def _threshold(state: States, settings: Settings) -> Floats:
    """Ask less of a wandering sensor: its rows depend on each other, so chance has fewer tries."""
    steadiness = seasonal.steadiness(state["views"][seasonal.NAME])
    low, high = WANDERING_STEADY
    share = np.clip((steadiness - low) / (high - low), 0.0, 1.0)
    return settings.wandering + share * (settings.steady - settings.wandering)


def needed(state: States) -> Ints:
    """Return how many rows must be known before a sensor is judged (S,)."""
    return np.where(state["level"]["steady"], NEEDED_STEADY, NEEDED)


def _note(state: States, now: Now, course: Course, believable: Mask) -> None:
    """Remember, until the block is complete, which rows are normal and what began or ended."""
    behaviour = course.changes[..., Kind.BEHAVIOUR]
    state["window"]["normal"][now.row, now.place] = ~course.open[..., Kind.BEHAVIOUR] & believable
    state["opened"] += (behaviour == Change.OPENED).sum(axis=1)
    state["ended"] |= (behaviour == Change.ENDED).any(axis=1)


def learn(state: States) -> None:
    """Learn the block that these sensors, all at the same place of theirs, may have just completed."""
    count = state["window"]["count"]
    if not len(count) or count[0] % BLOCK:
        return
    block = window.block(state["window"])
    warm = count > WARM
    stuck.learn(state["stuck"], block)
    if warm.any():
        _learn(state, block, warm)
        _get_used_to(state, block)
    window.learn(state["window"], block, warm)
    if (count == WARM).any():
        _prime(state, count == WARM)


def _learn(state: States, block: Block, warm: Mask) -> None:
    views = state["views"]
    season = views[seasonal.NAME]
    calibrated = warm & (block.count[:, 0] >= CALIBRATED)
    calibration.learn(state["tails"], state["bins"], block, calibrated)
    features.learn(state["features"], block, window.reference(state["window"]), warm)
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


def _get_used_to(state: States, block: Block) -> None:
    """Ask for a little more after each alert, and take what lasts for the new normal."""
    state["habit"] = state["habit"] * (1 - BLOCK / HABIT_MEMORY) + HABIT * state["opened"]
    level.get_used_to(state["level"], block, state["ended"])
    state["opened"], state["ended"] = 0, False
    episode = state["episodes"]
    lasting = episode["open"][:, Kind.BEHAVIOUR] & (episode["rows"][:, Kind.BEHAVIOUR] >= LASTING)
    if lasting.any():
        _take_for_normal(state, block, lasting)


def _take_for_normal(state: States, block: Block, where: Mask) -> None:
    window.rebase(state["window"], block, where)
    for view in VIEWS:
        view.rebase(state["views"][view.NAME], block, where)
    level.rebase(state["level"], where)
    drift.rebase(state["drift"], where)
    state["episodes"]["rows"][where, Kind.BEHAVIOUR] = 0
    state["episodes"]["peak"][where, Kind.BEHAVIOUR] = 0


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
