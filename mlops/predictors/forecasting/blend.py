"""The weighted mean of three that err differently: ridge, curves and analogs (Bates and Granger 1969).

Weights that follow recent errors did not beat fixed ones, so they are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops.predictors.forecasting import analogs, curves, ridge
from mlops.predictors.forecasting import history as histories
from mlops.predictors.forecasting.history import Array, History

NAME, VERSION, PURPOSE = "blend", 1, histories.PURPOSE
MEMBERS: dict[str, Any] = {"ridge": ridge, "curves": curves, "analogs": analogs}
WEIGHTS = {"ridge": 0.3, "curves": 0.5, "analogs": 0.2}


@dataclass(frozen=True)
class Blend:
    ridge: ridge.Ridge
    curves: curves.Curves
    analogs: analogs.Analogs

    @property
    def memory(self) -> int:
        return max(getattr(self, name).memory for name in MEMBERS)

    def predict(self, past: Array) -> Array:
        """Return the next rows (horizon, series) after the newest of `past` (rows, series)."""
        said = [WEIGHTS[name] * getattr(self, name).predict(past) for name in MEMBERS]
        return np.asarray(sum(said))


def train(dataset: History, *, seed: int = 0) -> Blend:
    """Train each member.

    Raises:
        TooShort: there is too little history for one of them.
    """
    return Blend(**{name: member.train(dataset, seed=seed) for name, member in MEMBERS.items()})


def to_parts(model: Blend) -> dict[str, Any]:
    """Name each part by its member, as ridge.maps."""
    return {
        f"{name}.{key}": part
        for name, member in MEMBERS.items()
        for key, part in member.to_parts(getattr(model, name)).items()
    }


def from_parts(parts: Mapping[str, Any]) -> Blend:
    own: dict[str, dict[str, Any]] = {name: {} for name in MEMBERS}
    for key, part in parts.items():
        name, _, rest = key.partition(".")
        own[name][rest] = part
    return Blend(**{name: member.from_parts(own[name]) for name, member in MEMBERS.items()})
