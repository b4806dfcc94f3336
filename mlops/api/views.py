"""Asking models from outside. A worker answers, so that this process never loads a model's libraries."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from mlops.api.serializers import AUTO, PredictAnswer, PredictRequest
from mlops.asking import ask
from mlops.inputs import faults_of
from mlops.models import Model, ModelVersion
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.accounts.scopes import ML_PREDICT

PATIENCE = 10.0  # seconds: a worker that loads a model for the first time takes some


@extend_schema(operation_id="predict", request=PredictRequest, responses=PredictAnswer, tags=["ml"])
@endpoint(POST=ML_PREDICT)
def predict(request: Request) -> Response:
    """Ask a model what it says of these inputs.

    A missing or unknown input, or one of the wrong type, answers 422 and is named; inputs far outside of what
    the model has seen are answered by a refusal, `outside_experience`, not by a number.
    """
    body = PredictRequest(data=request.data)
    body.is_valid(raise_exception=True)
    asked: dict[str, Any] = body.validated_data
    version = _version(request, asked["model_name"], asked["model_version"])
    _check(version, asked["features"])
    question = {
        "version_id": version.pk,
        "organization_id": version.model.organization_id,
        "features": asked["features"],
        "explain": asked["explain"],
    }
    return Response(
        {
            "model_name": version.model.name,
            "model_version": version.number,
            "purpose": version.model.purpose,
            **ask("mlops.predict", question, timeout=PATIENCE),
        }
    )


def _version(request: Request, name: str, number: str) -> ModelVersion:
    models = Model.objects.filter(organization=caller_of(request).organization)
    model = get_object_or_404(models, name=name)
    versions = ModelVersion.objects.filter(model=model).select_related("model")
    if number != AUTO:
        return get_object_or_404(versions, number=int(number))
    champion = versions.champions().first()
    if champion is None:
        raise Conflict(f"No version of {name} serves; name one by its number.")
    return champion


def _check(version: ModelVersion, features: dict[str, Any]) -> None:
    if not version.features:
        raise Unprocessable({"model_name": "This model names no features that it could be asked by."})
    faults = faults_of(version.features, features)
    if faults:
        raise Unprocessable(
            {"features": {fault.name: ErrorDetail(fault.detail, fault.code) for fault in faults}}
        )
