"""Lists by cursor: a page costs the same however far down it is, and new rows shift nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

LIMIT = OpenApiParameter("limit", int, description="Rows a page, 1 to 1000; default 100.")
CURSOR = OpenApiParameter("cursor", str, description="From `next` or `previous`.")
PAGE_PARAMETERS = [LIMIT, CURSOR]


class Pages(CursorPagination):
    page_size = 100
    max_page_size = 1000
    page_size_query_param = "limit"


def paginated(
    request: Request, rows: QuerySet[Any], represent: Callable[[Any], Any], *, ordering: str
) -> Response:
    """Answer with a page of `rows` as {"next", "previous", "results"}; `ordering` must be unique in them."""
    pages = Pages()
    pages.ordering = ordering
    try:
        page = pages.paginate_queryset(rows, request)
    except (ValidationError, ValueError, DataError):
        raise NotFound("The cursor is not one of ours.") from None
    return pages.get_paginated_response([represent(row) for row in page or []])


def page_schema(name: str, item: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """Return the OpenAPI schema of a page of `item`."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": item(many=True),
    }
    return inline_serializer(name, fields)
