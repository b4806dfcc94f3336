from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from maintenance.models import (
    Absence,
    Decision,
    DecisionAnswer,
    DecisionRule,
    Holiday,
    MaintenanceLog,
    MaintenanceTask,
    Notification,
    Prediction,
    Shift,
    Skill,
    TaskTransition,
    Technician,
)
from sensors.models import Site
from smartmaint.accounts.scopes import MAINTENANCE_READ, MAINTENANCE_SCHEDULE
from smartmaint.accounts.tenant_admin import ReadOnly, TenantAdmin, TenantInline

# People


def _chosen(rows: models.QuerySet[Any], pk: str | None) -> Any:
    """Return the row of this key, as an address or a form gives it."""
    return rows.filter(pk=pk).first() if pk and pk.isdecimal() and len(pk) < 19 else None


class BySiteClock:
    """Mixed into pages whose times are those of a technician's site: shown and taken by its clock."""

    site_of: Callable[[HttpRequest, str | None], Site | None]

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *rest: Any) -> HttpResponse:
        site = self.site_of(request, object_id)
        with timezone.override(site.zone if site else "UTC"):
            response = super().changeform_view(request, object_id, *rest)  # type: ignore[misc]
            return response.render() if isinstance(response, TemplateResponse) else response


class PeriodByClock:
    """Mixed into forms of absences: says by which clock."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        if db_field.name == "period":
            field.help_text = (
                "From and to, by the clock of the technician's site. No end: until further notice."
            )
        return field


@admin.register(Skill)
class SkillAdmin(TenantAdmin):
    scope = MAINTENANCE_SCHEDULE
    list_display = ["code", "name"]
    search_fields = ["code", "name"]
    ordering = ["code"]


class ShiftInline(TenantInline):
    model = Shift
    scope = MAINTENANCE_SCHEDULE
    ordering = ["weekday", "starts_at"]


class AbsenceInline(PeriodByClock, TenantInline):
    model = Absence
    scope = MAINTENANCE_SCHEDULE
    ordering = ["-period"]


@admin.register(Technician)
class TechnicianAdmin(BySiteClock, TenantAdmin):
    """Who leaves is set inactive: their work and its record stay."""

    scope = MAINTENANCE_SCHEDULE
    list_display = ["name", "site", "email", "is_active"]
    list_filter = ["site", "is_active"]
    list_select_related = ["site"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    filter_horizontal = ["skills"]
    inlines = [ShiftInline, AbsenceInline]

    def site_of(self, request: HttpRequest, object_id: str | None) -> Site | None:
        """The site that the form chooses; before that, the technician's."""
        known = _chosen(self.get_queryset(request).select_related("site"), object_id)
        caller = self._caller(request)
        own = Site.objects.filter(organization=caller.organization) if caller else Site.objects.none()
        return _chosen(own, request.POST.get("site")) or (known and known.site)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Absence)
class AbsenceAdmin(PeriodByClock, BySiteClock, TenantAdmin):
    scope = MAINTENANCE_SCHEDULE
    tenant_path = "technician__organization"
    list_display = ["technician", "away", "reason"]
    list_select_related = ["technician__site"]
    search_fields = ["technician__name", "reason"]
    ordering = ["-period"]

    @admin.display(ordering="period")
    def away(self, absence: Absence) -> str:
        zone, period = absence.technician.site.zone, absence.period
        ends = (f"{end.astimezone(zone):%F %H:%M}" if end else "…" for end in (period.lower, period.upper))
        return f"{' to '.join(ends)} ({zone})"

    def site_of(self, request: HttpRequest, object_id: str | None) -> Site | None:
        """The site of the technician whom the form chooses; before that, of the one who is away."""
        known = _chosen(self.get_queryset(request).select_related("technician__site"), object_id)
        caller = self._caller(request)
        own = (
            Technician.objects.filter(organization=caller.organization)
            if caller
            else Technician.objects.none()
        )
        chosen = _chosen(own.select_related("site"), request.POST.get("technician"))
        technician = chosen or (known and known.technician)
        return technician and technician.site


@admin.register(Holiday)
class HolidayAdmin(TenantAdmin):
    scope = MAINTENANCE_SCHEDULE
    list_display = ["date", "name", "site"]
    list_filter = ["site"]
    list_select_related = ["site"]
    date_hierarchy = "date"
    ordering = ["-date"]


# Policy and decisions


@admin.register(DecisionRule)
class DecisionRuleAdmin(TenantAdmin):
    """The first line that fits decides; an empty policy becomes the default one again."""

    list_display = ["position", "name", "action", "within_hours", "work_hours", "skill"]
    list_display_links = ["name"]
    ordering = ["position"]


class AnswerInline(ReadOnly, TenantInline):
    model = DecisionAnswer
    scope = MAINTENANCE_READ
    ordering = ["at"]


@admin.register(Decision)
class DecisionAdmin(ReadOnly, TenantAdmin):
    scope = MAINTENANCE_READ
    list_display = ["title", "asset", "action", "status", "due_at", "decided_at"]
    list_filter = ["status", "action"]
    list_select_related = ["asset"]
    search_fields = ["title", "correlation_id"]
    ordering = ["-decided_at"]
    inlines = [AnswerInline]


@admin.register(Prediction)
class PredictionAdmin(ReadOnly, TenantAdmin):
    scope = MAINTENANCE_READ
    list_display = ["alert", "sensor", "outcome", "hours", "hours_low", "hours_high", "predicted_at"]
    list_filter = ["outcome"]
    list_select_related = ["alert", "sensor"]
    ordering = ["-predicted_at"]


# Work


class TransitionInline(ReadOnly, TenantInline):
    model = TaskTransition
    scope = MAINTENANCE_READ
    ordering = ["at"]


@admin.register(MaintenanceTask)
class MaintenanceTaskAdmin(ReadOnly, TenantAdmin):
    """Booked, moved and closed on the work pages, where conflicts and reasons are shown."""

    scope = MAINTENANCE_READ
    list_display = ["title", "asset", "technician", "period", "status"]
    list_filter = ["status", "technician"]
    list_select_related = ["asset", "technician"]
    search_fields = ["title", "correlation_id"]
    ordering = ["-period"]
    inlines = [TransitionInline]


@admin.register(MaintenanceLog)
class MaintenanceLogAdmin(ReadOnly, TenantAdmin):
    scope = MAINTENANCE_READ
    list_display = ["task", "finding", "failure_mode", "actor", "completed_at"]
    list_filter = ["finding"]
    list_select_related = ["task"]
    ordering = ["-completed_at"]


@admin.register(Notification)
class NotificationAdmin(ReadOnly, TenantAdmin):
    scope = MAINTENANCE_READ
    list_display = ["subject", "recipient", "channel", "status", "attempts", "sent_at", "error"]
    list_filter = ["status", "channel"]
    search_fields = ["subject", "recipient", "correlation_id"]
    ordering = ["-created_at"]
