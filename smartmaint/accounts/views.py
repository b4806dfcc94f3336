"""Signing in and out, choosing an organization, and the Settings page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import conf, forms
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from smartmaint.accounts import services
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.forms import (
    LimitsForm,
    MemberForm,
    OrganizationForm,
    RoleForm,
    SignInForm,
    TokenForm,
)
from smartmaint.accounts.models import ApiToken, Membership
from smartmaint.accounts.pages import SESSION_KEY, page
from smartmaint.accounts.scopes import ADMIN, DATA_READ

ORGANIZATION_IDS = "organization_%s"  # the page has a form for tokens with fields of the same names


def find_first_sign_ins() -> str:
    """Return where `manage.py up` wrote the first sign-ins on its machine, or "" where it did not."""
    path = conf.settings.DATA_DIR / "credentials.json"
    if not path.exists():
        return ""
    inside = path.is_relative_to(conf.settings.BASE_DIR)
    return str(path.relative_to(conf.settings.BASE_DIR) if inside else path)


sign_in = LoginView.as_view(
    template_name="accounts/sign_in.html",
    authentication_form=SignInForm,
    redirect_authenticated_user=True,
    extra_context={"first_sign_ins": find_first_sign_ins},
)
sign_out = LogoutView.as_view()


@require_POST
@page(DATA_READ)
def organization_switch(request: PageRequest, organization_id: int) -> HttpResponse:
    """Let the session go on in another organization of the person's."""
    mine = Membership.objects.filter(user=request.caller.user)
    membership = get_object_or_404(mine, organization_id=organization_id)
    request.session[SESSION_KEY] = membership.organization_id
    return redirect("overview")


@require_GET
@page(ADMIN)
def settings(request: PageRequest) -> HttpResponse:
    return _settings(request)


def _settings(request: PageRequest, status: int = 200, **changed: Any) -> HttpResponse:
    """Show the page; `changed` holds the form that was sent, or the secret that is shown this once."""
    organization = request.caller.organization
    context = {
        "organization_form": OrganizationForm(instance=organization, auto_id=ORGANIZATION_IDS),
        "member_form": MemberForm(),
        "token_form": TokenForm(),
        "roles": Membership.Role.choices,
        "members": organization.memberships.select_related("user").order_by("user__username"),
        "tokens": organization.tokens.select_related("created_by").order_by("-created_at"),
        "now": timezone.now(),
        **changed,
    }
    return render(request, "accounts/settings.html", context, status=status)


def _try(form: forms.BaseForm, act: Callable[[dict[str, Any]], Any]) -> Any:
    """Return what `act` makes of the form, or None where the form or the service refuses."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return None


@require_POST
@page(ADMIN)
def organization_update(request: PageRequest) -> HttpResponse:
    organization = request.caller.organization
    form = OrganizationForm(request.POST, instance=organization, auto_id=ORGANIZATION_IDS)
    if not _try(form, lambda data: services.configure_organization(organization=organization, **data)):
        return _settings(request, 422, organization_form=form)
    messages.success(request, "Saved.")
    return redirect("settings")


@require_POST
@page(ADMIN)
def member_add(request: PageRequest) -> HttpResponse:
    form = MemberForm(request.POST)
    membership = _try(
        form, lambda data: services.add_member(organization=request.caller.organization, **data)
    )
    if membership is None:
        return _settings(request, 422, member_form=form)
    messages.success(request, f"{membership.user} can sign in now.")
    return redirect("settings")


def _member(request: PageRequest, membership_id: int) -> Membership:
    return get_object_or_404(request.caller.organization.memberships, pk=membership_id)


@require_POST
@page(ADMIN)
def member_change(request: PageRequest, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    membership, form = _member(request, membership_id), RoleForm(request.POST)
    if not _try(form, lambda data: services.change_role(membership=membership, **data)):
        return _settings(request, 422, role_form=form)
    messages.success(request, f"{membership.user} is {membership.get_role_display()} now.")
    return redirect("settings")


@require_POST
@page(ADMIN)
def member_remove(request: PageRequest, membership_id: int) -> HttpResponse:
    """End a membership; the person's account stays."""
    membership = _member(request, membership_id)
    try:
        services.remove_member(membership=membership)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{membership.user} is no member any more.")
    return redirect("settings")


@require_POST
@never_cache
@page(ADMIN)
def token_create(request: PageRequest) -> HttpResponse:
    """Make a token and show its secret: in this answer, and never again."""
    form = TokenForm(request.POST)
    made = _try(
        form,
        lambda data: services.create_token(
            organization=request.caller.organization,
            name=data["name"],
            scopes=data["scopes"],
            networks=data["networks"],
            readings_per_second=data["readings_per_second"],
            requests_per_second=data["requests_per_second"],
            expires_at=form.expires_at(timezone.now()),
            created_by=request.caller.user,
        ),
    )
    if made is None:
        return _settings(request, 422, token_form=form)
    return _settings(request, 201, new_token=made[0], secret=made[1])


@require_POST
@page(ADMIN)
def token_revoke(request: PageRequest, token_id: int) -> HttpResponse:
    """End a token for good."""
    tokens = ApiToken.objects.filter(organization=request.caller.organization)
    token = services.revoke_token(token=get_object_or_404(tokens, pk=token_id), at=timezone.now())
    messages.success(request, f"{token.name} is revoked.")
    return redirect("settings")


@require_POST
@page(ADMIN)
def token_limit(request: PageRequest, token_id: int) -> HttpResponse:
    """Change how much a program may send."""
    tokens = ApiToken.objects.filter(organization=request.caller.organization)
    token, form = get_object_or_404(tokens, pk=token_id), LimitsForm(request.POST)
    if not _try(form, lambda data: services.limit_token(token=token, **data)):
        return _settings(request, 422, limits_form=form, limited=token)
    messages.success(request, f"{token.name} has new limits.")
    return redirect("settings")
