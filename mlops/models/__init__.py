from __future__ import annotations

from mlops.models.choices import ModelChoice
from mlops.models.drift import DriftCheck, DriftFinding
from mlops.models.outcomes import Outcome
from mlops.models.registry import Model, ModelTransition, ModelVersion
from mlops.models.states import ModelState
from mlops.models.tables import TrainingTable
from mlops.models.training import TrainingJob

__all__ = [
    "DriftCheck",
    "DriftFinding",
    "Model",
    "ModelChoice",
    "ModelState",
    "ModelTransition",
    "ModelVersion",
    "Outcome",
    "TrainingJob",
    "TrainingTable",
]
