"""`data/quarantine`: the readings that were refused, and what becomes of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.api.quarantine_schemas import (
    DiscardIn,
    DiscardPieceIn,
    PieceIn,
    PieceOut,
    QuarantinedDetailOut,
    QuarantinedOut,
    QuarantineQuery,
    ResubmitIn,
)
from sensors.models import QuarantinedReading, QuarantineQuerySet, QuarantineTransition
from sensors.resubmission import discard_readings, restore_readings, resubmit_readings
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.accounts.scopes import DATA_INGEST, DATA_READ

SETTLED = "The reading is {state}; only one that waits can be sent again or discarded."


def _own(request: Request) -> QuarantineQuerySet:
    return QuarantinedReading.objects.filter(organization=caller_of(request).organization)


def _valid(form: serializers.Serializer[Any]) -> dict[str, Any]:
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


@extend_schema(
    operation_id="list_quarantined",
    parameters=[QuarantineQuery, *PAGE_PARAMETERS],
    responses=page_schema("QuarantinedPage", QuarantinedOut),
    tags=["data"],
)
@endpoint(GET=DATA_READ)
def quarantine_list(request: Request) -> Response:
    """List refused readings, the latest first; those that wait, where no `state` is asked for."""
    rows = _own(request).matching(**_valid(QuarantineQuery(data=request.query_params)))
    return paginated(request, rows, lambda row: QuarantinedOut(row).data, ordering="-id")


@extend_schema(operation_id="get_quarantined", responses=QuarantinedDetailOut, tags=["data"])
@endpoint(GET=DATA_READ)
def quarantine_detail(request: Request, reading_id: int) -> Response:
    """Show a refused reading with what was done about it: who, when and why."""
    return _answer(request, reading_id)


def _answer(request: Request, reading_id: int) -> Response:
    history = Prefetch("transitions", QuarantineTransition.objects.order_by("at", "pk"))
    row = get_object_or_404(_own(request).prefetch_related(history), pk=reading_id)
    return Response(QuarantinedDetailOut(row).data)


@extend_schema(
    operation_id="resubmit_quarantined", request=ResubmitIn, responses=QuarantinedDetailOut, tags=["data"]
)
@endpoint(POST=DATA_INGEST)
def quarantine_resubmit(request: Request, reading_id: int) -> Response:
    """Send a refused reading again, as it came or with a corrected `payload`.

    422 where it is refused again: it waits on, with the new reason. 409 where it does not wait any more.
    """
    row = get_object_or_404(_own(request), pk=reading_id)
    given = _valid(ResubmitIn(data=request.data))
    corrections = {row.pk: given["payload"]} if "payload" in given else None
    outcome = resubmit_readings(
        rows=_own(request).filter(pk=row.pk),
        caller=caller_of(request),
        at=timezone.now(),
        corrections=corrections,
    )
    row.refresh_from_db()
    if not outcome.done:
        raise Conflict(SETTLED.format(state=row.get_state_display()))
    if outcome.refused:
        raise Unprocessable({row.code: [ErrorDetail(row.detail, row.code)]})
    return _answer(request, reading_id)


@extend_schema(
    operation_id="discard_quarantined", request=DiscardIn, responses=QuarantinedDetailOut, tags=["data"]
)
@endpoint(POST=DATA_INGEST)
def quarantine_discard(request: Request, reading_id: int) -> Response:
    """Take a refused reading off the list, for a reason. 409 where it does not wait any more."""
    row = get_object_or_404(_own(request), pk=reading_id)
    rows, given = _own(request).filter(pk=row.pk), _valid(DiscardIn(data=request.data))
    if not discard_readings(rows=rows, caller=caller_of(request), at=timezone.now(), **given):
        raise Conflict(SETTLED.format(state=row.get_state_display()))
    return _answer(request, reading_id)


@extend_schema(
    operation_id="restore_quarantined", request=None, responses=QuarantinedDetailOut, tags=["data"]
)
@endpoint(POST=DATA_INGEST)
def quarantine_restore(request: Request, reading_id: int) -> Response:
    """Put a discarded reading back on the list. 409 where it is not discarded."""
    row = get_object_or_404(_own(request), pk=reading_id)
    rows = _own(request).filter(pk=row.pk)
    if not restore_readings(rows=rows, caller=caller_of(request), at=timezone.now()):
        raise Conflict(f"The reading is {row.get_state_display()}, not discarded.")
    return _answer(request, reading_id)


@extend_schema(operation_id="resubmit_quarantine", request=PieceIn, responses=PieceOut, tags=["data"])
@endpoint(POST=DATA_INGEST)
def quarantine_resubmit_many(request: Request) -> Response:
    """Send the waiting readings that fit again, up to a thousand of them, oldest first.

    Ask again with the answer's `after` until it is null.
    """
    given = _valid(PieceIn(data=request.data))
    rows, limit = _piece(request, given)
    outcome = resubmit_readings(rows=rows, caller=caller_of(request), at=timezone.now(), most=limit)
    return Response(
        {
            "done": outcome.done,
            "stored": outcome.stored,
            "refused": outcome.refused,
            "after": outcome.after if outcome.done == limit else None,
        }
    )


@extend_schema(operation_id="discard_quarantine", request=DiscardPieceIn, responses=PieceOut, tags=["data"])
@endpoint(POST=DATA_INGEST)
def quarantine_discard_many(request: Request) -> Response:
    """Discard the waiting readings that fit, up to a thousand of them, oldest first, for a reason.

    Ask again with the answer's `after` until it is null.
    """
    given = _valid(DiscardPieceIn(data=request.data))
    reason = given.pop("reason")
    rows, limit = _piece(request, given)
    gone = discard_readings(
        rows=rows, caller=caller_of(request), reason=reason, at=timezone.now(), most=limit
    )
    return Response({"done": len(gone), "after": gone[-1] if len(gone) == limit else None})


def _piece(request: Request, given: dict[str, Any]) -> tuple[QuarantineQuerySet, int]:
    after, limit = given.pop("after"), given.pop("limit")
    return _own(request).matching(**given).filter(pk__gt=after), limit
