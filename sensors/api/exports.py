"""`GET data/exports/readings`: readings as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from sensors.api.transfer_schemas import ExportQuery
from sensors.models import Asset, Sensor
from sensors.transfers.encoding import CONTENT_TYPES
from sensors.transfers.exporting import Wish, stream_export
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.models import Organization
from smartmaint.accounts.scopes import DATA_READ


@extend_schema(
    operation_id="export_readings",
    parameters=[ExportQuery],
    responses={(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()},
    tags=["data"],
)
@endpoint(GET=DATA_READ)
def export_readings(request: Request) -> HttpResponseBase:
    """Return readings, or their hours or days, sensor by sensor in order of time."""
    query = ExportQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    asked: dict[str, Any] = query.validated_data
    organization = caller_of(request).organization
    wish = Wish(
        organization,
        sensors=_keys(Sensor, organization, asked["sensor_id"]),
        assets=_keys(Asset, organization, asked["asset_id"]),
        start=asked.get("start_ts"),
        end=asked.get("end_ts"),
        resolution=asked["resolution"],
        form=asked["format"],
    )
    return stream_export(request, wish)


def _keys(model: type[Sensor] | type[Asset], organization: Organization, codes: list[str]) -> tuple[int, ...]:
    """Return the primary keys of all these codes.

    Raises:
        NotFound: one of them is not there.
    """
    found = dict(
        model.objects.filter(organization=organization, code__in=_texts(codes)).values_list("code", "pk")
    )
    if missing := sorted(set(codes) - set(found)):
        raise NotFound(f"There is no {model.__name__.lower()} {missing[0]}.")
    return tuple(found.values())


def _texts(codes: list[str]) -> list[str]:
    return [code for code in codes if "\x00" not in code]
