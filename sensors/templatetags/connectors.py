"""How the connections to machines are doing, for the System page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from sensors.models import ConnectorStatus

register = template.Library()


@register.simple_tag(takes_context=True)
def connector_states(context: Context) -> list[dict[str, Any]]:
    """Return the connectors that write into the caller's organization, and how well each is."""
    at = timezone.now()
    rows = ConnectorStatus.objects.for_organization(context["organization"])
    return [{"row": row, "gone": row.is_gone(at), "well": row.is_well(at)} for row in rows]
