"""The same four things for sites, assets and sensors: list, create, change, delete."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sensors.registration import CodeTaken, delete_machine, save_machine
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.pagination import paginated
from smartmaint.accounts.problems import Conflict

Serializer = type[serializers.ModelSerializer[Any]]


class OwnCodeField(serializers.SlugRelatedField[Any]):
    """A reference by code to a row of the caller's organization; another organization's does not exist."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="code", **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return cast(QuerySet[Any], super().get_queryset()).filter(organization=self.context["organization"])


def list_or_create(request: Request, rows: QuerySet[Any], serializer_class: Serializer) -> Response:
    if request.method == "POST":
        return _create(request, serializer_class)
    return paginated(request, rows, lambda row: serializer_class(row).data, ordering="code")


def _create(request: Request, serializer_class: Serializer) -> Response:
    organization = caller_of(request).organization
    form = _valid(serializer_class(data=request.data, context={"organization": organization}))
    model: Any = serializer_class.Meta.model
    row = model(organization=organization, **form.validated_data)
    _save(row)
    return Response(serializer_class(row).data, status=201)


def read_or_change(request: Request, row: Any, serializer_class: Serializer) -> Response:
    if request.method == "DELETE":
        return _delete(row)
    if request.method in {"PUT", "PATCH"}:
        context = {"organization": row.organization}
        partial = request.method == "PATCH"
        form = _valid(serializer_class(row, data=request.data, partial=partial, context=context))
        for name, value in form.validated_data.items():
            setattr(row, name, value)
        _save(row)
    return Response(serializer_class(row).data)


def _valid(form: serializers.ModelSerializer[Any]) -> serializers.ModelSerializer[Any]:
    form.is_valid(raise_exception=True)
    return form


def _save(row: Any) -> None:
    try:
        save_machine(row=row)
    except (CodeTaken, IntegrityError):
        raise Conflict({"code": [f"Another one has the code {row.code}."]}) from None
    except ValidationError as error:
        raise serializers.ValidationError(error.message_dict) from error


def _delete(row: Any) -> Response:
    try:
        delete_machine(row=row)
    except ProtectedError as error:
        first = next(iter(error.protected_objects))
        raise Conflict(f"{first._meta.verbose_name} {first} depends on it.") from None
    return Response(status=204)
