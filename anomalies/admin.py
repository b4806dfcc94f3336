"""Alerts to look at, with their history. People act on them on the alert pages, never here."""

from __future__ import annotations

from django.contrib import admin

from anomalies.models import Alert, AlertSensor, AlertTransition
from smartmaint.accounts.tenant_admin import ReadOnly, TenantAdmin, TenantInline


class SensorInline(ReadOnly, TenantInline):
    model = AlertSensor
    fields = ["sensor", "score", "share", "value", "normal_low", "normal_high", "reason"]
    verbose_name_plural = "sensors that moved"


class TransitionInline(ReadOnly, TenantInline):
    model = AlertTransition
    fields = ["at", "action", "from_state", "to_state", "actor", "reason"]
    ordering = ["at", "pk"]
    verbose_name_plural = "history"


@admin.register(Alert)
class AlertAdmin(ReadOnly, TenantAdmin):
    list_display = ["summary", "asset", "cause", "state", "priority", "verdict", "raised_at", "closed_at"]
    list_filter = ["state", "verdict", "priority", "cause", "historical"]
    list_select_related = ["asset"]
    search_fields = ["summary", "asset__code", "asset__name"]
    date_hierarchy = "raised_at"
    ordering = ["-raised_at"]
    inlines = [SensorInline, TransitionInline]
