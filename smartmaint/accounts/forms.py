"""What the Settings page asks for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import ApiToken, Membership, Organization, User
from smartmaint.accounts.scopes import SCOPE_WORDS, SCOPES


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("This name and this password do not belong together. Capitals count in both."),
        "inactive": _("This account is closed. Ask your organization's administrator."),
    }


class OrganizationForm(forms.ModelForm):
    class Meta:
        model = Organization
        fields = ["name", "registers_unknown_sensors", "readings_per_second", "requests_per_second"]


class MemberForm(forms.Form):
    username = forms.CharField(max_length=150, label=_("Name to sign in with"))
    email = forms.EmailField(required=False, label=_("E-mail"))
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), label=_("First password")
    )
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.OPERATOR)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        person = User(username=data.get("username", ""), email=data.get("email", ""))
        try:
            validate_password(data.get("password", ""), person)
        except ValidationError as error:
            self.add_error("password", error)
        return data


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Membership.Role.choices)


class LimitsForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["readings_per_second", "requests_per_second"]


class TokenForm(LimitsForm):
    name = forms.CharField(max_length=100, help_text=_("The program or machine that will use it."))
    scopes = forms.MultipleChoiceField(
        choices=[(scope, SCOPE_WORDS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        label=_("May"),
    )
    expires_days = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        initial=90,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("a year")), ("", _("never"))],
        label=_("Expires after"),
    )
    networks = forms.CharField(
        required=False, help_text=_("Source networks such as 10.1.0.0/16, with commas between. Empty: any.")
    )
    field_order = ("name", "scopes", "expires_days", "networks")

    def expires_at(self, at: datetime) -> datetime | None:
        days = self.cleaned_data["expires_days"]
        return at + timedelta(days=days) if days else None

    def clean_networks(self) -> list[str]:
        return [text.strip() for text in self.cleaned_data["networks"].split(",") if text.strip()]
