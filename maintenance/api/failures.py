"""`maintenance/failures`: a machine failed and nothing had announced it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from anomalies.services import report_missed
from maintenance.api.named import named
from mlops.failure_modes import MODES
from sensors.api.schemas import AwareDateTimeField
from sensors.models import Asset
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.scopes import TASKS_UPDATE


class FailureSerializer(serializers.Serializer[Any]):
    asset = serializers.CharField(max_length=128, help_text="The asset's code.")
    failure_mode = serializers.ChoiceField(
        choices=sorted(MODES), required=False, allow_blank=True, default="", help_text="ISO 14224 code."
    )
    found_at = AwareDateTimeField(required=False, help_text="Default: now.")
    notes = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")


class FailureReportedSerializer(FailureSerializer):
    finding = serializers.CharField(default="missed")


@extend_schema(request=FailureSerializer, responses={201: FailureReportedSerializer})
@endpoint(POST=TASKS_UPDATE)
def failure_report(request: Request) -> Response:
    """Report a failure that nothing announced. It counts against recall and lowers the asset's thresholds a
    little. 422 where `found_at` has not come yet."""
    body = FailureSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    said, at, caller = dict(body.validated_data), timezone.now(), caller_of(request)
    code = said.pop("asset")
    asset = named(Asset.objects.filter(organization=caller.organization), "asset", code=code)
    found_at = said.pop("found_at", at)
    report_missed(asset=asset, by=caller, found_at=found_at, at=at, **said)
    answer = {"asset": code, "found_at": found_at, "finding": "missed", **said}
    return Response(FailureReportedSerializer(answer).data, status=201)
