"""How API requests say who they are: a token in one of three headers, or the session of a page."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import ApiToken, User
from smartmaint.accounts.permissions import HasScope
from smartmaint.accounts.remembered import find_token, recall_token


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


def address_of(request: Request) -> str:
    return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104


class TokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User | None, ApiToken] | None:
        secret = secret_of(request.headers.get("Authorization", ""), request.headers.get("X-API-Key", ""))
        if secret is None:
            return None
        token = self.look_up(secret, address_of(request), timezone.now())
        request._request.caller = Caller.of_token(token)  # type: ignore[attr-defined]
        return None, token

    look_up = staticmethod(find_token)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="smartmaint"'


class RecallingTokenAuthentication(TokenAuthentication):
    """For views that ask `check_remembered` themselves, in the transaction of what they do."""

    look_up = staticmethod(recall_token)


def authenticate_anew(request: Request, scope: str) -> Caller:
    """Return the caller as the database has it now, for a view whose token was no longer what it was.

    Raises:
        AuthenticationFailed: the token is no longer usable.
        PermissionDenied: it no longer has the scope.
    """
    secret = secret_of(request.headers.get("Authorization", ""), request.headers.get("X-API-Key", ""))
    caller = Caller.of_token(find_token(secret or "", address_of(request), timezone.now()))
    if not caller.may(scope):
        raise exceptions.PermissionDenied(HasScope.message)
    return caller


class SessionAuthentication(authentication.SessionAuthentication):
    """The signed-in person; `OrganizationMiddleware` has found the caller."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        answer = super().authenticate(request)
        return answer if answer and getattr(request._request, "caller", None) else None
