"""Who is asking over a websocket: a token in the handshake, or the session of one of our own pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import parse_cookie
from django.http.request import validate_host
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from smartmaint.accounts.authentication import find_token, secret_of
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.pages import find_member
from smartmaint.accounts.problems import CONTENT_TYPE, problem

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BEARER = "bearer"
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Refused(Exception):
    """The handshake is not accepted; `status` is the HTTP status that says so."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True)
class Credentials:
    """What a handshake carried. It is looked at again while the socket is open."""

    secret: str | None
    session_key: str | None
    address: str
    subprotocol: str | None


def read_credentials(scope: dict[str, Any]) -> Credentials:
    """Take the credentials from an ASGI websocket scope. A session counts only from our own pages.

    Raises:
        Refused: 401 without credentials, 403 for a page of another origin.
    """
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    offered = scope.get("subprotocols") or []
    secret = _secret(headers, offered)
    session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    _check_origin(headers, scope.get("scheme", "ws"), needed=secret is None and session_key is not None)
    if secret is None and session_key is None:
        raise Refused(401, "Sign in, or send a token.")
    return Credentials(
        secret=secret,
        session_key=session_key,
        address=(scope.get("client") or ["0.0.0.0"])[0],  # noqa: S104
        subprotocol=BEARER if BEARER in offered else None,
    )


def identify(credentials: Credentials, permission: str) -> Caller:
    """Return the caller as of now: tokens are revoked, sessions end, roles change.

    Raises:
        Refused: 401 for a token or session that is not (any more) good, 403 without the permission.
    """
    caller = _caller(credentials)
    if not caller.may(permission):
        raise Refused(403, f"This needs {permission}.")
    return caller


def _caller(credentials: Credentials) -> Caller:
    if credentials.secret is None:
        return _session_caller(credentials.session_key or "")
    try:
        return Caller.of_token(find_token(credentials.secret, credentials.address, timezone.now()))
    except AuthenticationFailed as failure:
        raise Refused(401, str(failure.detail)) from failure


def _session_caller(session_key: str) -> Caller:
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
    if not user.is_authenticated:
        raise Refused(401, "The session has ended. Sign in again.")
    caller = find_member(user, session)
    if caller is None:
        raise Refused(403, "You are not a member of any organization.")
    return caller


def _secret(headers: dict[str, str], offered: list[str]) -> str | None:
    if len(offered) == 2 and offered[0] == BEARER:
        return offered[1]
    try:
        return secret_of(headers.get("authorization", ""), headers.get("x-api-key", ""))
    except AuthenticationFailed as failure:
        raise Refused(401, str(failure.detail)) from failure


def _check_origin(headers: dict[str, str], scheme: str, *, needed: bool) -> None:
    """A browser always says where its page is from; others may leave it out if they bring a token."""
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is None and not needed:
        return
    try:
        same = origin is not None and _place(origin) == _place(f"{scheme}://{host}")
        known = validate_host(_host(f"//{host}"), settings.ALLOWED_HOSTS)
    except ValueError as error:
        raise Refused(403, f"Origin or Host is no address: {error}.") from error
    if not known or not (same or origin in settings.CSRF_TRUSTED_ORIGINS):
        raise Refused(403, "Live connections are for pages of this address only.")


def _host(url: str) -> str:
    hostname = urlsplit(url).hostname or ""
    return f"[{hostname}]" if ":" in hostname else hostname


def _place(url: str) -> tuple[str, int | None]:
    """Return host and port; a proxy may have taken TLS off, so of the scheme only the port counts."""
    parts = urlsplit(url)
    secure = parts.scheme in {"https", "wss"} or settings.HTTPS
    return _host(url), parts.port or DEFAULT_PORTS["https" if secure else "http"]


async def deny(scope: dict[str, Any], receive: Receive, send: Send, refusal: Refused) -> None:
    """Answer the handshake with the status and its reason, where the server can; else with a plain 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 4000 + refusal.status})
        return
    body = json.dumps(problem(refusal.status, str(refusal))).encode()
    headers = [(b"content-type", CONTENT_TYPE.encode())]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
    with suppress(TimeoutError):  # uvicorn's log calls a denial unfinished until the connection is gone
        async with asyncio.timeout(1):
            await receive()
            await receive()
