"""The Django admin, kept inside the signed-in person's organization."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from smartmaint.accounts.callers import Caller
from smartmaint.accounts.scopes import ADMIN


class TenantAdmin(admin.ModelAdmin):
    """Shows, offers and saves rows of the caller's organization only, to callers with `scope`.

    `tenant_path` is the lookup from the model to its organization; a model with an `organization` field of
    its own gets it filled in.
    """

    tenant_path = "organization"
    scope = ADMIN

    def _caller(self, request: HttpRequest) -> Caller | None:
        return getattr(request, "caller", None)

    def _may(self, request: HttpRequest) -> bool:
        caller = self._caller(request)
        return caller is not None and caller.may(self.scope)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        caller = self._caller(request)
        rows = super().get_queryset(request)
        return rows.filter(**{self.tenant_path: caller.organization}) if caller else rows.none()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = ["organization"] if self.tenant_path == "organization" else []
        return [*(super().get_exclude(request, obj) or []), *own]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(
            db_field, request, **self._own_choices(db_field, request, kwargs)
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, **self._own_choices(db_field, request, kwargs)
        )

    def _own_choices(self, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> dict[str, Any]:
        target, caller = db_field.related_model, self._caller(request)
        if caller and any(field.name == "organization" for field in target._meta.fields):
            rows = target._default_manager.filter(organization=caller.organization)
            return {**kwargs, "queryset": rows}
        return kwargs

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        caller = self._caller(request)
        if caller and not change and self.tenant_path == "organization":
            obj.organization = caller.organization
        super().save_model(request, obj, form, change)
