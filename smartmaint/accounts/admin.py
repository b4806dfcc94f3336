from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.callers import caller_of
from smartmaint.accounts.models import ApiToken, Membership
from smartmaint.accounts.scopes import SCOPES
from smartmaint.accounts.services import LIMITED, change_role, create_token, revoke_token
from smartmaint.accounts.tenant_admin import TenantAdmin


class MembershipForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["role"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        admins = Membership.objects.filter(
            organization=self.instance.organization, role=Membership.Role.ADMIN
        ).exclude(pk=self.instance.pk)
        if data.get("role") != Membership.Role.ADMIN and not admins.exists():
            self.add_error("role", _("The organization needs at least one administrator."))
        return data


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    """Roles. People are added and removed on the Settings page."""

    form = MembershipForm
    list_display = ["user", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]
    readonly_fields = ["user", "created_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        change_role(membership=obj, role=obj.role)


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES], widget=forms.CheckboxSelectMultiple
    )


@admin.register(ApiToken)
class ApiTokenAdmin(TenantAdmin):
    """Tokens are made and revoked, never changed or deleted: the row is the record of who had access."""

    form = TokenForm
    list_display = ["name", "prefix", "scopes", "created_by", "last_used_at", "expires_at", "revoked_at"]
    fields = ["name", "scopes", "networks", "expires_at", *LIMITED]
    search_fields = ["name", "prefix"]
    actions = ["revoke_tokens"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        caller = caller_of(request)
        token, secret = create_token(
            organization=caller.organization,
            name=obj.name,
            scopes=obj.scopes,
            networks=obj.networks,
            expires_at=obj.expires_at,
            readings_per_second=obj.readings_per_second,
            requests_per_second=obj.requests_per_second,
            created_by=caller.user,
        )
        obj.__dict__.update(token.__dict__)
        self.message_user(request, f"Copy the token now, it is shown this once: {secret}", messages.WARNING)

    @admin.action(description=_("Revoke for good"), permissions=["view"])
    def revoke_tokens(self, request: HttpRequest, tokens: Any) -> None:
        for token in tokens:
            revoke_token(token=token, at=timezone.now())
        self.message_user(request, f"Revoked: {len(tokens)}")
