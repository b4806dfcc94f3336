"""`sites/`: where machines stand."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.rows import list_or_create, read_or_change
from sensors.models import Site
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema
from smartmaint.accounts.scopes import ADMIN, DATA_READ


class SiteSerializer(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ["id", "code", "name", "timezone", "country", "subdivision"]


def _own(request: Request) -> QuerySet[Site]:
    return Site.objects.filter(organization=caller_of(request).organization)


@extend_schema(
    operation_id="list_sites",
    methods=["GET"],
    parameters=PAGE_PARAMETERS,
    responses=page_schema("SitePage", SiteSerializer),
)
@extend_schema(
    operation_id="create_site", methods=["POST"], request=SiteSerializer, responses={201: SiteSerializer}
)
@endpoint(GET=DATA_READ, POST=ADMIN)
def site_list(request: Request) -> Response:
    """List the organization's sites by code, or create one."""
    return list_or_create(request, _own(request), SiteSerializer)


@extend_schema(methods=["GET", "PUT", "PATCH"], request=SiteSerializer, responses=SiteSerializer)
@extend_schema(methods=["DELETE"], responses={204: None})
@endpoint(GET=DATA_READ, PUT=ADMIN, PATCH=ADMIN, DELETE=ADMIN)
def site_detail(request: Request, site_id: int) -> Response:
    """Read, change or delete a site."""
    return read_or_change(request, get_object_or_404(_own(request), pk=site_id), SiteSerializer)
