"""`decisions`: what waits for a person, and what people say."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance.api.named import named
from maintenance.api.serializers import (
    AnswerSerializer,
    DecisionQuerySerializer,
    DecisionSerializer,
    SubmitSerializer,
)
from maintenance.models import Decision
from maintenance.models.decisions import DecisionQuerySet
from maintenance.services import Changes, answer_decision
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import DATA_READ, TASKS_UPDATE

CHANGEABLE = ("action", "work_hours", "skill", "due_at")


def _own(request: Request) -> DecisionQuerySet:
    return Decision.objects.filter(organization=caller_of(request).organization)


@extend_schema(
    parameters=[DecisionQuerySerializer, *PAGE_PARAMETERS],
    responses=page_schema("DecisionPage", DecisionSerializer),
)
@endpoint(GET=DATA_READ)
def decision_list(request: Request) -> Response:
    """List decisions; `status=pending` waits for a person now, `deferred` will again later."""
    query = DecisionQuerySerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    rows = _with_status(_own(request), query.validated_data.get("status")).with_context()
    return paginated(request, rows, lambda row: DecisionSerializer(row).data, ordering="-id")


def _with_status(rows: DecisionQuerySet, status: str | None) -> DecisionQuerySet:
    if status == Decision.Status.PENDING:
        return rows.waiting(timezone.now())
    if status == "deferred":
        return rows.deferred(timezone.now())
    return rows.filter(status=status) if status else rows


@extend_schema(request=SubmitSerializer, responses={201: AnswerSerializer})
@endpoint(POST=TASKS_UPDATE)
def decision_submit(request: Request) -> Response:
    """Approve (books), reject (books nothing), defer (asks again) or modify (changes, then books).

    409 where it is decided already, 422 where the answer makes no sense.
    """
    body = SubmitSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    said = body.validated_data
    answer = answer_decision(
        decision=named(_own(request), "request_id", request_id=said["request_id"]),
        answer=said["decision"],
        caller=caller_of(request),
        at=timezone.now(),
        justification=said["justification"],
        notes=said["additional_notes"],
        confidence=said.get("confidence"),
        operator=said["operator_id"],
        deferred_until=said.get("deferred_until"),
        changes=_changes(said),
    )
    return Response(AnswerSerializer(answer).data, status=201)


def _changes(said: dict[str, Any]) -> Changes:
    return Changes(**{name: said[name] for name in CHANGEABLE if name in said})
