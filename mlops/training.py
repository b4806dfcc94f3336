"""One training from its data to its verdict, in a process of its own. Each step is told in the job's row."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from django.db import transaction

from mlops import datasets, serving
from mlops.artifacts import pack
from mlops.comparing import Comparison, compare
from mlops.datasets import Dataset, NotEnough
from mlops.models import ModelVersion, TrainingJob
from mlops.predictors import ALGORITHMS, algorithm
from mlops.predictors.answers import NotEnoughData
from mlops.services import Draft, finish_training, promote_version, register_version

if TYPE_CHECKING:
    from mlops.datasets import Losses

logger = logging.getLogger(__name__)

SEED = 0
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas", "prophet", "skops")
TRAINING = "training"  # who promotes

State = TrainingJob.State
Say = Callable[[str], None]


class NothingTrains(LookupError):
    """No algorithm is there for the purpose."""


@dataclass(frozen=True)
class Candidate:
    """What one algorithm has learnt, and how wrong it is on each held-out case."""

    module: Any
    model: Any
    losses: Losses

    @property
    def algorithm(self) -> str:
        return f"{self.module.NAME}/{self.module.VERSION}"


def train(job: TrainingJob, say: Say, now: Callable[[], datetime]) -> TrainingJob:
    """Build the data, train, compare on what was held out, register, and promote what is better.

    Raises whatever breaks: the caller ends the job as failed.
    """
    say("gathers data")
    dataset = datasets.build(
        organization_id=job.organization_id, purpose=job.purpose, scope=job.scope, at=now()
    )
    if isinstance(dataset, NotEnough):
        return finish_training(job=job, state=State.NOT_ENOUGH, outcome=dataset.reason, at=now())
    try:
        best = _best(job.purpose, dataset, say)
    except NotEnoughData as refusal:
        return finish_training(job=job, state=State.NOT_ENOUGH, outcome=str(refusal), at=now())
    say("compares with what serves")
    rival, comparison = _compare(job, best, dataset)
    say("registers")
    version = _register(job, best, dataset, comparison, now())
    return _conclude(job, version, rival, comparison, now())


def _algorithms(purpose: str, dataset: Dataset) -> list[str]:
    names = list(dataset.algorithms) or [name for name in ALGORITHMS if purpose == algorithm(name).PURPOSE]
    if not names:
        raise NothingTrains(f"No algorithm is there for {purpose!r}.")
    return names


def _learn(name: str, dataset: Dataset, say: Say) -> Candidate:
    module = algorithm(name)
    say(f"trains {name}")
    model = module.train(dataset.learn, seed=SEED)
    say(f"tries {name} on what was held out")
    return Candidate(module, model, dataset.judge(model, dataset.held_out))


def _best(purpose: str, dataset: Dataset, say: Say) -> Candidate:
    """Return what is least wrong; an algorithm that the data are too few for is passed over.

    Raises:
        NotEnoughData: they are too few for each.
    """
    candidates, refusals = [], []
    for name in _algorithms(purpose, dataset):
        try:
            candidates.append(_learn(name, dataset, say))
        except NotEnoughData as refusal:
            refusals.append(refusal)
    if not candidates:
        raise refusals[0]
    return min(candidates, key=lambda candidate: float(candidate.losses.mean()))


def _compare(
    job: TrainingJob, best: Candidate, dataset: Dataset
) -> tuple[ModelVersion | None, Comparison | None]:
    """Compare with the champion on the same cases; where there is none, with who has no model at all."""
    serves = serving.serve(job.organization_id, job.purpose, job.scope)
    if serves:
        losses = dataset.judge(serves.model, dataset.held_out)
        rival = f"version {serves.version.number}"
        return serves.version, compare(best.losses, losses, groups=dataset.groups, rival=rival)
    if dataset.naive is not None:
        return None, compare(best.losses, dataset.naive, groups=dataset.groups, rival=dataset.naive_name)
    return None, None


def _register(
    job: TrainingJob, best: Candidate, dataset: Dataset, comparison: Comparison | None, at: datetime
) -> ModelVersion:
    figures = dataset.describe(best.model, dataset.held_out) if dataset.describe else {}
    metrics = {"loss": float(best.losses.mean()), "measure": dataset.measure, **figures}
    draft = Draft(
        algorithm=best.algorithm,
        artifact=pack(best.module.to_parts(best.model)),
        settings=dict(dataset.settings),
        features=list(dataset.features),
        signature=signature_of(dataset),
        metrics=metrics | ({"comparison": comparison.as_json()} if comparison else {}),
        libraries=versions(),
        tags=dict(dataset.tags),
        seed=SEED,
        rows=dataset.rows,
        data_from=dataset.data_from,
        data_until=dataset.data_until,
    )
    return register_version(
        organization_id=job.organization_id,
        purpose=job.purpose,
        scope=job.scope,
        draft=draft,
        at=at,
        by=job.actor,
        reason=f"trained ({job.get_cause_display()})",
    )


def signature_of(dataset: Dataset) -> dict[str, Any]:
    """Return inputs and outputs by name and type, as MLflow writes them."""
    kinds = {"number": "double", "text": "string"}
    return {
        side: [
            {"name": each["name"], "type": kinds.get(each.get("kind", "number"), "double")} for each in part
        ]
        for side, part in (("inputs", dataset.features), ("outputs", dataset.outputs))
    }


def versions() -> dict[str, str]:
    """Return what a training depends on, by name."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@transaction.atomic
def _conclude(
    job: TrainingJob,
    version: ModelVersion,
    rival: ModelVersion | None,
    comparison: Comparison | None,
    at: datetime,
) -> TrainingJob:
    first = "The first model of its kind; nothing to compare it with."
    sentence = comparison.sentence if comparison else first
    better = comparison is None or comparison.better
    if better:
        version = promote_version(version=version, at=at, by=TRAINING, reason=sentence)
    serves = f"version {rival.number} stays" if rival else "nothing serves yet"
    outcome = sentence if better else f"{sentence} Version {version.number} is kept, {serves}."
    return finish_training(
        job=job,
        state=State.PROMOTED if better else State.KEPT,
        outcome=outcome,
        at=at,
        version=version,
        comparison=comparison.as_json() if comparison else {},
    )
