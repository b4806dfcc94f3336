"""Settings from the environment: a bad value fails loudly, and names the variable."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def env_text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in env_text(name, default).split(",") if item.strip()]


def env_flag(name: str, default: bool = False) -> bool:
    value = env_text(name).lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return value in {"1", "true", "yes", "on"} if value else default
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def env_int(name: str, default: int) -> int:
    value = env_text(name)
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


def redis_database(url: str, number: int) -> str:
    """Return the address of another database of the same Redis, as Celery writes addresses."""
    if url.startswith(("unix:", "redis+socket:")):
        return f"{url}{'&' if '?' in url else '?'}virtual_host={number}"
    return urlsplit(url)._replace(path=f"/{number}").geturl()
