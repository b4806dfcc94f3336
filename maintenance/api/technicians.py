"""`technicians/`: who can do the work, and when they are at work."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance.models import Shift, Skill, Technician
from maintenance.models.people import TechnicianQuerySet
from maintenance.services import save_technician
from sensors.api.rows import OwnCodeField
from sensors.models import Site
from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.endpoints import endpoint
from smartmaint.accounts.pagination import PAGE_PARAMETERS, page_schema, paginated
from smartmaint.accounts.scopes import MAINTENANCE_READ, MAINTENANCE_SCHEDULE


class ShiftSerializer(serializers.ModelSerializer[Shift]):
    class Meta:
        model = Shift
        fields = ["weekday", "starts_at", "ends_at", "works_on_holidays"]


class TechnicianSerializer(serializers.ModelSerializer[Technician]):
    site = OwnCodeField(queryset=Site.objects.all(), help_text="The code of the site.")
    skills = OwnCodeField(
        queryset=Skill.objects.all(), many=True, required=False, help_text="Codes of skills."
    )
    shifts = ShiftSerializer(many=True, required=False, help_text="Weekly hours, in the site's time zone.")

    class Meta:
        model = Technician
        fields = ["id", "name", "email", "site", "skills", "shifts", "is_active"]


def _own(request: Request) -> TechnicianQuerySet:
    return Technician.objects.filter(organization=caller_of(request).organization).with_calendar()


@extend_schema(
    methods=["GET"],
    parameters=PAGE_PARAMETERS,
    responses=page_schema("TechnicianPage", TechnicianSerializer),
)
@extend_schema(methods=["POST"], request=TechnicianSerializer, responses={201: TechnicianSerializer})
@endpoint(GET=MAINTENANCE_READ, POST=MAINTENANCE_SCHEDULE)
def technician_list(request: Request) -> Response:
    """List technicians by name, or employ one."""
    if request.method == "POST":
        technician = _save(request, Technician(organization=caller_of(request).organization))
        return Response(TechnicianSerializer(technician).data, status=201)
    return paginated(request, _own(request), lambda row: TechnicianSerializer(row).data, ordering="name")


@extend_schema(methods=["GET", "PATCH"], request=TechnicianSerializer, responses=TechnicianSerializer)
@endpoint(GET=MAINTENANCE_READ, PATCH=MAINTENANCE_SCHEDULE)
def technician_detail(request: Request, technician_id: int) -> Response:
    """Read a technician, or change what is sent. Who leaves is set inactive and keeps their history."""
    technician = get_object_or_404(_own(request), pk=technician_id)
    if request.method == "PATCH":
        _save(request, technician)
        technician = get_object_or_404(_own(request), pk=technician_id)
    return Response(TechnicianSerializer(technician).data)


def _save(request: Request, technician: Technician) -> Technician:
    known = technician if technician.pk else None
    context = {"organization": technician.organization}
    form = TechnicianSerializer(known, data=request.data, partial=known is not None, context=context)
    form.is_valid(raise_exception=True)
    said: dict[str, Any] = dict(form.validated_data)
    skills, shifts = said.pop("skills", None), said.pop("shifts", None)
    for name, value in said.items():
        setattr(technician, name, value)
    weekly = None if shifts is None else [Shift(**shift) for shift in shifts]
    try:
        return save_technician(technician=technician, skills=skills, shifts=weekly)
    except ValidationError as error:
        raise serializers.ValidationError(error.message_dict) from error
