"""`sensors/`: what machines are measured by."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.rows import OwnCodeField, list_or_create, read_or_change
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema
from smartmaint.accounts.scopes import ADMIN, DATA_READ


class SensorSerializer(serializers.ModelSerializer[Sensor]):
    asset = OwnCodeField(queryset=Asset.objects.all(), help_text="The code of the asset.")

    class Meta:
        model = Sensor
        fields = [
            "id",
            "code",
            "name",
            "asset",
            "kind",
            "unit",
            "lower_limit",
            "upper_limit",
            "expected_interval",
            "enabled",
            "created_at",
        ]


def _own(request: Request) -> QuerySet[Sensor]:
    return Sensor.objects.filter(organization=caller_of(request).organization).select_related("asset")


@extend_schema(
    operation_id="list_sensors",
    methods=["GET"],
    parameters=PAGE_PARAMETERS,
    responses=page_schema("SensorPage", SensorSerializer),
)
@extend_schema(
    operation_id="create_sensor",
    methods=["POST"],
    request=SensorSerializer,
    responses={201: SensorSerializer},
)
@endpoint(GET=DATA_READ, POST=ADMIN)
def sensor_list(request: Request) -> Response:
    """List the organization's sensors by code, or create one."""
    return list_or_create(request, _own(request), SensorSerializer)


@extend_schema(methods=["GET", "PUT", "PATCH"], request=SensorSerializer, responses=SensorSerializer)
@extend_schema(methods=["DELETE"], responses={204: None})
@endpoint(GET=DATA_READ, PUT=ADMIN, PATCH=ADMIN, DELETE=ADMIN)
def sensor_detail(request: Request, sensor_id: int) -> Response:
    """Read, change or delete a sensor."""
    return read_or_change(request, get_object_or_404(_own(request), pk=sensor_id), SensorSerializer)
