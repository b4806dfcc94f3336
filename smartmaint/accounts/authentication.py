"""How API requests say who they are: a token in one of three headers, or the session of a page."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import ApiToken, User

TOUCH_EVERY = timedelta(minutes=1)


def secret_of(authorization: str, api_key: str) -> str | None:
    """Return the token that the headers carry, or None where there is none.

    Raises:
        AuthenticationFailed: the header has a known scheme and no single token behind it.
    """
    if api_key:
        return api_key.strip()
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() not in {"bearer", "token"}:
        return None
    if not rest.strip() or " " in rest.strip():
        raise exceptions.AuthenticationFailed("Write the header as 'Authorization: Bearer <token>'.")
    return rest.strip()


def find_token(secret: str, address: str) -> ApiToken:
    """Return the usable token with this secret, and note its use.

    Raises:
        AuthenticationFailed: unknown, expired, revoked, or used from a network it is not bound to.
    """
    at = timezone.now()
    token = ApiToken.objects.usable(at).for_secret(secret).select_related("organization").first()
    if token is None:
        raise exceptions.AuthenticationFailed("The token is unknown, expired or revoked.")
    if not token.allows_address(address):
        raise exceptions.AuthenticationFailed("The token may not be used from this network.")
    if token.last_used_at is None or at - token.last_used_at > TOUCH_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


class TokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User | None, ApiToken] | None:
        secret = secret_of(request.headers.get("Authorization", ""), request.headers.get("X-API-Key", ""))
        if secret is None:
            return None
        token = find_token(secret, request.META.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104
        request._request.caller = Caller.of_token(token)  # type: ignore[attr-defined]
        return None, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="smartmaint"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The signed-in person; `OrganizationMiddleware` has found the caller."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        answer = super().authenticate(request)
        return answer if answer and getattr(request._request, "caller", None) else None
