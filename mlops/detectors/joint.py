"""The sensors of one asset together: their joint score, each one's share, and the alarm; many assets at once.

The state of an asset of n sensors is one record of `layout(n)`; S such assets are an array. Rows are on the
asset's clock: one value a sensor, NaN where it has none (silent, stuck, a clock that jumps). A row is scored
before its block of 16 is learnt; nothing is learnt from alarms, until one has lasted 600 rows: what left its
range in it has a new normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mlops.detectors import habits, joint_alarm, joint_window, ranges, relations, resolution
from mlops.detectors.episodes import Change
from mlops.detectors.joint_alarm import Part, Told
from mlops.detectors.joint_window import Now
from mlops.detectors.ranges import Reach
from mlops.detectors.settings import CALM, SENSITIVE, Settings
from mlops.detectors.window import BLOCK, Floats, Mask, States

VERSION = "joint-2"
NEEDED = 400
LASTING = 600
FASTER = 4.0  # times the fastest move of a slow sensor so far
SLOW_KEPT = 0.6
SUREST = 10.0
NAMED = 0.5


@dataclass(frozen=True)
class Step:
    """Rows of S assets of n sensors: `evidence` (S, B, n), 1 where a sensor is at its limit; `slow` the same
    for sensors that wander; `abnormal` (S, B), whether the joint score is an alarm; `scores` (S, B, 2), as
    surprise in powers of ten, by Part; and what is told of them."""

    now: Now
    reach: Reach
    evidence: Floats
    slow: Floats
    abnormal: Mask
    scores: Floats
    told: Told


@lru_cache(maxsize=256)
def layout(sensors: int) -> np.dtype[np.void]:
    """Return the state of one asset with so many sensors."""
    return np.dtype(
        [
            ("window", joint_window.layout(sensors)),
            ("relations", relations.layout(sensors)),
            ("resolution", resolution.layout(sensors)),
            ("ranges", ranges.layout(2 * sensors)),
            ("alarm", joint_alarm.ALARM),
            ("told", joint_alarm.TOLD),
            ("habit", habits.STATE),
        ]
    )


def fresh(assets: int, sensors: int) -> States:
    return np.zeros(assets, layout(sensors))


def advance(state: States, value: Floats, time: Floats, settings: Settings = CALM) -> Step:
    """Score rows (S, B, n) within one block, and learn the block if they complete it. `time` (S, B) in
    seconds since 1970."""
    step = judge(state, value, time, settings)
    learn(state, settings)
    return step


def judge(state: States, value: Floats, time: Floats, settings: Settings = CALM) -> Step:
    """Score rows by what is known; what they teach is kept until their block is complete."""
    now = joint_window.advance(state["window"], state["relations"], value, time)
    slack = resolution.slack(state["resolution"], state["window"]["unit"], state["relations"]["weights"])
    resolution.note(state["resolution"], value)
    reach = ranges.measure(state["ranges"], now, slack)
    abnormal = joint_alarm.judge(state["alarm"], reach)
    evidence = _of_sensors(reach.ratio / reach.limit)
    slow = _of_sensors(reach.speed) / FASTER
    sure = np.stack([evidence.max(axis=-1), slow.max(axis=-1)], axis=-1)
    scores = np.minimum(SENSITIVE.steady * sure, SUREST)
    rows = np.stack([abnormal, sure[..., Part.SLOW] >= SLOW_KEPT], axis=-1)
    limits = settings.steady + state["habit"]["told"]
    told = joint_alarm.tell(state["told"], scores, rows, limits[:, None], time)
    state["habit"]["opened"] += (told.changes == Change.OPENED).sum(axis=(1, 2))
    return Step(now, reach, evidence, slow, abnormal, scores, told)


def learn(state: States, settings: Settings = CALM) -> None:
    """Learn the block that these assets, all at the same place of theirs, may have just completed."""
    count = state["window"]["count"]
    if not len(count) or count[0] % BLOCK:
        return
    block = joint_window.take_block(state["window"])
    alarm, sensors = state["alarm"], state["window"]["origin"].shape[1]
    calm = alarm["quiet"] >= BLOCK
    habits.get_used_to(state["habit"], block, settings)
    ranges.learn(state["ranges"], block, calm, alarm["quiet"])
    resolution.learn(state["resolution"])
    relations.learn(state["relations"], block.z[..., :sensors], calm & block.there[:, :sensors].all(axis=1))
    lasting = alarm["lasting"] >= LASTING
    if lasting.any():
        ranges.rebase(state["ranges"], lasting)
        resolution.get_used_to(state["resolution"], lasting)
        joint_alarm.forget(alarm, lasting)


def shares(evidence: Floats) -> Floats:
    """Return each sensor's part of the joint score, 0 to 1: of those at half of the strongest and more."""
    named = np.where(evidence >= NAMED * evidence.max(axis=-1, keepdims=True), evidence, 0.0)
    total = named.sum(axis=-1, keepdims=True)
    return np.where(total > 0, named / np.where(total > 0, total, 1.0), 0.0)


def usual(state: States) -> tuple[Floats, Floats]:
    """Return the range (S, n) that each sensor's 20-row means have, in its unit."""
    known, window = state["ranges"], state["window"]
    low, high = known["centre"] - known["half"], known["centre"] + known["half"]
    return joint_window.in_sensors_units(window, low), joint_window.in_sensors_units(window, high)


def means(state: States, step: Step, at: tuple[int, int]) -> Floats:
    """Return the sensors' 20-row means (n,) at an asset and row of a step; `state` (1,) is the asset's."""
    return joint_window.in_sensors_units(state["window"], step.now.mean[at][None])[0]


def is_beside(step: Step, at: tuple[int, int]) -> Mask:
    """Tell of each sensor (n,) whether it left the others' course rather than its own range."""
    evidence = step.reach.ratio[at] / step.reach.limit[at]
    sensors = len(evidence) // 2
    return np.asarray(evidence[sensors:] > evidence[:sensors])


def _of_sensors(channels: Floats) -> Floats:
    """Return what is strongest of each sensor: by itself, or beside the others."""
    sensors = channels.shape[-1] // 2
    return np.maximum(channels[..., :sensors], channels[..., sensors:])


def pack(states: States) -> list[bytes]:
    """Return each record's bytes: plain numbers, in the order of its layout."""
    size = states.dtype.itemsize
    data = np.ascontiguousarray(states).tobytes()
    return [data[start : start + size] for start in range(0, len(data), size)]


def unpack(blobs: list[bytes], sensors: int) -> States:
    """Return the records again, writable.

    Raises:
        ValueError: a blob has another length than the layout of so many sensors.
    """
    size = layout(sensors).itemsize
    if any(len(blob) != size for blob in blobs):
        raise ValueError(f"the joint state of {sensors} sensors has {size} bytes")
    return np.frombuffer(bytearray(b"".join(blobs)), layout(sensors))
