"""`assets/{id}/bearing`: the geometry that fault frequencies are computed from."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.waveform_schemas import BearingSerializer
from sensors.models import Asset, Bearing
from sensors.waveforms.services import keep_bearing, remove_bearing
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import ADMIN, DATA_READ


@extend_schema(methods=["GET"], responses={200: BearingSerializer, 204: None})
@extend_schema(methods=["PUT"], request=BearingSerializer, responses=BearingSerializer)
@extend_schema(methods=["DELETE"], responses={204: None})
@endpoint(GET=DATA_READ, PUT=ADMIN, DELETE=ADMIN)
def asset_bearing(request: Request, asset_id: int) -> Response:
    """Read, set or remove the bearing of an asset; 204: none is known."""
    organization = caller_of(request).organization
    asset = get_object_or_404(Asset.objects.filter(organization=organization), pk=asset_id)
    if request.method == "PUT":
        return _put(request, asset)
    if request.method == "DELETE":
        remove_bearing(asset=asset)
    bearing = Bearing.objects.filter(asset=asset).select_related("speed_sensor").first()
    return Response(BearingSerializer(bearing).data) if bearing else Response(status=204)


def _put(request: Request, asset: Asset) -> Response:
    form = BearingSerializer(data=request.data, context={"organization": asset.organization})
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    return Response(BearingSerializer(keep_bearing(asset=asset, values=values)).data)
