"""`assets/`: machines and their parts, a tree."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.rows import OwnCodeField, list_or_create, read_or_change
from sensors.models import Asset, Site
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema
from smartmaint.accounts.scopes import ADMIN, DATA_READ


class AssetSerializer(serializers.ModelSerializer[Asset]):
    site = OwnCodeField(queryset=Site.objects.all(), help_text="The code of the site.")
    parent = OwnCodeField(  # type: ignore[assignment]
        queryset=Asset.objects.all(),
        required=False,
        allow_null=True,
        help_text="The code of the asset that this one is a part of.",
    )

    class Meta:
        model = Asset
        fields = ["id", "code", "name", "site", "parent", "asset_class", "criticality", "created_at"]


def _own(request: Request) -> QuerySet[Asset]:
    return Asset.objects.filter(organization=caller_of(request).organization).select_related("site", "parent")


@extend_schema(
    operation_id="list_assets",
    methods=["GET"],
    parameters=PAGE_PARAMETERS,
    responses=page_schema("AssetPage", AssetSerializer),
)
@extend_schema(
    operation_id="create_asset", methods=["POST"], request=AssetSerializer, responses={201: AssetSerializer}
)
@endpoint(GET=DATA_READ, POST=ADMIN)
def asset_list(request: Request) -> Response:
    """List the organization's assets by code, or create one."""
    return list_or_create(request, _own(request), AssetSerializer)


@extend_schema(methods=["GET", "PUT", "PATCH"], request=AssetSerializer, responses=AssetSerializer)
@extend_schema(methods=["DELETE"], responses={204: None})
@endpoint(GET=DATA_READ, PUT=ADMIN, PATCH=ADMIN, DELETE=ADMIN)
def asset_detail(request: Request, asset_id: int) -> Response:
    """Read, change or delete an asset."""
    return read_or_change(request, get_object_or_404(_own(request), pk=asset_id), AssetSerializer)
