"""A small algorithm for tests of a model's life: a straight line through points, by least squares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from mlops.datasets import Dataset

NAME, VERSION, PURPOSE = "line", 1, "forecast"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCOPE = "sensor:7"


@dataclass(frozen=True)
class Line:
    slope: float
    start: float

    def predict(self, x: Any) -> Any:
        return self.start + self.slope * np.asarray(x)


def train(dataset: Any, *, seed: int = 0) -> Line:
    slope, start = np.polyfit(*dataset, 1)
    return Line(float(slope), float(start))


def to_parts(model: Line) -> dict[str, Any]:
    return {"line": np.array([model.slope, model.start]), "about": {"kind": "line"}}


def from_parts(parts: dict[str, Any]) -> Line:
    return Line(*map(float, parts["line"]))


def points(slope: float, *, noise: float = 0.1, seed: int = 1) -> Dataset:
    """A dataset of 200 points to learn from and 100 later ones, in 20 groups, to be judged on."""
    rng = np.random.default_rng(seed)
    x = np.arange(300.0)
    y = slope * x + rng.normal(0, noise, 300)
    return Dataset(
        learn=(x[:200], y[:200]),
        held_out=(x[200:], y[200:]),
        judge=lambda model, held: np.abs(model.predict(held[0]) - held[1]),
        measure="absolute error",
        groups=np.repeat(np.arange(20), 5).tolist(),
        naive=np.abs(y[200:] - y[:200].mean()),
        naive_name="the mean",
        describe=lambda model, held: {"back_test": _back_test(model, held)},
        rows=200,
        data_from=datetime(2026, 1, 1, tzinfo=UTC),
        data_until=datetime(2026, 2, 1, tzinfo=UTC),
        features=[{"name": "x", "kind": "number", "unit": "h", "low": 0.0, "high": 199.0}],
        outputs=[{"name": "y", "kind": "number"}],
        tags={"domain": "forecast"},
    )


def _back_test(model: Line, held: Any) -> dict[str, list[float]]:
    predicted = model.predict(held[0])
    return {
        "at": held[0].tolist(),
        "actual": held[1].tolist(),
        "predicted": predicted.tolist(),
        "low": (predicted - 0.3).tolist(),
        "high": (predicted + 0.3).tolist(),
    }
