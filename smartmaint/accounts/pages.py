"""Who may see a page: signed in, member of an organization, with the page's scope."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from rest_framework.exceptions import APIException

from smartmaint.accounts.callers import Caller, PageRequest
from smartmaint.accounts.models import Membership, User
from smartmaint.accounts.problems import problem_json, words_of
from smartmaint.accounts.scopes import SCOPE_WORDS

SESSION_KEY = "organization_id"


class OrganizationMiddleware:
    """Set `request.caller` from the session: the chosen organization, else the first membership."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.caller = find_member(request.user, request.session)  # type: ignore[attr-defined]
        return self.get_response(request)


def find_member(user: User | AnonymousUser, session: SessionBase) -> Caller | None:
    """Return the signed-in person as a member of the organization that the session chose."""
    if not user.is_authenticated:
        return None
    chosen = session.get(SESSION_KEY)
    memberships = list(
        Membership.objects.filter(user=user).select_related("organization", "user").order_by("pk")
    )
    memberships.sort(key=lambda membership: membership.organization_id != chosen)
    return Caller.of_membership(memberships[0]) if memberships else None


def page(scope: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a page's view. Its scope is readable as `view.scope`."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            _admit(request, scope)
            try:
                return view(request, *args, **kwargs)
            except APIException as refusal:
                return _refused(request, refusal)

        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded

    return decorate


def _admit(request: PageRequest, scope: str) -> None:
    if request.caller is None:
        raise PermissionDenied("You are not a member of any organization yet. Ask its administrator.")
    if not request.caller.may(scope):
        raise PermissionDenied(
            f"Your role may not {SCOPE_WORDS[scope]}. Ask your organization's administrator."
        )


def _sign_in_first(request: PageRequest) -> HttpResponse:
    """A part of a page must not be replaced by the sign-in form: 401 makes the page load again."""
    return HttpResponse(status=401) if request.htmx else redirect_to_login(request.get_full_path())


def _refused(request: PageRequest, refusal: APIException) -> HttpResponse:
    """Tell what a service refused: to htmx as a problem (shown as a toast), else as a page."""
    if request.htmx:
        return problem_json(request, refusal.status_code, words_of(refusal))
    context = {"status": refusal.status_code, "detail": words_of(refusal)}
    return render(request, "error.html", context, status=refusal.status_code)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Templates see `caller`, `may` as a set of scope names with `:` written as `_`, and the person's
    `other_organizations` (read only where they are shown)."""
    caller = getattr(request, "caller", None)
    scopes = {scope.replace(":", "_"): True for scope in caller.scopes} if caller else {}
    return {
        "caller": caller,
        "organization": caller and caller.organization,
        "other_organizations": caller.other_organizations() if caller else (),
        "may": scopes,
    }
