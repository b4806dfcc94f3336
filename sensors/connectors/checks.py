"""A connectors' file that cannot be used, told before anything starts, each problem with what to do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def check_connectors(**_: Any) -> list[CheckMessage]:
    """The file must be readable, its entries complete, and the variables they name set."""
    if not settings.CONNECTORS_FILE:
        return []
    from sensors.connectors.config import ConfigurationBroken, load_entries

    try:
        load_entries(settings.CONNECTORS_FILE)
    except ConfigurationBroken as error:
        return [
            Error(f"{problem.place}: {problem.text}", hint=problem.hint, id="sensors.E001")
            for problem in error.problems
        ]
    return []
