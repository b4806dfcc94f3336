"""Alerts for programs: read them, and do what people do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from anomalies import services
from anomalies.api.serializers import (
    AcknowledgeSerializer,
    AlertDetailSerializer,
    AlertQuerySerializer,
    AlertSerializer,
    AssignSerializer,
    CommentSerializer,
    ResolveSerializer,
)
from anomalies.models import Alert, AlertQuerySet, AlertTransition
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.models import User
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.problems import Unprocessable
from smartmaint.accounts.scopes import ALERTS_WRITE, DATA_READ


def _alerts(request: Request) -> AlertQuerySet:
    return Alert.objects.filter(organization=caller_of(request).organization)


def _find(request: Request, pk: int) -> Alert:
    return get_object_or_404(_alerts(request), pk=pk)


@extend_schema(
    operation_id="list_alerts",
    parameters=[AlertQuerySerializer, *PAGE_PARAMETERS],
    responses=page_schema("AlertPage", AlertSerializer),
)
@endpoint(GET=DATA_READ)
def alert_list(request: Request) -> Response:
    """List alerts, the latest first."""
    query = AlertQuerySerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    rows = _alerts(request).matching(**query.validated_data).with_context().select_related("assigned_to")
    return paginated(request, rows, lambda row: AlertSerializer(row).data, ordering="-id")


@extend_schema(operation_id="get_alert", responses=AlertDetailSerializer)
@endpoint(GET=DATA_READ)
def alert_detail(request: Request, pk: int) -> Response:
    """Show one alert with each of its changes: who, when and why."""
    return _answer(request, pk)


def _answer(request: Request, pk: int) -> Response:
    history = Prefetch("transitions", AlertTransition.objects.order_by("at", "pk"))
    rows = _alerts(request).with_context().select_related("assigned_to").prefetch_related(history)
    return Response(AlertDetailSerializer(get_object_or_404(rows, pk=pk)).data)


def _act(request: Request, pk: int, body: Any, service: Callable[..., Alert]) -> Response:
    alert = _find(request, pk)
    body.is_valid(raise_exception=True)
    service(alert=alert, caller=caller_of(request), at=timezone.now(), **body.validated_data)
    return _answer(request, pk)


@extend_schema(
    operation_id="acknowledge_alert", request=AcknowledgeSerializer, responses=AlertDetailSerializer
)
@endpoint(POST=ALERTS_WRITE)
def alert_acknowledge(request: Request, pk: int) -> Response:
    """Say that somebody has seen it. 409 where somebody has already, or it is closed."""
    return _act(request, pk, AcknowledgeSerializer(data=request.data), services.acknowledge_alert)


@extend_schema(operation_id="resolve_alert", request=ResolveSerializer, responses=AlertDetailSerializer)
@endpoint(POST=ALERTS_WRITE)
def alert_resolve(request: Request, pk: int) -> Response:
    """Close it, with the reason. 409 where it is closed already."""
    return _act(request, pk, ResolveSerializer(data=request.data), services.resolve_alert)


@extend_schema(operation_id="comment_alert", request=CommentSerializer, responses=AlertDetailSerializer)
@endpoint(POST=ALERTS_WRITE)
def alert_comment(request: Request, pk: int) -> Response:
    """Add a remark to its history."""
    return _act(request, pk, CommentSerializer(data=request.data), services.comment_alert)


@extend_schema(operation_id="assign_alert", request=AssignSerializer, responses=AlertDetailSerializer)
@endpoint(POST=ALERTS_WRITE)
def alert_assign(request: Request, pk: int) -> Response:
    """Name the member who looks after it, or nobody. 409 where it is closed."""
    return _act(request, pk, AssignSerializer(data=request.data), _assign)


def _assign(*, username: str | None, **values: Any) -> Alert:
    person = User.objects.filter(username=username).first() if username else None
    if username and person is None:
        raise Unprocessable("Only a member of the organization can look after the alert.")
    return services.assign_alert(to=person, **values)
