"""Relative entropy: how the last 60 readings are spread over 12 classes, against the long run.

Kullback-Leibler divergence of the two histograms; classes of (x - mean)/sd from -3 to 3, forgetting 4000.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import BLOCK, RECENT, Block, Floats, Mask, Now, States

NAME = "pattern"
CLASSES = 12
SLOW = 4000

STATE = np.dtype(
    [
        ("mean", "f4"),
        ("variance", "f4"),
        ("learnt", "f4"),
        ("classes", "i1", (RECENT,)),
        ("recent", "f4", (CLASSES,)),
        ("long", "f4", (CLASSES,)),
    ]
)


def measure(state: States, now: Now) -> Floats:
    deviation = np.sqrt(state["variance"] + 1e-9)[:, None]
    new = np.clip(((now.z - state["mean"][:, None]) / deviation + 3) * 2, 0, CLASSES - 1).astype("i1")
    at = now.count % RECENT
    old = np.where(now.count >= RECENT, state["classes"][now.row, at], -1)
    state["classes"][now.row, at] = new
    every = np.arange(CLASSES)
    change = (new[..., None] == every) * 1.0 - (old[..., None] == every)
    counts = state["recent"][:, None, :] + np.cumsum(change, axis=1)
    state["recent"] = counts[:, -1]
    recent = counts / np.minimum(now.count + 1, RECENT)[..., None]
    usual = (state["long"] + 0.01) / (state["long"].sum(axis=1, keepdims=True) + 0.01 * CLASSES)
    surplus = recent * np.log(np.maximum(recent, 1e-9) / usual[:, None, :])
    return np.maximum(surplus.sum(axis=-1), 0.0)


def prime(state: States, ring: Floats) -> None:
    """Know a first location and variance from the first rows (S, WARM), and start the histograms anew."""
    state["mean"] = ring.mean(axis=1)
    state["variance"] = ring.var(axis=1)
    state["learnt"] = BLOCK


def learn(state: States, block: Block, where: Mask) -> None:
    rate = where * block.share(state["learnt"], SLOW)
    before = block.z - state["mean"][:, None]
    state["mean"] += rate * block.mean(before)
    after = block.z - state["mean"][:, None]
    state["variance"] += rate * (block.mean(before * after) - state["variance"])
    classes = state["classes"][block.row, block.count % RECENT]
    counts = ((classes[..., None] == np.arange(CLASSES)) & block.where[..., None]).sum(axis=1)
    new = counts / np.maximum(block.normal, 1)[:, None]
    state["long"] += rate[:, None] * (new - state["long"])
    state["learnt"] += where * block.normal


def rebase(state: States, block: Block, where: Mask) -> None:
    recent = state["recent"] / RECENT
    state["long"] = np.where(where[:, None], (state["long"] + recent) / 2, state["long"])
