"""`ml/replays`: what would other settings have done with the readings that are stored?"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from anomalies.api.replay_schemas import ReplayOut, ReplayRequest
from anomalies.choices import ALGORITHM, ORGANIZATION, PURPOSE, scope_of_asset
from anomalies.detection.wishes import Wish
from anomalies.models import Replay
from anomalies.replaying.running import cancel_replay, repeat_replay, start_replay
from mlops.models import ModelVersion
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.models import Organization
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import DATA_READ, ML_ANOMALY


def _replays(request: Request) -> QuerySet[Replay]:
    return Replay.objects.filter(organization=caller_of(request).organization)


@extend_schema(
    methods=["GET"],
    operation_id="list_replays",
    parameters=PAGE_PARAMETERS,
    responses=page_schema("ReplayPage", ReplayOut),
)
@extend_schema(
    methods=["POST"], operation_id="start_replay", request=ReplayRequest, responses={202: ReplayOut}
)
@extend_schema(tags=["ml"])
@endpoint(GET=DATA_READ, POST=ML_ANOMALY)
def replay_list(request: Request) -> Response:
    """List replays, the newest first, or ask for one: of settings, a version of them, a sensor's limits.

    It runs in the background and pages nobody. 409 while another one of the organization runs; 422 where
    nothing in the scope is judged.
    """
    if request.method == "POST":
        return _start(request)
    rows = _replays(request)
    scopes = rows.order_by().values_list("scope", flat=True).distinct()
    context = {"codes": _codes(caller_of(request).organization, scopes), "at": timezone.now()}
    return paginated(request, rows, lambda row: ReplayOut(row, context=context).data, ordering="-pk")


def _start(request: Request) -> Response:
    body = ReplayRequest(data=request.data)
    body.is_valid(raise_exception=True)
    caller = caller_of(request)
    replay = start_replay(
        organization_id=caller.organization.pk,
        days=body.validated_data["days"],
        at=timezone.now(),
        by=caller,
        **_proposal(caller.organization, body.validated_data),
    )
    answer = Response(_one(request, replay), status=HTTPStatus.ACCEPTED)
    answer["Location"] = f"{request.path}/{replay.pk}"
    return answer


def _proposal(organization: Organization, said: dict[str, Any]) -> dict[str, Any]:
    """Return scope, and wish or limits. Raises Http404: no such machine, sensor or version."""
    if said["sensor"]:
        sensor = get_object_or_404(Sensor.objects.filter(organization=organization), code=said["sensor"])
        return {
            "scope": f"sensor:{sensor.pk}",
            "limits": {"lower": said["lower"], "upper": said["upper"]},
        }
    if said["model_name"]:
        versions = ModelVersion.objects.filter(
            model__organization=organization, model__name=said["model_name"]
        )
        own = versions.filter(model__purpose=PURPOSE, algorithm=ALGORITHM).select_related("model")
        version = get_object_or_404(own, number=said["model_version"])
        return {"scope": version.model.scope, "wish": Wish.of(version.settings)}
    wish = Wish(said["sensitivity"], said["at_most"], said["per"])
    if not said["asset"]:
        return {"scope": ORGANIZATION, "wish": wish}
    asset = get_object_or_404(Asset.objects.filter(organization=organization), code=said["asset"])
    return {"scope": scope_of_asset(asset.pk), "wish": wish}


def _codes(organization: Organization, scopes: Iterable[str]) -> dict[str, str]:
    """Return the codes of machines and sensors by scope."""
    wanted = [scope.partition(":") for scope in scopes]
    kinds: dict[str, Any] = {"asset": Asset.objects, "sensor": Sensor.objects}
    codes: dict[str, str] = {}
    for kind, rows in kinds.items():
        ids = [int(number) for name, _, number in wanted if name == kind]
        found = rows.filter(organization=organization, pk__in=ids).values_list("pk", "code") if ids else ()
        codes |= {f"{kind}:{number}": code for number, code in found}
    return codes


def _one(request: Request, replay: Replay) -> Any:
    numbers = [one["asset"] for one in replay.result.get("assets", ())]
    scopes = {replay.scope, *map(scope_of_asset, numbers)}
    codes = _codes(caller_of(request).organization, scopes)
    return ReplayOut(replay, context={"codes": codes, "at": timezone.now(), "whole": True}).data


@extend_schema(operation_id="read_replay", responses=ReplayOut, tags=["ml"])
@endpoint(GET=DATA_READ)
def replay_detail(request: Request, replay_id: int) -> Response:
    """Tell how far a replay is, why it failed, or what both sides are worth, in all and by machine."""
    return Response(_one(request, get_object_or_404(_replays(request), pk=replay_id)))


@extend_schema(operation_id="cancel_replay", request=None, responses=ReplayOut, tags=["ml"])
@endpoint(POST=ML_ANOMALY)
def replay_cancel(request: Request, replay_id: int) -> Response:
    """Stop a replay; what it counted is dropped. 409 where it is over."""
    replay = get_object_or_404(_replays(request), pk=replay_id)
    return Response(_one(request, cancel_replay(replay=replay, at=timezone.now())))


@extend_schema(operation_id="repeat_replay", request=None, responses={202: ReplayOut}, tags=["ml"])
@endpoint(POST=ML_ANOMALY)
def replay_again(request: Request, replay_id: int) -> Response:
    """Ask for the same again, up to now. 409 while one runs."""
    replay = get_object_or_404(_replays(request), pk=replay_id)
    again = repeat_replay(replay=replay, at=timezone.now(), by=caller_of(request))
    return Response(_one(request, again), status=HTTPStatus.ACCEPTED)
