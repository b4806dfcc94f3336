"""The Django admin, kept inside the signed-in person's organization."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import BadRequest, FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse

from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import Organization, User
from smartmaint.accounts.scopes import ADMIN


def own_rows(model: type[models.Model], organization: Organization) -> models.QuerySet[Any]:
    """Return the model's rows that belong to the organization; of people, its members.

    Raises:
        ImproperlyConfigured: there is no known way from the model to its organization.
    """
    rows = model._default_manager.all()
    if model is Organization:
        return rows.filter(pk=organization.pk)
    if model is User:
        return rows.filter(memberships__organization=organization)
    return rows.filter(**{_path_from(model): organization})


def _path_from(model: type[models.Model]) -> str:
    registered = admin.site._registry.get(model)
    if isinstance(registered, TenantAdmin):
        return registered.tenant_path
    try:
        model._meta.get_field("organization")
    except FieldDoesNotExist:
        raise ImproperlyConfigured(f"{model.__name__} has no organization and no TenantAdmin.") from None
    return "organization"


class TenantRules:
    """What admin pages and their inlines have in common: who may, and which rows are on offer."""

    scope = ADMIN

    def _caller(self, request: HttpRequest) -> Caller | None:
        return getattr(request, "caller", None)

    def _may(self, request: HttpRequest) -> bool:
        caller = self._caller(request)
        return caller is not None and caller.may(self.scope)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        own = self._own_choices(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **own)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        own = self._own_choices(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **own)  # type: ignore[misc]

    def _own_choices(self, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> dict[str, Any]:
        caller, target = self._caller(request), db_field.related_model
        rows = own_rows(target, caller.organization) if caller else target._default_manager.none()
        return {**kwargs, "queryset": rows}


class ReadOnly:
    """Mixed into pages of records: they come about by services and are looked at here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OwnRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers the organization's own only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = own_rows(field.related_model, request.caller.organization)  # type: ignore[attr-defined]
        return [(row.pk, str(row)) for row in rows]


class OwnRowForm:
    """Mixed into each form: the row belongs to the caller's organization before it is validated, so that
    what must be unique within the organization is checked with a message instead of a crash."""

    organization: Organization

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: Any = self.instance  # type: ignore[attr-defined]
        if getattr(row, "organization_id", 0) is None:
            row.organization = self.organization

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"organization"}  # type: ignore[misc]


class TenantInline(TenantRules, admin.TabularInline):
    """Rows of a related model on the page of a `TenantAdmin`, to callers with `scope`."""

    extra = 0


class TenantAdmin(TenantRules, admin.ModelAdmin):
    """Shows, offers and saves rows of the caller's organization only, to callers with `scope`.

    `tenant_path` is the lookup from the model to its organization; a model with an `organization` field of
    its own gets it filled in.
    """

    tenant_path = "organization"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        caller = self._caller(request)
        rows = super().get_queryset(request)
        return rows.filter(**{self.tenant_path: caller.organization}) if caller else rows.none()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The database knows no text with a NUL in it, and Django's filters would ask for it."""
        if "\x00" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest("No filter can hold a NUL character.")
        return super().changelist_view(request, extra_context)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = ["organization"] if self.tenant_path == "organization" else []
        return [*(super().get_exclude(request, obj) or []), *own]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change=change, **kwargs)
        caller = self._caller(request)
        if caller is None:
            return form
        return type(form.__name__, (OwnRowForm, form), {"organization": caller.organization})

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [self._own_filter(item) for item in super().get_list_filter(request)]

    def _own_filter(self, item: Any) -> Any:
        related = isinstance(item, str) and self._leads_to_rows(item)
        return (item, OwnRelatedFilter) if related else item

    def _leads_to_rows(self, lookup: str) -> bool:
        return get_fields_from_path(self.model, lookup)[-1].is_relation

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        raise Http404(f"There is no {opts.verbose_name} {object_id}.")
