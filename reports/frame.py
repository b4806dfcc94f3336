"""What stands around every page: the highest unacknowledged alarm and the counts of the navigation."""

from __future__ import annotations

from dataclasses import dataclass

from anomalies.models import Alert, AlertQuerySet
from maintenance.models import Decision, Technician
from smartmaint.accounts.callers import Caller

UNACKNOWLEDGED = (Alert.State.UNACKNOWLEDGED, Alert.State.RTN_UNACKNOWLEDGED)


@dataclass(frozen=True)
class FrameStatus:
    """`alarms` waits for acknowledgement, `decisions` for an answer."""

    highest: Alert | None
    alarms: int
    decisions: int
    is_technician: bool

    @property
    def others(self) -> int:
        return max(0, self.alarms - 1)


def unacknowledged(caller: Caller) -> AlertQuerySet:
    rows = Alert.objects.filter(organization=caller.organization)
    return rows.paging().filter(state__in=UNACKNOWLEDGED)


def frame_status(caller: Caller) -> FrameStatus:
    alarms = unacknowledged(caller)
    return FrameStatus(
        highest=alarms.select_related("asset").order_by("priority", "-raised_at").first(),
        alarms=alarms.count(),
        decisions=Decision.objects.filter(organization=caller.organization).pending().count(),
        is_technician=Technician.objects.filter(
            organization=caller.organization, user=caller.user, is_active=True
        ).exists(),
    )
