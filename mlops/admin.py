"""Models, their versions, trainings and labels to look at. People act on them on the models' pages."""

from __future__ import annotations

from django.contrib import admin

from mlops.models import Model, ModelTransition, ModelVersion, Outcome, TrainingJob
from smartmaint.accounts.tenant_admin import ReadOnly, TenantAdmin, TenantInline


class VersionInline(ReadOnly, TenantInline):
    model = ModelVersion
    fields = ["number", "stage", "algorithm", "file_state", "created_at", "actor"]
    ordering = ["-number"]
    show_change_link = True


class TransitionInline(ReadOnly, TenantInline):
    model = ModelTransition
    fields = ["at", "action", "from_stage", "to_stage", "actor", "reason"]
    ordering = ["at", "pk"]
    verbose_name_plural = "history"


@admin.register(Model)
class ModelPage(ReadOnly, TenantAdmin):
    list_display = ["name", "purpose", "scope", "created_at"]
    list_filter = ["purpose"]
    search_fields = ["name", "scope"]
    ordering = ["name"]
    inlines = [VersionInline]


@admin.register(ModelVersion)
class ModelVersionPage(ReadOnly, TenantAdmin):
    tenant_path = "model__organization"
    list_display = ["model", "number", "stage", "algorithm", "file_state", "rows", "created_at", "actor"]
    list_filter = ["stage", "file_state"]
    list_select_related = ["model"]
    search_fields = ["model__name", "sha256"]
    ordering = ["-created_at"]
    inlines = [TransitionInline]


@admin.register(TrainingJob)
class TrainingJobPage(ReadOnly, TenantAdmin):
    list_display = ["purpose", "scope", "cause", "state", "outcome", "asked_at", "ended_at"]
    list_filter = ["state", "cause", "purpose"]
    search_fields = ["scope", "outcome"]
    ordering = ["-asked_at"]


@admin.register(Outcome)
class OutcomePage(ReadOnly, TenantAdmin):
    list_display = ["scope", "finding", "failure_mode", "source", "version", "found_at", "actor"]
    list_filter = ["finding", "source", "counts"]
    list_select_related = ["version"]
    search_fields = ["scope", "failure_mode"]
    ordering = ["-found_at"]
