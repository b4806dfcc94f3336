"""Whether a machine fails within a day: from telemetry, errors, replaced components and its age and model.

The mean of three: extremely randomised trees (P. Geurts, D. Ernst and L. Wehenkel, Machine Learning 63, 2006)
on typed signs, and such trees and a histogram gradient boosting on the type-free ones only, these two
monotone where more of a sign cannot make a machine safer. The first knows the failures of the past, the
others also tell of kinds that nobody has seen yet (`mlops.predictors.signs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops.predictors import explaining, trees
from mlops.predictors.answers import NOT_ENOUGH_DATA, SENSOR_BAD, Answer, NotEnoughData, refuse
from mlops.predictors.machines import DAY, Bools, Fleet, Floats, Machine
from mlops.predictors.naming import Naming, bounds_of, read
from mlops.predictors.signs import FREE, Level
from mlops.predictors.trees import Trees

NAME = "signs-ensemble"
VERSION = "1"
PURPOSE = "failure"
UNIT = "probability"
HORIZON = 24  # hours

FEWEST_FAILURES = 5
FEWEST_MACHINES = 2
FEWEST_HOURS = 14 * DAY  # of all machines together
MOST_HEALTHY = 40_000  # hours without a failure to learn from; more are thinned out
MOST_MISSING = 0.5  # of a sensor's last day
ONLY_FREE = 9  # the last free signs: how steady, and what was at the error; the typed trees overfit on them
MEMBERS = ("typed", "free", "boosting")


@dataclass(frozen=True)
class SignsEnsemble:
    naming: Naming
    level: Level
    bounds: Floats  # (features, 2): lowest and highest of the training hours
    usual: Floats  # some hours without a failure to come (8, features)
    members: tuple[Trees, Trees, Trees]

    def predict(self, machine: Machine) -> Floats:
        """Return for each hour (T,) the probability of a failure in the 24 hours after it."""
        return self._probability(self._values(machine))

    def estimate(self, machine: Machine) -> Answer:
        """Answer for the machine's last hour, with what each sensor and kind of error contributes."""
        if len(machine.telemetry) < DAY:
            missing = DAY - len(machine.telemetry)
            return refuse(UNIT, NOT_ENOUGH_DATA, f"{missing} more hours of readings are needed.")
        known = np.isfinite(machine.telemetry)
        silent = known.any(axis=0) & (known[-DAY:].mean(axis=0) < 1 - MOST_MISSING)
        if silent.any():
            names = [name for name, bad in zip(self.naming.sensors, silent, strict=True) if bad]
            return refuse(UNIT, SENSOR_BAD, f"No readings for most of the last day: {', '.join(names)}.")
        each = list(self._without_each(machine))
        rows = np.vstack([self._values(one)[-1] for one in (machine, *(other for _, _, other in each))])
        found = self._probability(rows)
        signals, values = [signal for signal, _, _ in each], [value for _, value, _ in each]
        owed = explaining.ordered(signals, values, found[0] - found[1:])
        return Answer(float(found[0]), UNIT, contributions=owed)

    def answer(self, features: Mapping[str, Any], *, explain: bool = False) -> Answer:
        """Answer for one row of signs, as `features` names them (texts by their codes)."""
        row = np.array([float(features[name]) for name in self.naming.features])
        owed = explaining.shares(self._probability, row, self.usual) if explain else None
        because = () if owed is None else explaining.ordered(self.naming.features, row.tolist(), owed)
        return Answer(float(self._probability(row[None])[0]), UNIT, contributions=because)

    def features(self) -> list[dict[str, Any]]:
        """Say what it takes: name, kind and range of each sign."""
        return self.naming.described(self.bounds)

    def _values(self, machine: Machine) -> Floats:
        return self.naming.values(machine, self.level)

    def _probability(self, values: Floats) -> Floats:
        typed, free, boosting = self.members
        alone = values[:, -len(FREE) :]
        answers = (typed.probability(values[:, :-ONLY_FREE]), free.probability(alone))
        return np.asarray((sum(answers) + boosting.probability(alone)) / len(self.members))

    def _without_each(self, machine: Machine) -> Iterator[tuple[str, float, Machine]]:
        """Yield each sensor and kind of error of the last day, its sign, and the machine without it."""
        signs = self.naming.signs(machine, self.level)
        for place, sensor in enumerate(self.naming.sensors):
            deviation = round(float(signs.deviations[-1, place]), 2)
            yield f"{sensor}: deviation, 24 h", deviation, machine.without_sensor(place)
        late = machine.errors.hours > machine.hours[-1] - DAY
        for kind in sorted(set(machine.errors.kinds[late])):
            count = float((machine.errors.kinds[late] == kind).sum())
            yield f"{kind}: count, 24 h", count, machine.without_error(kind)


def train(fleet: Fleet, *, seed: int = 0) -> SignsEnsemble:
    """Learn from the fleet's failures.

    Raises:
        NotEnoughData: it has fewer than 2 machines, 5 failures, or 14 days of telemetry.
    """
    if lack := lack_of(fleet):
        raise NotEnoughData(lack)
    machines = [machine for machine in fleet.machines if machine.heard.any()]
    naming, level, values = read(fleet.sensors, machines)
    failed = np.concatenate([fails_within(machine)[machine.heard] for machine in machines])
    kept = _thinned(failed, seed)
    return SignsEnsemble(
        naming=naming,
        level=level,
        bounds=bounds_of(values),
        usual=explaining.usual_rows(values, failed, seed),
        members=_fit(values[kept], failed[kept], seed),
    )


def features_of(fleet: Fleet) -> list[dict[str, Any]]:
    """Say what a model of this fleet takes: name, kind and range of each sign."""
    naming, _, values = read(fleet.sensors, [one for one in fleet.machines if one.heard.any()])
    return naming.described(bounds_of(values))


def fails_within(machine: Machine) -> Bools:
    """Tell for each hour (T,) whether a failure comes in the 24 hours after it."""
    coming = np.searchsorted(machine.failures.hours, machine.hours, side="right")
    upcoming = np.append(machine.failures.hours, np.inf)[coming]
    return np.asarray(upcoming - machine.hours <= HORIZON)


def lack_of(fleet: Fleet) -> str:
    """Say what a fleet lacks to be learnt from, and how much; nothing where it is enough."""
    labels = [fails_within(machine)[machine.heard] for machine in fleet.machines if machine.heard.any()]
    failures = sum(int(np.sum(np.diff(one.astype(int), prepend=0) == 1)) for one in labels)
    return " ".join(
        f"There are {found} {what}; {needed} are needed."
        for what, found, needed in (
            ("machines with telemetry", len(labels), FEWEST_MACHINES),
            ("hours of telemetry", sum(len(one) for one in labels), FEWEST_HOURS),
            ("failures with telemetry before them", failures, FEWEST_FAILURES),
        )
        if found < needed
    )


def _thinned(failed: Bools, seed: int) -> Any:
    """Keep all hours before failures, and at most so many of the others."""
    healthy = np.flatnonzero(~failed)
    if len(healthy) > MOST_HEALTHY:
        healthy = np.random.default_rng(seed).choice(healthy, MOST_HEALTHY, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(failed), healthy]))


def _fit(values: Floats, failed: Bools, seed: int) -> tuple[Trees, Trees, Trees]:
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    free, only = values[:, -len(FREE) :], np.array(list(FREE.values()))
    forest = {"min_samples_leaf": 10, "max_features": 0.6, "random_state": seed}
    typed = ExtraTreesClassifier(150, **forest).fit(values[:, :-ONLY_FREE], failed)
    monotone = ExtraTreesClassifier(150, monotonic_cst=only, **forest).fit(free, failed)
    boosting = HistGradientBoostingClassifier(
        max_iter=80,
        learning_rate=0.05,
        max_leaf_nodes=6,
        l2_regularization=10.0,
        max_features=0.5,
        monotonic_cst=only,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):  # so few rows cost more to share out than to work on
        boosting.fit(free, failed)
    return trees.of_forest(typed), trees.of_forest(monotone), trees.of_boosting(boosting)


def to_parts(model: SignsEnsemble) -> dict[str, Any]:
    naming = {
        name: list(getattr(model.naming, name)) for name in ("sensors", "kinds", "components", "numbers")
    }
    parts: dict[str, Any] = {
        "naming": {**naming, "texts": model.naming.texts},
        "mean": model.level.mean,
        "spread": model.level.spread,
        "bounds": model.bounds,
        "usual": model.usual,
    }
    for name, member in zip(MEMBERS, model.members, strict=True):
        parts |= trees.to_parts(name, member)
    return parts


def from_parts(parts: Mapping[str, Any]) -> SignsEnsemble:
    naming = {name: tuple(value) for name, value in parts["naming"].items() if name != "texts"}
    typed, free, boosting = (trees.from_parts(name, parts) for name in MEMBERS)
    return SignsEnsemble(
        naming=Naming(**naming, texts=parts["naming"]["texts"]),
        level=Level(parts["mean"], parts["spread"]),
        bounds=parts["bounds"],
        usual=parts["usual"],
        members=(typed, free, boosting),
    )
