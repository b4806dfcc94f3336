"""Tables of people's own: given, looked at, learnt from."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import parser_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from mlops import giving
from mlops.api.table_schemas import TableChoice, TableOut, TableUpload
from mlops.models import TrainingTable
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import ADMIN, ML_PREDICT

FORM_ROOM = 64 * 1024  # bytes of a multipart body beside its file


def _tables(request: Request) -> QuerySet[TrainingTable]:
    rows = TrainingTable.objects.filter(organization=caller_of(request).organization)
    return rows.select_related("job__model", "job__version")


@extend_schema(
    methods=["GET"],
    operation_id="list_tables",
    parameters=PAGE_PARAMETERS,
    responses=page_schema("TablePage", TableOut),
)
@extend_schema(
    methods=["POST"],
    operation_id="give_table",
    request={"multipart/form-data": TableUpload},
    responses={201: TableOut},
)
@extend_schema(tags=["ml"])
@endpoint(GET=ML_PREDICT, POST=ADMIN)
@parser_classes([MultiPartParser])
def table_list(request: Request) -> Response:
    """List tables, the newest first, or give one: it is looked at, and waits for its target to be chosen."""
    if request.method == "POST":
        return _give(request)
    return paginated(request, _tables(request), lambda row: TableOut(row).data, ordering="-pk")


def _give(request: Request) -> Response:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    giving.check_size(int(announced[:20]) - FORM_ROOM if announced.isdigit() else 0)
    body = TableUpload(data=request.data)
    body.is_valid(raise_exception=True)
    file = body.validated_data["file"]
    giving.check_size(file.size)
    table = giving.receive_table(
        caller=caller_of(request),
        scope=f"table:{body.validated_data['name']}",
        name=file.name,
        data=file.read(),
        at=timezone.now(),
    )
    answer = Response(TableOut(table).data, status=HTTPStatus.CREATED)
    answer["Location"] = f"{request.path}/{table.pk}"
    return answer


@extend_schema(operation_id="read_table", responses=TableOut, tags=["ml"])
@endpoint(GET=ML_PREDICT)
def table_detail(request: Request, table_id: int) -> Response:
    """Tell what was seen of a table, how far its training is, and what came of it."""
    return Response(TableOut(get_object_or_404(_tables(request), pk=table_id)).data)


@extend_schema(operation_id="train_on_table", request=TableChoice, responses={202: TableOut}, tags=["ml"])
@endpoint(POST=ADMIN)
def table_train(request: Request, table_id: int) -> Response:
    """Choose the target and what is left out, and learn from the rest in the background.

    422 names what cannot be learnt, and each column that tells the target by itself (code `leak`), unless
    `accept_warnings`; 409 while a training of the same name is under way. A table that was learnt from stays
    as it was: the answer is a new one with the same file.
    """
    table = get_object_or_404(_tables(request), pk=table_id)
    body = TableChoice(data=request.data)
    body.is_valid(raise_exception=True)
    said: dict[str, Any] = body.validated_data
    learnt = giving.learn_from_table(
        table=table,
        target=said["target"],
        without=said["without"],
        accept=said["accept_warnings"],
        at=timezone.now(),
        by=caller_of(request),
    )
    return Response(TableOut(learnt).data, status=HTTPStatus.ACCEPTED)
