"""Relative entropy: how the last 60 readings are spread over 12 classes, against the long run.

Kullback-Leibler divergence of the two histograms; classes of (x - mean)/sd from -3 to 3, forgetting 4000.
"""

from __future__ import annotations

import numpy as np

from mlops.detectors.window import RECENT, Floats, Mask, Now, States

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
    scaled = (now.z - state["mean"]) / np.sqrt(state["variance"] + 1e-9)
    new = np.clip((scaled + 3) * 2, 0, CLASSES - 1).astype("i1")
    at = now.count % RECENT
    old = state["classes"][now.row, at]
    full = now.count >= RECENT
    state["recent"][now.row, old] -= full
    state["recent"][now.row, new] += 1
    state["classes"][now.row, at] = new
    recent = state["recent"] / state["recent"].sum(axis=1, keepdims=True)
    usual = (state["long"] + 0.01) / (state["long"].sum(axis=1, keepdims=True) + 0.01 * CLASSES)
    return np.maximum((recent * np.log(np.maximum(recent, 1e-9) / usual)).sum(axis=1), 0.0)


def learn(state: States, now: Now, where: Mask) -> None:
    rate = where * np.maximum(1.0 / (state["learnt"] + 1.0), 1.0 / SLOW)
    error = now.z - state["mean"]
    state["mean"] += rate * error
    state["variance"] += rate * (error**2 - state["variance"])
    state["long"] *= (1.0 - rate)[:, None]
    state["long"][now.row, state["classes"][now.row, now.count % RECENT]] += rate
    state["learnt"] += where


def rebase(state: States, now: Now, where: Mask) -> None:
    recent = state["recent"] / RECENT
    state["long"] = np.where(where[:, None], (state["long"] + recent) / 2, state["long"])
