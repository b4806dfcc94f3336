"""Models for programs: which there are, which version serves, whether all of it is well."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from mlops.api.model_schemas import HealthSerializer, ModelSerializer, VersionSerializer
from mlops.health import health_of
from mlops.models import Model, ModelVersion
from mlops.standing import Standings
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import ML_PREDICT


def _models(request: Request) -> QuerySet[Model]:
    return Model.objects.filter(organization=caller_of(request).organization)


@extend_schema(
    operation_id="list_models",
    parameters=PAGE_PARAMETERS,
    responses=page_schema("ModelPage", ModelSerializer),
    tags=["ml"],
)
@endpoint(GET=ML_PREDICT)
def model_list(request: Request) -> Response:
    """List models, the newest first, each with the version that serves, its live precision and its drift."""
    serving = Prefetch("versions", ModelVersion.objects.champions(), to_attr="champions")
    rows = _models(request).prefetch_related(serving)
    context = {"standings": Standings(caller_of(request).organization, timezone.now())}
    return paginated(request, rows, lambda row: ModelSerializer(row, context=context).data, ordering="-id")


@extend_schema(
    operation_id="list_model_versions",
    parameters=PAGE_PARAMETERS,
    responses=page_schema("ModelVersionPage", VersionSerializer),
    tags=["ml"],
)
@endpoint(GET=ML_PREDICT)
def version_list(request: Request, name: str) -> Response:
    """List the versions of a model, the newest first."""
    model = get_object_or_404(_models(request), name=name)
    rows = model.versions.select_related("model")
    return paginated(request, rows, lambda row: VersionSerializer(row).data, ordering="-number")


@extend_schema(operation_id="get_latest_model_version", responses=VersionSerializer, tags=["ml"])
@endpoint(GET=ML_PREDICT)
def latest_version(request: Request, name: str) -> Response:
    """Show the version that answers where none is named: the champion. 404 where none serves."""
    model = get_object_or_404(_models(request), name=name)
    champion = model.versions.filter(stage=ModelVersion.Stage.CHAMPION).select_related("model").first()
    if champion is None:
        raise NotFound(f"No version of {name} serves.")
    return Response(VersionSerializer(champion).data)


@extend_schema(operation_id="get_ml_health", responses=HealthSerializer, tags=["ml"])
@endpoint(GET=ML_PREDICT)
def ml_health(request: Request) -> Response:
    """Say whether each model serves a whole file, what trains, and whether MLflow is up to date."""
    found: dict[str, Any] = health_of(caller_of(request).organization)
    return Response(HealthSerializer(found).data)
