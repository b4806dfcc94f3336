"""Settings that would lose what they should keep are told at start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

SHORTEST = timedelta(days=14)


@register()
def check_retention(**_: Any) -> list[CheckMessage]:
    """Readings must outlive the days that roll-ups are refreshed in, or the roll-ups would go with them."""
    keep = settings.READINGS_RETENTION
    if not keep or keep >= SHORTEST:
        return []
    text = f"SMARTMAINT_RETENTION_DAYS is {keep.days}."
    return [Error(text, hint=f"At least {SHORTEST.days} days; 0 keeps all readings.", id="sensors.E010")]
