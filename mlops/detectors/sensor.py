"""One sensor at a time, thousands at once: the views, their joint surprise, and what may be learnt.

The state of a sensor is one record of `STATE`; S sensors are an array of S records. A row is scored before
it is learnt, and nothing is learnt while an episode is open (normal is not poisoned), until the new level
has lasted so long that it is the normal.
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
from mlops.detectors.episodes import Change, Kind
from mlops.detectors.window import Floats, Ints, Mask, Now, States

VERSION = "sensor-1"
VIEWS: tuple[ModuleType, ...] = (seasonal, spread, entropy, lag)
EVIDENCE = (*(view.NAME for view in VIEWS), spike.NAME, level.NAME, drift.NAME)
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
        ("spike", spike.STATE),
        ("level", level.STATE),
        ("drift", drift.STATE),
        ("stuck", stuck.STATE),
        ("features", features.STATE),
        ("episodes", episodes.STATE),
        ("habit", "f4"),
        ("jumps", "f4"),
        ("clock_jumps", "?"),
    ]
)


@dataclass(frozen=True)
class Settings:
    """How surprising is worth an alert, in powers of ten."""

    steady: float = 2.5
    wandering: float = 1.95


CALM = Settings()
SENSITIVE = Settings(steady=1.5, wandering=1.5)


@dataclass(frozen=True)
class Limits:
    """The fixed limits of S sensors in their units; infinite where there is none."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Step:
    """One row of S sensors: surprise (S,), its parts (S, EVIDENCE), scores and changes (S, KINDS)."""

    now: Now
    surprise: Floats
    evidence: Floats
    scores: Floats
    changes: Ints


def fresh(sensors: int) -> States:
    return np.zeros(sensors, STATE)


def advance(state: States, value: Floats, time: Floats, limits: Limits, settings: Settings = CALM) -> Step:
    """Score one finite row of each of S sensors, then learn from it. `time` in seconds since 1970."""
    now = window.advance(state["window"], value, time)
    evidence, positions = _measure(state, now, settings)
    repeats, doubt = stuck.measure(state["stuck"], now)
    surprise = evidence[:, : len(VIEWS)]
    joint = np.mean(surprise**POWER, axis=1) ** (1 / POWER)
    total = np.maximum(joint, evidence[:, len(VIEWS) :].max(axis=1))
    ready = now.count >= needed(state)
    total = np.where(ready & ~doubt, total, 0.0)
    scores = np.stack([total, _beyond(now, limits), repeats * ready], axis=1)
    changes = episodes.advance(state["episodes"], scores, _limits(state, settings), now)
    stuck_now = changes[:, Kind.STUCK] == Change.OPENED
    state["episodes"]["started"][stuck_now, Kind.STUCK] = state["stuck"]["since"][stuck_now]
    _get_used_to(state, now, changes)
    _learn(state, now, positions, doubt)
    return Step(now, total, evidence, scores, changes)


def _measure(state: States, now: Now, settings: Settings) -> tuple[Floats, Floats]:
    views = state["views"]
    raw = np.stack([view.measure(views[view.NAME], now) for view in VIEWS], axis=1)
    positions = calibration.positions(raw)
    single = spike.measure(state["spike"], views[seasonal.NAME], now)
    mean = level.measure(state["level"], now)
    slow = drift.measure(state["drift"], views[seasonal.NAME], now)
    sure = _threshold(state, settings)[:, None] * np.stack([single, mean, slow], axis=1)
    surprise = np.minimum(calibration.surprise(state["tails"], positions), SUREST)
    return np.concatenate([surprise, np.minimum(sure, SUREST_RULE)], axis=1), positions


def _beyond(now: Now, limits: Limits) -> Floats:
    """Return 1 and more beyond a fixed limit, growing with the distance in units of the sensor's spread."""
    over = np.maximum(now.value - limits.upper, limits.lower - now.value)
    return np.where(over > 0, 1.0 + np.log1p(np.maximum(over, 0.0)), 0.0)


def _limits(state: States, settings: Settings) -> Floats:
    ones = np.ones(len(state))
    return np.stack([_threshold(state, settings) + state["habit"], ones, ones], axis=1)


def _threshold(state: States, settings: Settings) -> Floats:
    """Ask less of a wandering sensor: its rows depend on each other, so chance has fewer tries."""
    steadiness = seasonal.steadiness(state["views"][seasonal.NAME])
    return np.interp(steadiness, WANDERING_STEADY, (settings.wandering, settings.steady))


def needed(state: States) -> Ints:
    """Return how many rows must be known before a sensor is judged (S,)."""
    return np.where(state["level"]["steady"], NEEDED_STEADY, NEEDED)


def _learn(state: States, now: Now, positions: Floats, doubt: Mask) -> None:
    young = now.count < needed(state)
    normal = ~state["episodes"]["open"][:, Kind.BEHAVIOUR] & (young | ~doubt)
    where = normal & (now.count >= window.WARM)
    calibrated = where & (now.count >= window.CALIBRATED)
    stuck.learn(state["stuck"], now, normal)
    calibration.learn(state["tails"], positions, calibrated)
    spike.learn(state["spike"], now, where)
    for view in VIEWS:
        view.learn(state["views"][view.NAME], now, where)
    level.learn(state["level"], now, where)
    drift.learn(state["drift"], now, calibrated)
    features.learn(state["features"], now, where)


def _get_used_to(state: States, now: Now, changes: Ints) -> None:
    """Ask for a little more after each alert, and take what lasts for the new normal."""
    opened = changes[:, Kind.BEHAVIOUR] == Change.OPENED
    state["habit"] = state["habit"] * (1 - 1 / HABIT_MEMORY) + HABIT * opened
    level.get_used_to(state["level"], changes[:, Kind.BEHAVIOUR] == Change.ENDED)
    lasting = state["episodes"]["rows"][:, Kind.BEHAVIOUR] >= LASTING
    if lasting.any():
        for view in VIEWS:
            view.rebase(state["views"][view.NAME], now, lasting)
        level.rebase(state["level"], now, lasting)
        drift.rebase(state["drift"], now, lasting)
        state["episodes"]["rows"][lasting, Kind.BEHAVIOUR] = 0
        state["episodes"]["peak"][lasting, Kind.BEHAVIOUR] = 0


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
