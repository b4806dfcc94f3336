"""What a worker answers to programs that ask a model (see `mlops.asking`)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from mlops.asking import Json, answers
from mlops.models import ModelVersion, TrainingTable
from mlops.services import tables
from smartmaint.accounts.problems import Conflict, Unprocessable


@answers("mlops.predict")
def predict(payload: Json) -> Json:
    """Answer for one row of features, which the asker has checked against what the version takes."""
    model = _load(payload["organization_id"], payload["version_id"])
    if not hasattr(model, "answer"):
        raise Unprocessable("This model answers for machines and sensors, not for rows of features.")
    answer: Json = model.answer(payload["features"], explain=payload["explain"]).as_json()
    return answer


def _load(organization_id: int, version_id: int) -> Any:
    from mlops import serving  # numpy: only in a worker that answers
    from mlops.artifacts import ArtifactRefused

    versions = ModelVersion.objects.select_related("model").filter(model__organization=organization_id)
    try:
        return serving.load(versions.get(pk=version_id))
    except ModelVersion.DoesNotExist:
        raise Conflict("The version is gone; ask again.") from None
    except ArtifactRefused as error:
        raise Conflict(f"The version is out of use: {error}") from error


@answers("mlops.describe_table")
def describe_table(payload: Json) -> Json:
    return {"rows": tables.describe_table(table=_table(payload)).rows}


@answers("mlops.check_table")
def check_table(payload: Json) -> Json:
    """Answer with the warnings by column."""
    asked = {"target": payload["target"], "without": payload["without"]}
    return {"warnings": tables.check_table(table=_table(payload), **asked)}


def _table(payload: Json) -> TrainingTable:
    rows = TrainingTable.objects.filter(organization=payload["organization_id"])
    return get_object_or_404(rows, pk=payload["table_id"])
