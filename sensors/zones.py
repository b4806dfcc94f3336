"""By which clock a plant lives."""

from __future__ import annotations

from sensors.models import Site
from smartmaint.accounts.models import Organization


def shared_zone(organization: Organization) -> str:
    """Return the time zone of all the organization's sites, or "" where they differ or none is known."""
    zones = Site.objects.filter(organization=organization).order_by().values_list("timezone", flat=True)
    found = list(zones.distinct()[:2])
    return found[0] if len(found) == 1 else ""
