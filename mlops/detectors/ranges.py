"""The range that short means of a channel had while all was well, and how far they are from it now.

Centre = middle, unit = half of the range of 20-row means over the first 400 rows without the very first 64;
distance = |mean - centre| / unit. Then the centre follows and the range widens, both from blocks that lie 96
rows back with no alarm since: a slow beginning of a fault is not learnt. Only steady channels are judged (von
Neumann ratio var(diff)/var of 0.5 and more): one that wanders has no such range. What is steady at half
goes, of a steadiness below 1.5, further by itself, so more is asked of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops.detectors.joint_window import Block, Now
from mlops.detectors.window import BLOCK, Floats, Ints, Mask, States

SKIPPED = 4
YOUNG = 21  # blocks, beside those skipped: 400 rows
KEPT = 36
BACK = 6
FOLLOW = 1000
WIDEN = 0.005
WIDENED = 125
STEADY = 0.5
FIRST_ROWS = 400
STEADY_MEMORY = 4000
LIMIT = 2.6
LIMIT_OF_JUMPS = 1.5
JUMPS = (1.0, 1.5)
KEEP = 1.35
UNSTEADY = 0.5
STEADY_ENOUGH = 1.5
AFTER_ALARM = 1.3
LOW, HIGH, MEAN, JUMP, MOVE = range(5)


def layout(channels: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("centre", "f4", (channels,)),
            ("half", "f4", (channels,)),
            ("jump", "f4", (channels,)),
            ("move", "f4", (channels,)),
            ("learnt", "i4", (channels,)),
            ("moments", "f8", (channels, 3)),
            ("rows", "i4", (channels,)),
            ("blocks", "f4", (KEPT, channels, 5)),
            ("complete", "?", (KEPT, channels)),
        ]
    )


@dataclass(frozen=True)
class Reach:
    """How far channels (S, B, C) are: `ratio` in half ranges, `limit` from where on that is an alarm, `keep`
    (S, C) how long it stays one, `quick` of the short mean; `jumps` and, of one that wanders, `speed` are a
    jump and a move in their records."""

    ratio: Floats
    limit: Floats
    keep: Floats
    quick: Floats
    jumps: Floats
    speed: Floats


def measure(state: States, now: Now, slack: Floats) -> Reach:
    """Return how far means are; `slack` (S, C) is by how much they may differ for no reason."""
    steadiness = _steadiness(state)
    ready = state["learnt"] >= YOUNG
    steady = ready & (steadiness >= STEADY) & (state["half"] > 0)
    half = np.where(steady, state["half"] + slack, np.inf)[:, None]
    centre = state["centre"][:, None]
    share = 1.0 + UNSTEADY * np.clip(STEADY_ENOUGH - steadiness, 0.0, 1.0)
    jumps = now.jump / _positive(state["jump"], slack)
    sudden = np.clip((jumps - JUMPS[0]) / (JUMPS[1] - JUMPS[0]), 0.0, 1.0)
    limit = LIMIT * share[:, None]
    wanders = ready & (steadiness < STEADY)
    return Reach(
        np.where(now.there, np.abs(now.mean - centre) / half, 0.0),
        limit + (LIMIT_OF_JUMPS - limit) * sudden,
        KEEP * share,
        np.abs(now.quick - centre) / half,
        np.where(now.there & steady[:, None], jumps, 0.0),
        np.where(now.there & wanders[:, None], now.move / _positive(state["move"], slack), 0.0),
    )


def learn(state: States, block: Block, calm: Mask, quiet: Ints) -> None:
    """Learn a block of assets in `calm` (S,); `quiet` (S,) rows went by since the last alarm."""
    row = np.arange(len(state))
    place = block.number % KEPT
    state["blocks"][row, place] = _describe(block)
    state["complete"][row, place] = block.there
    used = block.there & calm[:, None]
    _learn_steadiness(state, block, used)
    young = used & (state["learnt"] < YOUNG) & (block.number >= SKIPPED)[:, None]
    back = (block.number - BACK) % KEPT
    settled = (state["learnt"] >= YOUNG) & (quiet >= (BACK + 1) * BLOCK)[:, None]
    grown = settled & state["complete"][row, back]
    _begin(state, state["blocks"][row, place], young)
    _follow(state, state["blocks"][row, back], grown)
    state["learnt"] += young | grown


def rebase(state: States, where: Mask) -> None:
    """Take the last 36 blocks for the normal of what left its range in them, for the assets in `where`
    (S,)."""
    known = state["complete"] & where[:, None, None]
    low = np.where(known, state["blocks"][..., LOW], np.inf).min(axis=1)
    high = np.where(known, state["blocks"][..., HIGH], -np.inf).max(axis=1)
    left = np.maximum(high - state["centre"], state["centre"] - low) >= KEEP * state["half"]
    some = known.any(axis=1) & (state["learnt"] >= YOUNG) & left
    with np.errstate(invalid="ignore"):
        middle, half = (low + high) / 2, (high - low) / 2
    state["centre"] = np.where(some, middle, state["centre"])
    state["half"] = np.where(some, np.maximum(state["half"], half) * AFTER_ALARM, state["half"])


def _describe(block: Block) -> Floats:
    """Return what is kept of a block (S, C, 5)."""
    parts = (
        block.mean.min(axis=1),
        block.mean.max(axis=1),
        block.mean.mean(axis=1, dtype="f8"),
        block.jump.max(axis=1),
        block.move.max(axis=1),
    )
    return np.stack(parts, axis=-1)


def _begin(state: States, seen: Floats, where: Mask) -> None:
    """Widen the range to all that young channels show."""
    first = state["learnt"] == 0
    low = np.minimum(np.where(first, np.inf, state["centre"] - state["half"]), seen[..., LOW])
    high = np.maximum(np.where(first, -np.inf, state["centre"] + state["half"]), seen[..., HIGH])
    state["centre"] = np.where(where, (low + high) / 2, state["centre"])
    state["half"] = np.where(where, (high - low) / 2, state["half"])
    for name, part in (("jump", JUMP), ("move", MOVE)):
        state[name] = np.where(where, np.maximum(state[name], seen[..., part]), state[name])


def _follow(state: States, seen: Floats, where: Mask) -> None:
    """Let the centre follow the block of 96 rows ago, and the range widen by what lay beyond it."""
    beyond = np.maximum(seen[..., HIGH] - state["centre"], state["centre"] - seen[..., LOW]) - state["half"]
    widening = where & (state["learnt"] < WIDENED)
    state["half"] += np.where(widening, BLOCK * WIDEN * np.maximum(beyond, 0.0), 0.0)
    state["centre"] += np.where(where, BLOCK / FOLLOW * (seen[..., MEAN] - state["centre"]), 0.0)
    for name, part in (("jump", JUMP), ("move", MOVE)):
        more = np.maximum(seen[..., part] - state[name], 0.0)
        state[name] += np.where(widening, BLOCK * WIDEN * more, 0.0)


def _learn_steadiness(state: States, block: Block, used: Mask) -> None:
    z, step = block.z.astype("f8"), block.z.astype("f8") - block.previous
    step[:, 0] *= (block.number > 0)[:, None]
    seen = np.stack([z.mean(axis=1), (z**2).mean(axis=1), (step**2).mean(axis=1)], axis=-1)
    rows = state["rows"] + BLOCK
    rate = np.where(used, BLOCK / np.where(rows <= FIRST_ROWS, rows, STEADY_MEMORY), 0.0)
    state["moments"] += rate[..., None] * (seen - state["moments"])
    state["rows"] += np.where(used, BLOCK, 0)


def _steadiness(state: States) -> Floats:
    """Return var(diff)/var of each channel (S, C): 2 for noise, near 0 for what wanders or stands still."""
    mean, square, step = (state["moments"][..., part] for part in range(3))
    return step / np.maximum(square - mean**2, 1e-12 * (square + 1e-12))


def _positive(record: Floats, slack: Floats) -> Floats:
    return np.where(record > 0, record + slack, np.inf)[:, None]
