from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sensors.models import Asset, QuarantinedReading, Sensor, Site
from smartmaint.accounts.tenant_admin import TenantAdmin, TenantInline


@admin.register(Site)
class SiteAdmin(TenantAdmin):
    list_display = ["code", "name", "timezone", "country", "subdivision"]
    search_fields = ["code", "name"]
    ordering = ["code"]


class SensorInline(TenantInline):
    model = Sensor
    exclude = ["organization"]
    show_change_link = True
    fields = readonly_fields = ("code", "name", "kind", "unit", "lower_limit", "upper_limit", "enabled")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Asset)
class AssetAdmin(TenantAdmin):
    list_display = ["code", "name", "site", "parent", "asset_class", "criticality"]
    list_filter = ["site", "asset_class", "criticality"]
    list_select_related = ["site", "parent"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    autocomplete_fields = ["parent"]
    inlines = [SensorInline]


@admin.register(Sensor)
class SensorAdmin(TenantAdmin):
    """A sensor is switched off, not deleted here: millions of readings may hang on it."""

    list_display = ["code", "name", "asset", "kind", "unit", "lower_limit", "upper_limit", "enabled"]
    list_filter = ["kind", "enabled"]
    list_select_related = ["asset"]
    search_fields = ["code", "name", "asset__code"]
    ordering = ["code"]
    autocomplete_fields = ["asset"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(QuarantinedReading)
class QuarantinedReadingAdmin(TenantAdmin):
    list_display = ["received_at", "sensor_code", "code", "detail", "source"]
    list_filter = ["code", "source"]
    search_fields = ["sensor_code"]
    ordering = ["-received_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
