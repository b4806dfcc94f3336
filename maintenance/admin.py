from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

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
from smartmaint.accounts.scopes import MAINTENANCE_READ, MAINTENANCE_SCHEDULE
from smartmaint.accounts.tenant_admin import TenantAdmin, TenantInline


class ReadOnly:
    """Mixed into pages of records: they come about by services and are looked at here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# People


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


class AbsenceInline(TenantInline):
    model = Absence
    scope = MAINTENANCE_SCHEDULE
    ordering = ["-period"]


@admin.register(Technician)
class TechnicianAdmin(TenantAdmin):
    """Who leaves is set inactive: their work and its record stay."""

    scope = MAINTENANCE_SCHEDULE
    list_display = ["name", "site", "email", "is_active"]
    list_filter = ["site", "is_active"]
    list_select_related = ["site"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    filter_horizontal = ["skills"]
    inlines = [ShiftInline, AbsenceInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Absence)
class AbsenceAdmin(TenantAdmin):
    scope = MAINTENANCE_SCHEDULE
    tenant_path = "technician__organization"
    list_display = ["technician", "period", "reason"]
    list_select_related = ["technician"]
    search_fields = ["technician__name", "reason"]
    ordering = ["-period"]


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
