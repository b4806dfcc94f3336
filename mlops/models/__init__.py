from __future__ import annotations

from mlops.models.outcomes import Outcome
from mlops.models.registry import Model, ModelTransition, ModelVersion
from mlops.models.states import ModelState
from mlops.models.training import TrainingJob

__all__ = ["Model", "ModelState", "ModelTransition", "ModelVersion", "Outcome", "TrainingJob"]
