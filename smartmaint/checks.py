"""System checks: settings that start and should not, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from smartmaint.environment import env_text

LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}
SCHEMES = {
    "DATABASE_URL": ("postgres", "postgresql"),
    "REDIS_URL": ("redis", "rediss", "unix"),
    "SMARTMAINT_EMAIL_URL": ("smtp",),
}
EXAMPLES = {
    "DATABASE_URL": "postgres://user:password@host:5432/smartmaint",
    "REDIS_URL": "redis://host:6379/0",
    "SMARTMAINT_EMAIL_URL": "smtp://user:password@host:587?tls=1",
}


@register()
def check_addresses(**_: Any) -> list[CheckMessage]:
    """Addresses of other servers must be of the kind that is spoken there."""
    return [
        Error(
            f"{name} starts with {urlsplit(env_text(name)).scheme or 'nothing'!r}, not with {schemes[0]!r}.",
            hint=f"Write it like {EXAMPLES[name]}.",
            id="smartmaint.E001",
        )
        for name, schemes in SCHEMES.items()
        if env_text(name) and urlsplit(env_text(name)).scheme not in schemes
    ]


@register()
def check_mail_host(**_: Any) -> list[CheckMessage]:
    """A mail address without a host would print mail to the log instead of sending it."""
    url = env_text("SMARTMAINT_EMAIL_URL")
    if not url or urlsplit(url).hostname:
        return []
    hint = f"Write it like {EXAMPLES['SMARTMAINT_EMAIL_URL']}."
    return [Error("SMARTMAINT_EMAIL_URL names no host.", hint=hint, id="smartmaint.E002")]


@register(Tags.security)
def check_debug(**_: Any) -> list[CheckMessage]:
    """Debug pages show settings and source to whoever can reach them."""
    if not settings.DEBUG or not public_hosts():
        return []
    return [
        Error(
            f"SMARTMAINT_DEBUG is on while {', '.join(public_hosts())} is served.",
            hint="Set SMARTMAINT_DEBUG=0, or serve localhost only.",
            id="smartmaint.E003",
        )
    ]


@register(Tags.security, deploy=True)
def check_production(**_: Any) -> list[CheckMessage]:
    """What a public installation needs and a local one does not."""
    return list(_shortcomings())


def _shortcomings() -> Iterator[CheckMessage]:
    if not env_text("SMARTMAINT_SECRET_KEY"):
        yield Warning(
            "SMARTMAINT_SECRET_KEY is not set: each machine makes its own, and sign-ins end at the next one.",
            hint="Set it to the same 50 random characters on every machine.",
            id="smartmaint.W001",
        )
    if public_hosts() and not settings.HTTPS:
        yield Warning(
            f"{', '.join(public_hosts())} is served without https: passwords and tokens travel in clear.",
            hint="Put a proxy with a certificate before it and set SMARTMAINT_HTTPS=1.",
            id="smartmaint.W002",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning(
            "SMARTMAINT_ALLOWED_HOSTS is *: any name is served, and links in mails can be forged.",
            hint="List the names that people type.",
            id="smartmaint.W003",
        )
    if not env_text("SMARTMAINT_EMAIL_URL"):
        yield Warning(
            "SMARTMAINT_EMAIL_URL is not set: notifications are printed to the log, nobody gets mail.",
            hint=f"Write it like {EXAMPLES['SMARTMAINT_EMAIL_URL']}.",
            id="smartmaint.W004",
        )


def public_hosts() -> list[str]:
    """Return the hosts that others than this machine can reach."""
    return [host for host in settings.ALLOWED_HOSTS if host not in LOOPBACK]
