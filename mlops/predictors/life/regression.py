"""From the signs to the remaining life: two support vector regressions and small networks, as plain arrays.

Support vectors with a Gaussian kernel (A. Smola and B. Schölkopf 2004), a smooth and a finer one, and
networks of two hidden layers; their mean is better than each.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops.predictors.life.fleets import Floats

FINENESS = (0.35, 0.7)  # of the kernels, over the summed importance of the signs
PENALTY = 1.5
TOLERANCE = 0.02  # of the horizon
LAYERS = (32, 16)
NETWORKS = 1
STRETCH = 2.0  # of the networks' inputs
CHUNK = 2000  # rows at once


@dataclass(frozen=True)
class Kernel:
    """A support vector regression: vectors (N, F), their factors (N,)."""

    vectors: Floats
    factors: Floats
    offset: float
    fineness: float

    def predict(self, inputs: Floats) -> Floats:
        parts = [inputs[start : start + CHUNK] for start in range(0, len(inputs), CHUNK)]
        return np.concatenate([self._near(part) @ self.factors for part in parts]) + self.offset

    def _near(self, inputs: Floats) -> Floats:
        squares = np.sum(inputs**2, axis=1)[:, None] + np.sum(self.vectors**2, axis=1)
        distances = squares - 2 * inputs @ self.vectors.T
        return np.exp(-self.fineness * np.maximum(distances, 0.0))


@dataclass(frozen=True)
class Network:
    """Layers of (weights, offsets), tanh between them."""

    layers: tuple[tuple[Floats, Floats], ...]

    def predict(self, inputs: Floats) -> Floats:
        found = STRETCH * inputs
        for place, (weights, offsets) in enumerate(self.layers):
            found = found @ weights + offsets
            found = np.tanh(found) if place < len(self.layers) - 1 else found
        return found[:, 0]


@dataclass(frozen=True)
class Regression:
    """The mean of its members; inputs are set off by `middle` and stretched by `scale` first (F,)."""

    middle: Floats
    scale: Floats
    kernels: tuple[Kernel, ...]
    networks: tuple[Network, ...]

    def predict(self, signs: Floats) -> Floats:
        """Return the answer for each row (N,) of signs (N, F)."""
        inputs = (signs - self.middle) * self.scale
        smooth = np.mean([one.predict(inputs) for one in self.kernels], axis=0)
        trained = np.mean([one.predict(inputs) for one in self.networks], axis=0)
        return (len(self.kernels) * smooth + trained) / (len(self.kernels) + 1)


def fit(signs: Floats, targets: Floats, importance: Floats, *, seed: int) -> Regression:
    """Learn targets (N,), which should lie within 0 and 1, from signs (N, F)."""
    from threadpoolctl import threadpool_limits

    middle, spread = signs.mean(axis=0), signs.std(axis=0)
    scale = importance / np.where(spread > 0, spread, 1.0)
    inputs = (signs - middle) * scale
    total = float(np.sum(importance**2))
    with threadpool_limits(1):  # the matrices are small: threads only wait for one another
        kernels = tuple(_kernel(inputs, targets, fineness / total) for fineness in FINENESS)
        networks = tuple(_network(inputs, targets, seed + number) for number in range(NETWORKS))
    return Regression(middle, scale, kernels, networks)


def _kernel(inputs: Floats, targets: Floats, fineness: float) -> Kernel:
    from sklearn.svm import SVR

    found = SVR(C=PENALTY, epsilon=TOLERANCE, gamma=fineness, cache_size=400).fit(inputs, targets)
    return Kernel(found.support_vectors_, found.dual_coef_[0], float(found.intercept_[0]), fineness)


def _network(inputs: Floats, targets: Floats, seed: int) -> Network:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    network = MLPRegressor(
        hidden_layer_sizes=LAYERS,
        activation="tanh",
        alpha=0.1,
        learning_rate_init=3e-3,
        max_iter=60,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is stopped early on purpose
        network.fit(STRETCH * inputs, targets)
    return Network(tuple(zip(network.coefs_, network.intercepts_, strict=True)))


def to_parts(model: Regression) -> dict[str, Any]:
    parts: dict[str, Any] = {"middle": model.middle, "scale": model.scale}
    parts["sizes"] = [len(model.kernels), len(model.networks), len(model.networks[0].layers)]
    for place, kernel in enumerate(model.kernels):
        parts[f"kernel{place}.vectors"] = kernel.vectors
        parts[f"kernel{place}.factors"] = kernel.factors
        parts[f"kernel{place}.numbers"] = [kernel.offset, kernel.fineness]
    for place, network in enumerate(model.networks):
        for layer, (weights, offsets) in enumerate(network.layers):
            parts[f"network{place}.weights{layer}"] = weights
            parts[f"network{place}.offsets{layer}"] = offsets
    return parts


def from_parts(parts: Mapping[str, Any]) -> Regression:
    kernels, networks, layers = parts["sizes"]
    return Regression(
        parts["middle"],
        parts["scale"],
        tuple(
            Kernel(
                parts[f"kernel{place}.vectors"],
                parts[f"kernel{place}.factors"],
                *parts[f"kernel{place}.numbers"],
            )
            for place in range(kernels)
        ),
        tuple(
            Network(
                tuple(
                    (parts[f"network{place}.weights{layer}"], parts[f"network{place}.offsets{layer}"])
                    for layer in range(layers)
                )
            )
            for place in range(networks)
        ),
    )
